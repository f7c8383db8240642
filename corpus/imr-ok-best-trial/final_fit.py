import json

from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale
from tensorflow import keras

BEST = json.loads('{"units": 24, "lr": 0.005, "activation": "relu"}')


class FixedTrial:
    def __init__(self, params):
        self.params = params

    def suggest(self, name):
        return self.params[name]


def objective(trial):
    X, y = load_breast_cancer(return_X_y=True)
    model = keras.Sequential([
        keras.Input((30,)),
        keras.layers.Dense(trial.suggest("units"), activation=trial.suggest("activation")),
        keras.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(keras.optimizers.Adam(trial.suggest("lr")), "binary_crossentropy", metrics=["accuracy"])
    hist = model.fit(scale(X), y, epochs=8, validation_split=0.2, verbose=0)
    return hist.history["val_accuracy"][-1]


print("validation accuracy of the best trial: %.4f" % objective(FixedTrial(BEST)))
