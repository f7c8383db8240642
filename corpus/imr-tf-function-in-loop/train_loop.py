import tensorflow as tf
from sklearn.datasets import load_digits

tf.random.set_seed(0)
x, y = load_digits(return_X_y=True)
data = tf.data.Dataset.from_tensor_slices(((x / 16.0).astype("float32"), y.astype("int32"))).batch(128)

net = tf.keras.Sequential([
    tf.keras.layers.Input((64,)),
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dense(10),
])
opt = tf.keras.optimizers.SGD(0.1)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

for epoch in range(8):

    @tf.function
    def step(features, labels):
        with tf.GradientTape() as tape:
            loss = loss_fn(labels, net(features, training=True))
        grads = tape.gradient(loss, net.trainable_variables)
        opt.apply_gradients(zip(grads, net.trainable_variables))
        return loss

    total = 0.0
    for features, labels in data:
        total += float(step(features, labels))
    print("epoch %d loss %.4f" % (epoch, total))
