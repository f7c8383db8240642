import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.layers import Dense, Dropout, Input
from tensorflow.keras.models import Sequential

np.random.seed(0)


def create_model(input_dim):
    model = Sequential()
    model.add(Input((input_dim,)))
    model.add(Dense(24, activation='relu'))
    model.add(Dropout(0.1))
    model.add(Dense(3, activation='softmax'))
    model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
    return model


X, y = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X)

skf = StratifiedKFold(n_splits=4, shuffle=True, random_state=0)
accs = []
for train_index, val_index in skf.split(X, y):
    model = create_model(X.shape[1])
    model.fit(X[train_index], y[train_index], epochs=5, batch_size=16, verbose=0)
    _, acc = model.evaluate(X[val_index], y[val_index], verbose=0)
    accs.append(acc)
    print('val acc', round(acc, 4))

print('mean', np.mean(accs))
