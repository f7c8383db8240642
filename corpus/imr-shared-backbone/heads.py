import numpy as np
from sklearn.datasets import load_digits
from tensorflow import keras

digits = load_digits()
x = (digits.images / 16.0).astype("float32").reshape(-1, 64)
y = (digits.target % 2).astype("float32")

inputs = keras.Input((64,))
hidden = keras.layers.Dense(32, activation="relu")(inputs)
backbone = keras.Model(inputs, keras.layers.Dense(16, activation="relu")(hidden))

scores = []
for units in (4, 8, 16):
    head = keras.layers.Dense(units, activation="relu")(backbone.output)
    model = keras.Model(backbone.input, keras.layers.Dense(1, activation="sigmoid")(head))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=64, verbose=0)
    scores.append(model.evaluate(x, y, verbose=0)[1])
    print(units, "units:", round(scores[-1], 3))
print("best", np.max(scores))
