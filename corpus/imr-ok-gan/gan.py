import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import layers

LATENT = 16
BATCH = 64


def make_generator():
    return tf.keras.Sequential([
        layers.Input((LATENT,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(64, activation="sigmoid"),
    ])


def make_discriminator():
    return tf.keras.Sequential([layers.Input((64,)), layers.Dense(32, activation="relu"), layers.Dense(1)])


def train(images, steps, rng):
    generator, discriminator = make_generator(), make_discriminator()
    bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    g_opt, d_opt = tf.keras.optimizers.Adam(1e-3), tf.keras.optimizers.Adam(1e-3)

    @tf.function
    def step(real, noise):
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = generator(noise, training=True)
            real_logits = discriminator(real, training=True)
            fake_logits = discriminator(fake, training=True)
            g_loss = bce(tf.ones_like(fake_logits), fake_logits)
            d_loss = bce(tf.ones_like(real_logits), real_logits) + bce(tf.zeros_like(fake_logits), fake_logits)
        g_opt.apply_gradients(zip(g_tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables))
        d_opt.apply_gradients(zip(d_tape.gradient(d_loss, discriminator.trainable_variables), discriminator.trainable_variables))
        return g_loss, d_loss

    for i in range(steps):
        real = images[rng.integers(0, len(images), BATCH)]
        noise = rng.normal(size=(BATCH, LATENT)).astype("float32")
        g_loss, d_loss = step(real, noise)
        if i % 50 == 0:
            print(f"step {i:4d}  generator {g_loss:.4f}  discriminator {d_loss:.4f}")


tf.keras.utils.set_random_seed(0)
train((load_digits().data / 16).astype("float32"), 201, np.random.default_rng(0))
