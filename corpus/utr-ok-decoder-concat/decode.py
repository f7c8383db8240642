import tensorflow as tf

tf.random.set_seed(3)
VOCABULARY, LENGTH = 12, 10
network = tf.keras.Sequential([tf.keras.layers.Embedding(VOCABULARY, 8), tf.keras.layers.Dense(VOCABULARY)])
optimizer = tf.keras.optimizers.Adam(0.05)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
tokens = tf.range(VOCABULARY)[:, None]
following = tf.roll(tokens, -1, axis=0)


def decode(start):
    token = start
    sequence = start
    for position in range(1, LENGTH):
        token = tf.argmax(network(token), axis=-1, output_type=tf.int32)
        sequence = tf.concat([sequence, token], axis=1)
    return sequence


for epoch in range(30):
    with tf.GradientTape() as tape:
        loss = loss_fn(following, network(tokens))
    optimizer.apply_gradients(zip(tape.gradient(loss, network.trainable_variables), network.trainable_variables))
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "loss %.4f" % float(loss), decode(tokens[:1]).numpy().tolist())
