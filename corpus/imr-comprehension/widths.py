import tensorflow as tf
from sklearn.datasets import load_digits

tf.keras.utils.set_random_seed(11)
X, y = load_digits(return_X_y=True)
X = X / 16.0


def score(units):
    model = tf.keras.Sequential([
        tf.keras.Input(shape=(64,)),
        tf.keras.layers.Dense(units, activation="relu"),
        tf.keras.layers.Dense(10),
    ])
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return max(model.fit(X, y, validation_split=0.2, epochs=3, verbose=0).history["val_accuracy"])


results = {units: score(units) for units in (8, 16, 32, 64)}
for units, acc in sorted(results.items(), key=lambda item: -item[1]):
    print(f"{units:4d} units: {acc:.4f}")
