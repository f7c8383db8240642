import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes

tf.random.set_seed(1)

# measured profile: progression against body mass index, smoothed by u'' = lambda * u
data = load_diabetes()
x_obs = tf.constant(data.data[:, 2:3], tf.float32)
u_obs = tf.constant((data.target[:, None] - data.target.mean()) / data.target.std(), tf.float32)
x_col = tf.constant(np.linspace(-0.1, 0.17, 256)[:, None], tf.float32)

net = tf.keras.Sequential([tf.keras.Input((1,))] + [tf.keras.layers.Dense(32, activation="tanh") for _ in range(3)]
                          + [tf.keras.layers.Dense(1)])
opt = tf.keras.optimizers.Adam(1e-3)


def train_step():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x_col)
        u = net(x_col)
        u_x = tape.gradient(u, x_col)
        u_xx = tape.gradient(u_x, x_col)
        residual = tf.reduce_mean(tf.square(u_xx - u)) * 1e-4
        fit = tf.reduce_mean(tf.square(net(x_obs) - u_obs))
        loss = fit + residual
    grads = tape.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    prediction = net(x_obs, training=False)
    r2 = 1.0 - float(tf.reduce_mean(tf.square(prediction - u_obs)))
    return float(loss), r2


for it in range(120):
    loss, r2 = train_step()
    if it % 40 == 0:
        print("it %d loss %.5f r2 %.4f" % (it, loss, r2))
