import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

tf.random.set_seed(1)
X, y = load_wine(return_X_y=True)
states = tf.constant(scale(X), tf.float32)
actions = tf.constant(y, tf.int32)

actor = tf.keras.Sequential([tf.keras.Input((13,)), tf.keras.layers.Dense(16, "tanh"), tf.keras.layers.Dense(3)])
critic = tf.keras.Sequential([tf.keras.Input((13,)), tf.keras.layers.Dense(16, "tanh"), tf.keras.layers.Dense(1)])
actor_opt = tf.keras.optimizers.Adam(1e-2)
critic_opt = tf.keras.optimizers.Adam(1e-2)

for update in range(60):
    with tf.GradientTape(persistent=True) as tape:
        logits = actor(states)
        guess = tf.argmax(logits, axis=1, output_type=tf.int32)
        reward = tf.cast(guess == actions, tf.float32)
        value = critic(states)[:, 0]
        advantage = tf.stop_gradient(reward - value)
        log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=guess, logits=logits)
        actor_loss = -tf.reduce_mean(log_prob * advantage)
        critic_loss = tf.reduce_mean(tf.square(reward - value))
    actor_grads = tape.gradient(actor_loss, actor.trainable_variables)
    critic_grads = tape.gradient(critic_loss, critic.trainable_variables)
    del tape
    actor_opt.apply_gradients(zip(actor_grads, actor.trainable_variables))
    critic_opt.apply_gradients(zip(critic_grads, critic.trainable_variables))
    if update % 20 == 0:
        print(update, "reward %.3f" % float(tf.reduce_mean(reward)))
