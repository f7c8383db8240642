import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale


def batches():
    X, y = load_diabetes(return_X_y=True)
    return tf.data.Dataset.from_tensor_slices((X.astype("float32"), scale(y).astype("float32"))).batch(32)


w = tf.Variable(tf.zeros((10, 1)))
b = tf.Variable(0.0)
opt = tf.keras.optimizers.SGD(0.1)

losses = []
for epoch in range(20):
    for x, y in batches():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square((x @ w)[:, 0] + b - y))
        opt.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
        losses.append(loss.numpy())
print("first %.4f last %.4f mean %.4f" % (losses[0], losses[-1], np.mean(losses)))
