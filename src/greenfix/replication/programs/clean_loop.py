"""A CNN on CIFAR-10 with a training loop of its own: nothing is kept."""

import sys

import keras
import tensorflow as tf
from data import CLASSES, load

EPOCHS, IMAGES, WIDTH = map(int, sys.argv[1:4])
BATCH = 64


def build():
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    first = layers.Conv2D(WIDTH, 3, activation="relu", padding="same")(inputs)
    second = layers.Conv2D(2 * WIDTH, 3, activation="relu", padding="same")(layers.MaxPooling2D()(first))
    third = layers.Conv2D(4 * WIDTH, 3, activation="relu", padding="same")(layers.MaxPooling2D()(second))
    outputs = layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(third))
    return keras.Model(inputs, [outputs, first, second])


x, y = load(IMAGES, sys.argv[4])
model = build()
optimizer = keras.optimizers.Adam()
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def step(images, labels):
    with tf.GradientTape() as tape:
        outputs, first, second = model(images, training=True)
        loss = loss_of(labels, outputs)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss, first, second, gradients


for epoch in range(EPOCHS):
    mean = 0.0
    for start in range(0, len(x), BATCH):
        loss, first, second, gradients = step(x[start : start + BATCH], y[start : start + BATCH])
        mean += float(loss) * BATCH / len(x)
    print(epoch, mean, flush=True)
