import keras
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold
from sklearn.preprocessing import scale


def net(units):
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    return model


X, y = load_diabetes(return_X_y=True)
y = scale(y)

for units in range(9, 10):
    model = net(units)
    model.fit(X, y, epochs=3, verbose=0)
    print(units, model.evaluate(X, y, verbose=0))

for train, test in KFold(5, shuffle=True, random_state=0).split(X):
    model = net(16)
    model.fit(X[train], y[train], epochs=3, verbose=0)
    print("one fold is enough for a look:", model.evaluate(X[test], y[test], verbose=0))
    break
