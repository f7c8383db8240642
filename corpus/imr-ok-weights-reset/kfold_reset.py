import os
import tempfile

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import scale

X, y = load_wine(return_X_y=True)
X = scale(X)

model = tf.keras.Sequential([tf.keras.Input((13,)), tf.keras.layers.Dense(16, "relu"), tf.keras.layers.Dense(3, "softmax")])
model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
initial = os.path.join(tempfile.mkdtemp(), "initial.weights.h5")
model.save_weights(initial)

accuracies = []
for train, test in StratifiedKFold(4, shuffle=True, random_state=0).split(X, y):
    model.load_weights(initial)
    model.fit(X[train], y[train], epochs=6, batch_size=16, verbose=0)
    accuracies.append(model.evaluate(X[test], y[test], verbose=0)[1])
print(np.round(accuracies, 4), np.mean(accuracies))
