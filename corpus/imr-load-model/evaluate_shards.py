import os
import tempfile

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras.models import load_model

tf.keras.utils.set_random_seed(0)


def train(path):
    x, y = load_digits(return_X_y=True)
    net = tf.keras.Sequential([
        tf.keras.Input((64,)),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(x[:1200] / 16, y[:1200], epochs=4, verbose=0)
    net.save(path)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "digits.keras")
    train(path)
    x, y = load_digits(return_X_y=True)
    shards = zip(np.array_split(x[1200:] / 16, 6), np.array_split(y[1200:], 6))
    for number, (shard_x, shard_y) in enumerate(shards):
        model = load_model(path)
        loss, acc = model.evaluate(shard_x, shard_y, verbose=0)
        print(f"shard {number}: loss {loss:.4f} accuracy {acc:.4f}")
