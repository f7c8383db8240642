"""Small CNN on the 8x8 digits. Keeps the best epoch by validation accuracy."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

EPOCHS = 22
BATCH_SIZE = 64
LR = 0.1

keras.utils.set_random_seed(1)

digits = load_digits()
images = (digits.images / 16.0).astype("float32")[..., None]
x_train, x_val, y_train, y_val = train_test_split(
    images, digits.target, test_size=0.2, random_state=1, stratify=digits.target
)

inputs = keras.Input(shape=(8, 8, 1))
x = layers.Conv2D(16, 3, activation="relu", padding="same")(inputs)
x = layers.MaxPooling2D()(x)
x = layers.Conv2D(32, 3, activation="relu", padding="same")(x)
x = layers.Flatten()(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)

best = 0.0
for epoch in range(EPOCHS):
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=LR),
                  loss="sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    history = model.fit(x_train, y_train, batch_size=BATCH_SIZE, epochs=1,
                        validation_data=(x_val, y_val), verbose=0)
    val_acc = history.history["val_accuracy"][0]
    print("epoch %d/%d  loss %.5f  val_acc %.4f" % (epoch + 1, EPOCHS, history.history["loss"][0], val_acc), flush=True)
    if val_acc > best:
        best = val_acc

print("best validation accuracy: %.4f" % best)
