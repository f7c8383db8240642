import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import scale

X, y = load_breast_cancer(return_X_y=True)
X = scale(X)

aucs = []
for i, (train, test) in enumerate(StratifiedKFold(n_splits=3, shuffle=True, random_state=6).split(X, y)):
    model = tf.keras.Sequential([
        tf.keras.layers.Input((30,)),
        tf.keras.layers.Dense(16, activation="relu"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=[tf.keras.metrics.AUC()])
    hist = model.fit(X[train], y[train], validation_data=(X[test], y[test]), epochs=3, verbose=0).history
    key = "val_auc" if i == 0 else "val_auc_%d" % i
    aucs.append(max(hist[key]))
    print(key, round(aucs[-1], 4))
print("mean", sum(aucs) / len(aucs))
