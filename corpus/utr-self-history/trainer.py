import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale


class Trainer:
    def __init__(self, model, lr=0.05):
        self.model = model
        self.optimizer = tf.keras.optimizers.SGD(lr)
        self.loss_fn = tf.keras.losses.BinaryCrossentropy(from_logits=True)
        self.history = []

    def step(self, x, y):
        with tf.GradientTape() as tape:
            logits = self.model(x, training=True)
            loss = self.loss_fn(y, logits)
        grads = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.model.trainable_variables))
        return loss

    def fit(self, dataset, epochs):
        for epoch in range(epochs):
            for x, y in dataset:
                loss = self.step(x, y)
                self.history.append(loss)
            print("epoch %d: %.4f" % (epoch, sum(float(l) for l in self.history[-len(dataset):]) / len(dataset)))


X, y = load_breast_cancer(return_X_y=True)
ds = tf.data.Dataset.from_tensor_slices((scale(X).astype("float32"), y[:, None].astype("float32"))).batch(64)
trainer = Trainer(tf.keras.Sequential([tf.keras.Input((30,)), tf.keras.layers.Dense(16, "relu"), tf.keras.layers.Dense(1)]))
trainer.fit(ds, 6)
