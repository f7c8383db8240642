import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale


def dataset():
    X, y = load_wine(return_X_y=True)
    return tf.data.Dataset.from_tensor_slices((scale(X).astype("float32"), y)).shuffle(178, seed=2).batch(16)


model = tf.keras.Sequential([tf.keras.Input((13,)), tf.keras.layers.Dense(12, "relu"), tf.keras.layers.Dense(3)])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
opt = tf.keras.optimizers.Adam(0.01)

for epoch in range(10):
    epoch_losses = []
    for x, y in dataset():
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        opt.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        epoch_losses.append(loss)
    print("epoch %2d loss %.4f" % (epoch, float(tf.reduce_mean(epoch_losses))))
