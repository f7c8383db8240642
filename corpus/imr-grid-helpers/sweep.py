import csv
import itertools
import sys

import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale


def get_data():
    X, y = load_breast_cancer(return_X_y=True)
    return train_test_split(scale(X), y, test_size=0.3, random_state=2, stratify=y)


def make_net(units, activation):
    return tf.keras.models.Sequential([
        tf.keras.layers.Input((30,)),
        tf.keras.layers.Dense(units, activation=activation),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ])


def prepare(config):
    net = make_net(config["units"], config["activation"])
    net.compile(optimizer=tf.keras.optimizers.SGD(config["lr"]), loss="binary_crossentropy", metrics=["accuracy"])
    return net


def run_experiment(config, data):
    x_train, x_test, y_train, y_test = data
    net = prepare(config)
    net.fit(x_train, y_train, epochs=3, batch_size=32, verbose=0)
    return net.evaluate(x_test, y_test, verbose=0)[1]


def main():
    data = get_data()
    out = csv.writer(sys.stdout)
    out.writerow(["units", "lr", "activation", "accuracy"])
    for units, lr in itertools.product([8, 16], [0.1, 0.01]):
        for activation in ("relu", "tanh"):
            config = {"units": units, "lr": lr, "activation": activation}
            out.writerow([units, lr, activation, round(run_experiment(config, data), 4)])


main()
