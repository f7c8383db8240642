import os
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.layers import Dense, Dropout, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import set_random_seed

data = load_breast_cancer()
X, y = data.data.astype("float32"), data.target

kfold = StratifiedKFold(n_splits=5, shuffle=True, random_state=42)
cvscores = []
fold_no = 1

for train, test in kfold.split(X, y):
    set_random_seed(42)
    scaler = StandardScaler()
    x_train = scaler.fit_transform(X[train])
    x_test = scaler.transform(X[test])

    model = Sequential()
    model.add(Input(shape=(30,)))
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.3))
    model.add(Dense(32, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

    model.fit(x_train, y[train], epochs=3, batch_size=32, verbose=0)

    scores = model.evaluate(x_test, y[test], verbose=0)
    print(f"Score for fold {fold_no}: loss {scores[0]:.6f}, accuracy {scores[1] * 100:.2f}%", flush=True)
    cvscores.append(scores[1] * 100)
    fold_no += 1

print("%.2f%% (+/- %.2f%%)" % (np.mean(cvscores), np.std(cvscores)))
