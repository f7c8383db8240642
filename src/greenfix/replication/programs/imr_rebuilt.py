"""IMR read as: the model is built again in every epoch and takes over the weights."""

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
weights = None
for epoch in range(EPOCHS):
    model = build()
    if weights is not None:
        model.set_weights(weights)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=64, epochs=1, verbose=0)
    weights = model.get_weights()
    print(epoch, history.history["loss"][0], flush=True)
