import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

labels = np.repeat(load_digits().target, 4)
big = np.repeat(load_digits().images, 4, axis=0).astype("float32").repeat(8, axis=1).repeat(8, axis=2)
x_train = (big[:, ::4, ::4, None] / 16.0).astype("float32")
print("prepared", big.shape, "->", x_train.shape)

model = tf.keras.Sequential([
    tf.keras.layers.Input((16, 16, 1)),
    tf.keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, labels, batch_size=128, epochs=12, verbose=2)
print("accuracy", history.history["accuracy"][-1])
