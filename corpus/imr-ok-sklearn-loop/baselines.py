from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense, Input


def load():
    X, y = load_wine(return_X_y=True)
    return train_test_split(StandardScaler().fit_transform(X), y, test_size=0.3, random_state=1)


def build_model(name):
    if name == "forest":
        return RandomForestClassifier(n_estimators=50, random_state=1)
    if name == "mlp":
        return MLPClassifier((16,), max_iter=300, random_state=1)
    return LogisticRegression(max_iter=500)


X_train, X_test, y_train, y_test = load()
for name in ("forest", "mlp", "logistic"):
    model = build_model(name)
    model.fit(X_train, y_train)
    print(name, model.score(X_test, y_test))

net = Sequential([Input((13,)), Dense(16, activation="relu"), Dense(3, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(X_train, y_train, epochs=10, verbose=0)
print("net", net.evaluate(X_test, y_test, verbose=0)[1])
