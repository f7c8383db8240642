"""What IMR001 finds: loops, comprehensions and objectives as public code writes them."""

from __future__ import annotations

from greenfix_codemods.rule import smelly

SMELLY = (
    smelly(
        """
from keras.models import Sequential
from keras.layers import Dense

for train, test in kfold.split(x, y):  # <-
    model = Sequential()
    model.add(Dense(12))
    model.compile(loss="mse", optimizer="adam")
    model.fit(x[train], y[train], epochs=150)
"""
    ),
    smelly(
        """
import tensorflow as ts

def build(units):
    inputs = ts.keras.Input((4,))
    return ts.keras.Model(inputs, ts.keras.layers.Dense(units)(inputs))

def get_model(units):
    model = build(units)
    model.compile(loss="mse", optimizer="sgd")
    return model

def train(units):
    model = get_model(units)
    history = model.fit(x, y)
    return history.history["loss"][-1]

def main():
    for lr in (0.1, 0.01):
        for units in (8, 16):  # <-
            train(units)
    best = [train(units) for units in (1, 2, 3)]  # <-
    count = 0
    while count < 3:  # <-
        train(count)
        count += 1
"""
    ),
    smelly(
        """
from tensorflow import keras as ks

class Classifier:
    def __init__(self):
        self.build()

    def build(self):
        self.model = ks.models.Sequential([ks.layers.Dense(1)])

class Special(Classifier):
    def train(self):
        self.model.fit(x, y)

for seed in range(5):  # <-
    network = Special()
    network.train()
"""
    ),
    smelly(
        """
import optuna
import keras

def objective(trial):  # <-
    model = keras.Sequential([keras.layers.Dense(trial.suggest_int("units", 1, 9))])
    model.compile(loss="mse")
    return model.fit(x, y).history["loss"][-1]

study = optuna.create_study()
study.optimize(lambda trial: objective(trial), n_trials=50)
print(objective(study.best_trial))
"""
    ),
    smelly(
        """
from keras.models import Sequential
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import GridSearchCV

def create_model():  # <-
    model = Sequential()
    model.compile(loss="mse", optimizer="adam")
    return model

search = GridSearchCV(estimator=KerasClassifier(build_fn=create_model), param_grid=grid)
search.fit(x, y)
"""
    ),
    smelly(
        """
from keras.models import Sequential
import keras.backend as K

def cross_validate(build):
    for fold in range(5):  # <-
        try:
            model = build()
            model.fit(x, y, epochs=3)
        except ValueError:
            K.clear_session()

def create():
    return Sequential()

K.clear_session()
cross_validate(create)
"""
    ),
    smelly(
        """
from keras.models import Sequential

predictions = []
for member in range(5):  # <-
    model = Sequential()
    model.fit(x, y)
    predictions.append(model.predict(x))
    model = None
    # K.clear_session()
"""
    ),
    smelly(
        """
import tensorflow as tf

class Net(tf.keras.Model):
    def call(self, inputs):
        return inputs

def step(net, batch):
    with tf.GradientTape() as tape:
        loss = net(batch)
    return tape.gradient(loss, net.trainable_variables)

for run in range(3):  # <-
    net = Net()
    for batch in batches:
        step(net, batch)
"""
    ),
    smelly(
        """
from tensorflow import keras
from zoo import make_unet

for fold in range(4):  # <-
    network = make_unet(fold)
    network.compile(optimizer="adam", loss="mse")
    network.fit(x, y, epochs=2)
"""
    ),
)
