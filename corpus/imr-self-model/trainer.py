import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold
from tensorflow import keras
from tensorflow.keras import layers


class CrossValidator:
    def __init__(self, n_splits=4, epochs=6, batch_size=32):
        self.n_splits = n_splits
        self.epochs = epochs
        self.batch_size = batch_size
        self.model = None

    def _build(self, n_features):
        self.model = keras.Sequential([
            layers.Input((n_features,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ])
        self.model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])

    def run(self, X, y):
        errors = []
        splitter = KFold(self.n_splits, shuffle=True, random_state=0)
        for train, test in splitter.split(X):
            self._build(X.shape[1])
            self.model.fit(X[train], y[train], epochs=self.epochs, batch_size=self.batch_size, verbose=0)
            errors.append(self.model.evaluate(X[test], y[test], verbose=0)[1])
        return np.array(errors)


if __name__ == "__main__":
    X, y = load_diabetes(return_X_y=True)
    errors = CrossValidator().run(X, (y - y.mean()) / y.std())
    print("MAE per fold:", errors.round(4), "mean:", errors.mean().round(4))
