import gc

import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import minmax_scale

x, y = load_breast_cancer(return_X_y=True)
x = minmax_scale(x)

history = {}
for optimizer in ['sgd', 'adam', 'rmsprop', 'adagrad']:
    # tf.keras.backend.clear_session()
    model = tf.keras.models.Sequential()
    model.add(tf.keras.layers.Input((30,)))
    model.add(tf.keras.layers.Dense(15, activation='relu'))
    model.add(tf.keras.layers.Dense(1, activation='sigmoid'))
    model.compile(optimizer=optimizer, loss='binary_crossentropy', metrics=['accuracy'])
    h = model.fit(x, y, epochs=4, validation_split=0.25, verbose=0)
    history[optimizer] = h.history['val_accuracy']
    # gc.collect()

for optimizer, acc in history.items():
    print(optimizer, ['%.3f' % a for a in acc])
