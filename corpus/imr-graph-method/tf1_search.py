import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

tf.compat.v1.disable_v2_behavior()


class Search:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def network(self, layers):
        net = tf.keras.models.Sequential()
        for n in layers:
            net.add(tf.keras.layers.Dense(n, activation="relu", kernel_initializer=tf.keras.initializers.he_uniform(seed=1)))
        net.add(tf.keras.layers.Dense(1, activation="sigmoid", kernel_initializer=tf.keras.initializers.he_uniform(seed=1)))
        net.compile(loss="binary_crossentropy", optimizer="sgd")
        return net

    def run(self, configurations):
        table = {}
        for layers in configurations:
            np.random.seed(1)
            net = self.network(layers)
            net.fit(self.x, self.y, epochs=4, batch_size=64, verbose=0)
            table[layers] = net.evaluate(self.x, self.y, verbose=0)
        return table


data = load_breast_cancer()
search = Search(scale(data.data), data.target.astype("float32"))
for layers, loss in search.run([(8,), (16,), (8, 8), (16, 16), (16, 8, 4), (8, 8, 8)]).items():
    print(layers, "%.6f" % loss)
