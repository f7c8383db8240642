import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import backend as K

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")

K.clear_session()
tf.keras.utils.set_random_seed(1)

for lr in [1e-4, 1e-3, 1e-2, 1e-1]:
    model = tf.keras.Sequential([
        tf.keras.Input((64,)),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=lr),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    hist = model.fit(x, y, epochs=3, batch_size=64, validation_split=0.2, verbose=0)
    print("lr=%g  val_acc=%.4f" % (lr, hist.history["val_accuracy"][-1]))
