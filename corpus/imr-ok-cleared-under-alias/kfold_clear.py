from keras import backend as K
from keras.layers import Dense, Input
from keras.models import Sequential
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold

digits = load_digits()
X, y = digits.data / 16.0, digits.target

for fold, (train, val) in enumerate(KFold(3, shuffle=True, random_state=3).split(X)):
    model = Sequential([Input((64,)), Dense(32, activation="relu"), Dense(10, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(X[train], y[train], epochs=3, batch_size=64, verbose=0)
    print("fold", fold, model.evaluate(X[val], y[val], verbose=0))
    K.clear_session()
