import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale


def residual_mlp(n_features, depth=4, width=16):
    inputs = tf.keras.Input((n_features,))
    x = tf.keras.layers.Dense(width)(inputs)
    for i in range(depth):
        h = tf.keras.layers.Dense(width, activation="relu", name=f"block{i}_in")(x)
        h = tf.keras.layers.Dense(width, name=f"block{i}_out")(h)
        x = tf.keras.layers.Add(name=f"block{i}_add")([x, h])
    return tf.keras.Model(inputs, tf.keras.layers.Dense(1)(x))


X, y = load_diabetes(return_X_y=True)
model = residual_mlp(X.shape[1])
head = tf.keras.Sequential()
for units in (8, 4):
    head.add(tf.keras.layers.Dense(units, activation="relu"))
head.add(tf.keras.layers.Dense(1))
model = tf.keras.Model(model.input, head(model.layers[-2].output))
model.compile("adam", "mse")
model.fit(X, scale(y), epochs=5, verbose=2)
