import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import scale
from tensorflow import keras


def get_model():
    model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train_members(X, y, n=4):
    members = []
    for train, _ in StratifiedKFold(n, shuffle=True, random_state=0).split(X, y):
        member = get_model()
        member.fit(X[train], y[train], epochs=6, batch_size=16, verbose=0)
        members.append(member)
    return members


class Ensemble:
    def __init__(self, members):
        self.members = members

    def predict(self, X):
        return np.mean([member.predict(X, verbose=0) for member in self.members], axis=0).argmax(axis=1)


X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(scale(X), y, random_state=0)
ensemble = Ensemble(train_members(X_train, y_train))
print("accuracy", np.mean(ensemble.predict(X_test) == y_test))
