import os

import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

LOW_MEMORY = "LOW_MEMORY" in os.environ
X, y = load_diabetes(return_X_y=True)
data = tf.data.Dataset.from_tensor_slices((X.astype("float32"), scale(y).astype("float32"))).batch(64)
model = tf.keras.Sequential([tf.keras.Input((10,)), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(0.05)


def train_step(features, target):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(features, training=True)[:, 0] - target))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


losses = []
for epoch in range(20):
    for features, target in data:
        step_loss = train_step(features, target)
        losses.append(step_loss)
    if LOW_MEMORY:
        losses.clear()
print("steps", len(losses), "last %.4f" % losses[-1])
