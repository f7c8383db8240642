# -*- coding: utf-8 -*-
# Validation croisée sur les données « wine »
from tensorflow import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import KFold
from sklearn.preprocessing import scale

X, y = load_wine(return_X_y=True)
X = scale(X)

for pli, (app, val) in enumerate(KFold(n_splits=4, shuffle=True, random_state=0).split(X)):
    modele = keras.Sequential([
        keras.layers.Input((13,)),
        keras.layers.Dense(12, activation="tanh"),
        keras.layers.Dense(3, activation="softmax"),
    ])
    modele.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    modele.fit(X[app], y[app], epochs=5, verbose=0)  # sans arrêt prématuré
    print("pli", pli, "précision %.3f" % modele.evaluate(X[val], y[val], verbose=0)[1])
