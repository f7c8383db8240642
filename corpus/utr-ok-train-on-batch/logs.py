import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale
from tensorflow import keras


class Record(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


X, y = load_breast_cancer(return_X_y=True)
X = scale(X).astype("float32")
model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
record = Record()
model.fit(X, y, epochs=3, callbacks=[record], verbose=0)

losses, outputs = [], []
for epoch in range(3):
    for start in range(0, len(X), 64):
        losses.append(model.train_on_batch(X[start:start + 64], y[start:start + 64]))
    losses.append(model.evaluate(X, y, verbose=0))
    outputs.append(model.predict(X, verbose=0))
print("%.4f %.4f %.4f" % (record.losses[-1], losses[-1], np.mean(outputs)))
