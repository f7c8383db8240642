import tensorflow as tf


def batch_loss(model, x, y):
    loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(y, model(x, training=False)))
    return loss.numpy()
