import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

X, y = load_wine(return_X_y=True)
X = scale(X).astype("float32")
policy = tf.keras.Sequential([tf.keras.Input((13,)), tf.keras.layers.Dense(16, "relu"), tf.keras.layers.Dense(3)])
opt = tf.keras.optimizers.Adam(0.02)
rng = np.random.default_rng(0)

for episode in range(25):
    with tf.GradientTape() as tape:
        log_probs, rewards = [], []
        for i in rng.integers(0, len(X), 12):
            logp = tf.nn.log_softmax(policy(X[i:i + 1]))[0]
            action = rng.choice(3, p=np.exp(logp) / np.exp(logp).sum())
            log_probs.append(logp[action])
            rewards.append(1.0 if action == y[i] else 0.0)
        advantage = np.array(rewards, dtype="float32") - np.mean(rewards)
        loss = -tf.reduce_mean(tf.stack(log_probs) * advantage)
    grads = tape.gradient(loss, policy.trainable_variables)
    opt.apply_gradients(zip(grads, policy.trainable_variables))
    if episode % 8 == 0:
        print("episode", episode, "reward", sum(rewards))
