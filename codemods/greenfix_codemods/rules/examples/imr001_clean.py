"""The look-alikes that IMR001 must leave alone (most of them seen in public code)."""

from __future__ import annotations

from greenfix_codemods.rule import clean

CLEAN = (
    clean(
        """
from keras.models import Sequential
from keras.layers import Dense

model = Sequential()
for units in (8, 16):
    model.add(Dense(units))
for epoch in range(5):
    model.fit(x, y, epochs=1)
""",
        because="layers built in a loop, and epochs of one model",
    ),
    clean(
        """
from keras.models import Sequential

def member():
    model = Sequential()
    model.fit(x, y)
    return model

members, by_name = [], {}
for index in range(5):
    model = member()
    members.append(model)
for name in names:
    by_name[name] = {"model": member()}
also = [member() for _ in range(3)]

def generate():
    for index in range(5):
        yield member()
""",
        because="the models are kept on purpose: an ensemble",
    ),
    clean(
        """
from tensorflow.keras import backend as keras
from keras.models import Sequential

def train():
    model = Sequential()
    try:
        model.fit(x, y)
    finally:
        keras.clear_session()

for fold in range(5):
    train()
""",
        because="the called function clears the session in finally, under an odd alias",
    ),
    clean(
        """
from keras.models import Sequential

def train():
    for train, test in kfold.split(x):
        model = Sequential()
        model.fit(x[train], y[train])
        return model

for seed in range(9, 10):
    model = Sequential()
    model.fit(x, y)

for path in ["data.csv"]:
    model = Sequential()
    model.fit(x, y)

while True:
    model = Sequential()
    model.fit(x, y)
    break
""",
        because="each of these loops runs once",
    ),
    clean(
        """
import gc
from keras.models import Sequential

for fold in range(5):
    model = Sequential()
    model.fit(x, y)
    del model
    gc.collect()
""",
        because="the model is deleted and collected in each pass",
    ),
    clean(
        """
from keras.models import Sequential

model = Sequential()
first = model.get_weights()
for fold in range(5):
    model.set_weights(first)
    model.fit(x, y)
""",
        because="one model, its weights set back for each fold",
    ),
    clean(
        """
import tensorflow as tf
from sklearn.linear_model import Ridge
from torch.nn import Sequential
from xgboost import XGBClassifier as Model

for alpha in (1, 2):
    model = Ridge(alpha)
    model.fit(x, y)
    net = Sequential()
    net.train()
    Model().fit(x, y, verbose=True)
""",
        because="scikit-learn, PyTorch and XGBoost models are no Keras models",
    ),
    clean(
        """
import tensorflow as tf

for size in sizes:
    with tf.Graph().as_default():
        model = tf.keras.Sequential()
        model.fit(x, y)
for size in sizes:
    tf.compat.v1.reset_default_graph()
    model = tf.keras.Sequential()
    model.fit(x, y)
""",
        because="each pass has a graph of its own",
    ),
    clean(
        """
from keras.models import Model

class Gan:
    def __init__(self):
        self.generator = Model()
        self.discriminator = Model()
        self.discriminator.compile(loss="mse")

    def train(self):
        for step in range(1000):
            self.discriminator.train_on_batch(x, y)
            self.generator.train_on_batch(x, y)

Gan().train()
""",
        because="a GAN's loop trains models that were built once",
    ),
    clean(
        """
from keras.models import Sequential

class Lazy:
    def __init__(self):
        self.model = None

    def predict(self, x):
        if self.model is None:
            self.model = Sequential()
            self.model.compile(loss="mse")
        return self.model.predict(x)

lazy = Lazy()
for x in data:
    lazy.predict(x)
""",
        because="only the first pass builds",
    ),
    clean(
        """
from keras.models import Sequential

def objective(trial):
    model = Sequential()
    model.compile(loss="mse")
    model.fit(x, y, epochs=trial.suggest_int("epochs", 1, 9))

objective(study.best_trial)
""",
        because="called once, with the best trial",
    ),
    clean(
        """
def model(x):
    return x

class keras:
    Sequential = dict

for i in range(3):
    net = keras.Sequential()
    model(net)
    for model in (1, 2):
        print(model)
""",
        because="a local class, function or loop target of that name is no Keras model",
    ),
    clean(
        """
from multiprocessing import Process
from keras.models import Sequential

def train():
    model = Sequential()
    model.fit(x, y)

for fold in range(5):
    process = Process(target=train)
    process.start()
    process.join()
""",
        because="each pass runs in a process of its own",
    ),
    clean(
        """
import keras_tuner
from keras.models import Sequential

def build(hp):
    model = Sequential()
    model.compile(loss="mse")
    return model

keras_tuner.RandomSearch(build, max_trials=5).search(x, y)
""",
        because="KerasTuner clears the session before it builds",
    ),
)
