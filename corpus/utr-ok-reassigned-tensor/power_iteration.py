import tensorflow as tf
from sklearn.datasets import load_digits


def covariance():
    x = tf.constant(load_digits().data, tf.float32)
    x -= tf.reduce_mean(x, axis=0)
    return tf.matmul(x, x, transpose_a=True) / float(x.shape[0])


c = covariance()
v = tf.ones((64, 1))
for i in range(200):
    v = tf.matmul(c, v)
    norm = tf.norm(v)
    v = v / norm
    if i % 50 == 0:
        tf.print("iteration", i, "largest eigenvalue", norm)
print("largest eigenvalue %.3f" % float(norm))
