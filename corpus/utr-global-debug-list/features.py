import tensorflow as tf
from sklearn.datasets import load_digits

DEBUG_FEATURES = []

conv = tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu")
pool = tf.keras.layers.GlobalAveragePooling2D()
head = tf.keras.layers.Dense(10)
opt = tf.keras.optimizers.Adam(0.01)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def forward(images):
    features = conv(images)
    DEBUG_FEATURES.append(features)
    return head(pool(features))


def main():
    data = load_digits()
    images = (data.images[..., None] / 16.0).astype("float32")
    ds = tf.data.Dataset.from_tensor_slices((images, data.target)).batch(128)
    for epoch in range(6):
        for x, y in ds:
            with tf.GradientTape() as tape:
                loss = loss_fn(y, forward(x))
            weights = conv.trainable_variables + head.trainable_variables
            opt.apply_gradients(zip(tape.gradient(loss, weights), weights))
        print("epoch", epoch, "loss %.4f" % float(loss))


main()
