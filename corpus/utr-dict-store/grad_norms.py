import tensorflow as tf
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
ds = tf.data.Dataset.from_tensor_slices(((x / 16.0).astype("float32"), y)).batch(128)
model = tf.keras.Sequential([tf.keras.Input((64,)), tf.keras.layers.Dense(512, "relu"), tf.keras.layers.Dense(10)])
opt = tf.keras.optimizers.SGD(0.1)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

gradients = {}
step = 0
for epoch in range(8):
    for xb, yb in ds:
        with tf.GradientTape() as tape:
            loss = loss_fn(yb, model(xb, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        opt.apply_gradients(zip(grads, model.trainable_variables))
        gradients[step] = grads
        step += 1

for step in range(0, len(gradients), 30):
    print("step %3d gradient norm %.5f" % (step, float(tf.linalg.global_norm(gradients[step]))))
