import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold

keras.mixed_precision.set_global_policy("mixed_float16")

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32").reshape(-1, 8, 8, 1)

scores = []
for fold, (tr, va) in enumerate(StratifiedKFold(3, shuffle=True, random_state=2).split(X, y)):
    inputs = keras.Input((8, 8, 1))
    h = layers.Conv2D(8, 3, activation="relu")(inputs)
    h = layers.GlobalAveragePooling2D()(h)
    outputs = layers.Dense(10, activation="softmax", dtype="float32")(h)
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X[tr], y[tr], batch_size=64, epochs=3, verbose=0)
    scores.append(model.evaluate(X[va], y[va], verbose=0)[1])
    print("fold", fold, "compute dtype", model.layers[1].compute_dtype, "accuracy %.4f" % scores[-1])
print("mean accuracy %.4f" % np.mean(scores))
