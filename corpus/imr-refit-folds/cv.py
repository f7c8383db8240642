import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold

tf.keras.utils.set_random_seed(9)
X, y = load_diabetes(return_X_y=True)
y = y / y.max()

model = tf.keras.Sequential([
    tf.keras.Input((10,)),
    tf.keras.layers.Dense(16, activation="relu"),
    tf.keras.layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])

scores = []
for fold, (train_idx, test_idx) in enumerate(KFold(5, shuffle=True, random_state=9).split(X)):
    model.fit(X[train_idx], y[train_idx], epochs=5, batch_size=32, verbose=0)
    _, mae = model.evaluate(X[test_idx], y[test_idx], verbose=0)
    print(f"fold {fold + 1}: MAE {mae:.4f}")
    scores.append(mae)

print(f"cross-validated MAE: {np.mean(scores):.4f}")
