import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

X, y = load_diabetes(return_X_y=True)
dataset = tf.data.Dataset.from_tensor_slices((X.astype("float32"), scale(y).astype("float32"))).batch(64)

model = tf.keras.Sequential([tf.keras.layers.Input((10,)), tf.keras.layers.Dense(32, "relu"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
mse = tf.keras.losses.MeanSquaredError()


@tf.function
def train_step(features, target):
    with tf.GradientTape() as tape:
        loss = mse(target, model(features, training=True)[:, 0])
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


losses = []
for epoch in range(30):
    for features, target in dataset:
        loss = train_step(features, target)
        losses.append(loss)
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "loss %.4f" % np.mean(losses[-len(dataset):]))
print("steps", len(losses), "last %.4f" % losses[-1])
