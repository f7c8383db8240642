import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def load_data():
    X, y = load_digits(return_X_y=True)
    return train_test_split((X / 16.0).astype("float32"), y, test_size=0.2, random_state=0)


X_train, X_val, y_train, y_val = load_data()

model = tf.keras.Sequential([
    tf.keras.layers.Input((64,)),
    tf.keras.layers.Dense(48, activation="relu"),
    tf.keras.layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

best, patience = 0.0, 3
for epoch in range(12):
    model.fit(X_train, y_train, batch_size=64, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
    val_loss, val_acc = model.evaluate(X_val, y_val, verbose=0)
    print(f"epoch {epoch + 1}: val_loss {val_loss:.4f} val_acc {val_acc:.4f}")
    if val_acc > best:
        best, patience = val_acc, 3
    else:
        patience -= 1
        if patience == 0:
            break
