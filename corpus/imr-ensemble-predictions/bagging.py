import numpy as np
from keras import Input, Sequential
from keras.layers import Dense
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

N_MODELS = 5

X, y = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.33, random_state=8, stratify=y)

rng = np.random.RandomState(8)
ensemble = []
for i in range(N_MODELS):
    sample = rng.randint(0, len(X_train), len(X_train))
    model = Sequential([Input((13,)), Dense(16, activation="relu"), Dense(3, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(X_train[sample], y_train[sample], epochs=8, batch_size=16, verbose=0)
    ensemble.append(model.predict(X_test, verbose=0))

votes = np.mean(ensemble, axis=0).argmax(axis=1)
print("bagged accuracy: %.4f" % accuracy_score(y_test, votes))
