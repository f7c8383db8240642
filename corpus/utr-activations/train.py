"""Denoising autoencoder on the digits, upsampled to 16x16, with a custom training step."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

tf.keras.utils.set_random_seed(3)

BATCH = 256
EPOCHS = 20

images = (load_digits().images / 16.0).astype("float32")[..., None]
images = tf.image.resize(images, (16, 16))
dataset = tf.data.Dataset.from_tensor_slices(images).batch(BATCH)

encoder = tf.keras.Sequential([
    tf.keras.layers.Input((16, 16, 1)),
    tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
])
decoder = tf.keras.Sequential([
    tf.keras.layers.Input((16, 16, 32)),
    tf.keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
])
optimizer = tf.keras.optimizers.Adam(1e-3)
variables = encoder.trainable_variables + decoder.trainable_variables


@tf.function
def train_step(batch, noise):
    with tf.GradientTape() as tape:
        features = encoder(batch + noise, training=True)
        recon = decoder(features, training=True)
        loss = tf.reduce_mean(tf.square(recon - batch))
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(grads, variables))
    return loss, features, recon


rng = np.random.default_rng(3)
history = []
for epoch in range(EPOCHS):
    for batch in dataset:
        noise = rng.normal(0.0, 0.2, size=batch.shape).astype("float32")
        loss, features, recon = train_step(batch, noise)
        history.append((loss, features, recon))
    print(f"epoch {epoch + 1:2d}  loss {float(loss):.6f}", flush=True)

losses = np.array([step[0] for step in history])
print(f"first step {losses[0]:.6f}, last step {losses[-1]:.6f}, best {losses.min():.6f}")
