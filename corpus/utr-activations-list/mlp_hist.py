import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

tf.random.set_seed(5)
x, y = load_digits(return_X_y=True)
ds = tf.data.Dataset.from_tensor_slices(((x / 16.0).astype("float32"), y)).batch(256)

hidden = tf.keras.layers.Dense(2048, activation="relu")
logits = tf.keras.layers.Dense(10)
opt = tf.keras.optimizers.SGD(0.05)
ce = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

activations = []
for epoch in range(25):
    for xb, yb in ds:
        with tf.GradientTape() as tape:
            h = hidden(xb)
            loss = ce(yb, logits(h))
        variables = hidden.trainable_variables + logits.trainable_variables
        opt.apply_gradients(zip(tape.gradient(loss, variables), variables))
        activations.append(h)

counts, _ = np.histogram(activations[-1].numpy(), bins=5)
print("loss %.5f" % float(loss), "histogram", counts.tolist())
