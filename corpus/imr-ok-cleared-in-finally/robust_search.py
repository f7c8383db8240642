import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale
from tensorflow.keras.utils import clear_session as reset

X, y = load_breast_cancer(return_X_y=True)
X = scale(X)

results = []
for units, lr in [(8, 0.01), (16, 0.01), (-1, 0.01), (32, 0.001)]:
    try:
        model = tf.keras.Sequential([
            tf.keras.Input((30,)),
            tf.keras.layers.Dense(units, activation="relu"),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ])
        model.compile(tf.keras.optimizers.Adam(lr), "binary_crossentropy", metrics=["accuracy"])
        model.fit(X, y, epochs=3, verbose=0)
        results.append((units, lr, model.evaluate(X, y, verbose=0)[1]))
    except ValueError as error:
        print("skipped", units, lr, type(error).__name__)
    finally:
        reset()

print(results)
