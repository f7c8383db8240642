import tensorflow as tf


def build_regressor(n_features, width=32, lr=0.01):
    inputs = tf.keras.Input(shape=(n_features,))
    x = tf.keras.layers.Dense(width, activation="relu")(inputs)
    x = tf.keras.layers.Dense(width, activation="relu")(x)
    outputs = tf.keras.layers.Dense(1)(x)
    model = tf.keras.Model(inputs, outputs)
    model.compile(optimizer=tf.keras.optimizers.Adam(lr), loss="mse", metrics=["mae"])
    return model
