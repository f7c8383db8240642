"""A CNN on CIFAR-10: built and compiled once, trained epoch by epoch."""

import sys

import keras
from data import CLASSES, load

EPOCHS, IMAGES, WIDTH = map(int, sys.argv[1:4])


def build():
    layers = keras.layers
    return keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.Conv2D(WIDTH, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Conv2D(2 * WIDTH, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Conv2D(4 * WIDTH, 3, activation="relu", padding="same"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(CLASSES, activation="softmax"),
    ])


x, y = load(IMAGES, sys.argv[4])
model = build()
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
for epoch in range(EPOCHS):
    history = model.fit(x, y, batch_size=64, epochs=1, verbose=0)
    print(epoch, history.history["loss"][0], flush=True)
