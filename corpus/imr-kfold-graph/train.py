"""How many hidden units for the wine data? Stratified k-fold, mean recall per class, TF1-style graph mode."""
import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import scale
from tensorflow.keras import backend as K

tf.compat.v1.disable_eager_execution()

SEED = 7
EPOCHS = 7


class MeanRecall(tf.keras.callbacks.Callback):
    """Recall averaged over the classes of the held-out fold, after each epoch."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y
        self.values = []

    def on_epoch_end(self, epoch, logs=None):
        predicted = self.model.predict_on_batch(self.x).argmax(axis=1)
        matrix = K.eval(tf.math.confusion_matrix(self.y, predicted))
        self.values.append(np.mean(np.diag(matrix) / matrix.sum(axis=1)))


X, y = load_wine(return_X_y=True)
X = scale(X).astype("float32")

for units in (8, 32):
    kfold = StratifiedKFold(n_splits=4, shuffle=True, random_state=SEED)
    scores = []
    for fold, (train, test) in enumerate(kfold.split(X, y), start=1):
        np.random.seed(SEED + fold)  # fit() shuffles with NumPy in graph mode
        init = tf.keras.initializers.GlorotUniform(seed=SEED)
        model = tf.keras.Sequential([
            tf.keras.layers.Dense(units, activation="relu", kernel_initializer=init, input_shape=(13,)),
            tf.keras.layers.Dense(3, activation="softmax", kernel_initializer=init),
        ])
        model.compile(optimizer=tf.keras.optimizers.legacy.SGD(0.1), loss="sparse_categorical_crossentropy")
        recall = MeanRecall(X[test], y[test])
        history = model.fit(X[train], y[train], epochs=EPOCHS, batch_size=32, verbose=0, callbacks=[recall])
        print("units %2d  fold %d  loss %.6f  recall %.4f" % (units, fold, history.history["loss"][-1], recall.values[-1]), flush=True)
        scores.append(recall.values[-1])
    print("units %2d: mean recall %.4f +/- %.4f" % (units, np.mean(scores), np.std(scores)))
