import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import scale


def fresh_start(seed):
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(seed)


def train_one(X, y, train, test, seed=0):
    fresh_start(seed)
    model = tf.keras.Sequential([tf.keras.Input((13,)), tf.keras.layers.Dense(8, "relu"), tf.keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X[train], y[train], epochs=5, verbose=0)
    return model.evaluate(X[test], y[test], verbose=0)[1]


def main():
    X, y = load_wine(return_X_y=True)
    X = scale(X)
    scores = []
    for train, test in StratifiedKFold(4, shuffle=True, random_state=0).split(X, y):
        scores.append(train_one(X, y, train, test))
    print(np.round(scores, 4), np.mean(scores))


main()
