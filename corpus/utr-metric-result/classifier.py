import tensorflow as tf
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
train_ds = tf.data.Dataset.from_tensor_slices((x[:1400], y[:1400])).batch(100)
test_ds = tf.data.Dataset.from_tensor_slices((x[1400:], y[1400:])).batch(100)

model = tf.keras.models.Sequential([tf.keras.layers.Input((64,)), tf.keras.layers.Dense(32, "relu"), tf.keras.layers.Dense(10)])
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam()
train_loss = tf.keras.metrics.Mean(name="train_loss")
test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_object(labels, model(images, training=True))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    train_loss(loss)


loss_curve, accuracy_curve = [], []
for epoch in range(8):
    train_loss.reset_state()
    test_accuracy.reset_state()
    for images, labels in train_ds:
        train_step(images, labels)
    for images, labels in test_ds:
        test_accuracy(labels, model(images, training=False))
    loss_curve.append(train_loss.result())
    accuracy_curve.append(test_accuracy.result())
    print(f"Epoch {epoch + 1}, Loss: {train_loss.result():.4f}, Test Accuracy: {test_accuracy.result() * 100:.2f}")

print("best epoch", max(range(8), key=lambda e: accuracy_curve[e]) + 1, "final loss", float(loss_curve[-1]))
