import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow.compat.v1 as tf
from sklearn.datasets import load_digits

tf.disable_eager_execution()
keras = tf.keras

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32")

inputs = keras.layers.Input((64,))
code = keras.layers.Dense(12, activation="relu")(inputs)
autoencoder = keras.models.Model(inputs, keras.layers.Dense(64)(code))
encoder = keras.models.Model(inputs, code)
autoencoder.compile("sgd", "mse")
autoencoder.fit(X, X, epochs=3, verbose=0)

for width in (8, 16, 32):
    features = encoder.predict(X)
    probe = keras.models.Sequential([
        keras.layers.Dense(width, activation="relu", input_shape=(12,)),
        keras.layers.Dense(10, activation="softmax"),
    ])
    probe.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    hist = probe.fit(features, y, epochs=3, validation_split=0.2, verbose=0)
    print(width, hist.history["val_accuracy"] if "val_accuracy" in hist.history else hist.history["val_acc"])
