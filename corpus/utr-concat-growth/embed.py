import tensorflow as tf
from sklearn.datasets import load_digits

digits = load_digits()
images = (digits.images[..., None] / 16.0).astype("float32")

cnn = tf.keras.Sequential([
    tf.keras.Input((8, 8, 1)),
    tf.keras.layers.Conv2D(16, 3, activation="relu"),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10),
])
cnn.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
cnn.fit(images, digits.target, epochs=2, batch_size=64, verbose=2)

all_logits = tf.zeros((0, 10))
for batch in tf.data.Dataset.from_tensor_slices(images).batch(4):
    logits = cnn(batch, training=False)
    all_logits = tf.concat([all_logits, logits], axis=0)

predicted = tf.argmax(all_logits, axis=1)
print("accuracy", float(tf.reduce_mean(tf.cast(predicted == digits.target, tf.float32))), all_logits.shape)
