"""Whole small projects as people write them: where IMR findings stand (``# <-``), through files and frameworks."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.facts import Sign, facts_of
from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.gates import gates
from greenfix_codemods.scan import scan
from greenfix_codemods.semantics.source import read_source

PROJECTS: dict[str, dict[str, str]] = {
    "a builder of a third file that spells Keras by its TensorFlow shim": {
        "search.py": """
            from training import train_model
            def objective(trial):
                for fold, (tr, te) in enumerate(splits):  # <-
                    model, loss = train_model(tr, te, trial)
        """,
        "training.py": """
            from keras._tf_keras.keras.models import Model
            from building import build_model
            def train_model(x, y, trial):
                model = build_model(trial)
                model.compile(loss="mse", optimizer="adam")
                history = model.fit(x, y, epochs=9)
                return model, min(history.history["loss"])
        """,
        "building.py": """
            from keras._tf_keras.keras.models import Sequential
            from keras._tf_keras.keras.layers import Dense
            def build_model(trial):
                model = Sequential()
                model.add(Dense(1))
                return model
        """,
    },
    "a network of a module that is not there, trained by a tape": {
        "a.py": """
            import tensorflow as tf
            from nets import DenseNet
            optimizer = tf.keras.optimizers.Adam()
            for inputs, outputs in tasks:  # <-
                net = DenseNet(out_dim=1)
                with tf.GradientTape() as tape:
                    loss = loss_fn(outputs, net(inputs, training=True))
                grads = tape.gradient(loss, net.trainable_weights)
                optimizer.apply_gradients(zip(grads, net.trainable_weights))
        """,
    },
    "something that a function gives is perhaps the same network each time": {
        "a.py": """
            import tensorflow as tf
            from nets import pick
            for inputs, outputs in tasks:
                net = pick(inputs)
                with tf.GradientTape() as tape:
                    loss = loss_fn(outputs, net(inputs, training=True))
                grads = tape.gradient(loss, net.trainable_weights)
        """,
    },
    "a method rebuilds self.model for each fold of another method": {
        "a.py": """
            from tensorflow.keras.models import Sequential
            class CV:
                def build(self):
                    self.model = Sequential()
                    self.model.compile(loss="mse", optimizer="adam")
                def train(self, x, y):
                    self.model.fit(x, y)
                def cross_validate(self, folds):
                    for tr, te in folds:  # <-
                        self.build()
                        self.train(tr, te)
        """,
    },
    "a builder that the constructor was given": {
        "a.py": """
            import keras
            class CV:
                def __init__(self, build_fn):
                    self.build_fn = build_fn
                def run(self, folds):
                    for tr, te in folds:  # <-
                        self.model = self.build_fn()
                        self.model.fit(tr, te, epochs=3)
        """,
    },
    "an object of another file that is reset in each pass": {
        "a.py": """
            from net import Net
            net = Net()
            for i in range(10):  # <-
                net.reset()
                net.fit(x, y)
        """,
        "net.py": """
            from keras.models import Sequential
            class Net:
                def __init__(self): self.reset()
                def reset(self):
                    self.model = Sequential()
                    self.model.compile(loss="mse", optimizer="sgd")
                def fit(self, x, y):
                    self.model.fit(x, y)
        """,
    },
    "a while loop with a counter": {
        "a.py": """
            from tensorflow import keras
            i = 0
            while i < 5:  # <-
                m = keras.Sequential([keras.layers.Dense(1)])
                m.compile(loss="mse")
                m.fit(x, y)
                i += 1
        """,
    },
    "a model loaded for each file": {
        "a.py": """
            import tensorflow as tf
            import glob
            for f in glob.glob("*.h5"):  # <-
                m = tf.keras.models.load_model(f, compile=False)
                p = m.predict(x)
        """,
    },
    "builders of a module picked by name with getattr": {
        "a.py": """
            import models
            for name in ("small", "large"):  # <-
                model = getattr(models, name)(10)
                model.compile(loss="mse", optimizer="adam")
                model.fit(x, y, epochs=3)
        """,
        "models.py": """
            from keras.models import Sequential
            def small(n): return Sequential()
            def large(n): return Sequential()
        """,
    },
    "applications picked by name with getattr": {
        "a.py": """
            import tensorflow as tf
            for name in ("VGG16", "ResNet50"):  # <-
                base = getattr(tf.keras.applications, name)(weights=None)
                base.compile(loss="mse", optimizer="adam")
                base.fit(x, y, epochs=3)
        """,
    },
    "a builder picked with eval": {
        "a.py": """
            from keras.models import Sequential
            def small(n): return Sequential()
            for name in ("small", "large"):  # <-
                model = eval(name)(10)
                model.compile(loss="mse", optimizer="adam")
                model.fit(x, y, epochs=3)
        """,
    },
    "a builder picked from globals": {
        "a.py": """
            from keras.models import Sequential
            def small(n): return Sequential()
            for name in ("small", "large"):  # <-
                model = globals()[name](10)
                model.compile(loss="mse", optimizer="adam")
                model.fit(x, y, epochs=3)
        """,
    },
    "a builder picked from the dictionary of another file": {
        "a.py": """
            from zoo import BUILDERS
            for name in BUILDERS:  # <-
                model = BUILDERS[name](3)
                model.fit(x, y)
        """,
        "zoo.py": """
            from keras.models import Sequential
            def small(n): return Sequential()
            BUILDERS = {"small": small, "lam": lambda n: Sequential()}
        """,
    },
    "a builder that is a parameter": {
        "a.py": """
            from keras.models import Sequential
            def cv(build, folds):
                for f in folds:  # <-
                    m = build(f)
                    m.fit(f)
            def b(f): return Sequential()
            cv(b, [1,2])
        """,
    },
    "a builder handed to the loop of a file that names no Keras": {
        "cv.py": """
            def cross_validate(build, folds):
                for f in folds:  # <-
                    m = build(f)
                    m.fit(f, epochs=10)
        """,
        "a.py": """
            from cv import cross_validate
            from keras.models import Sequential
            def b(f): return Sequential()
            cross_validate(b, [1,2])
        """,
    },
    "a grid in a script that names no Keras, three modules away": {
        "main.py": """
            from experiments import run_experiment
            for lr in (1, 2):
                for units in (3, 4):  # <-
                    run_experiment(lr, units)
        """,
        "experiments.py": """
            from trainer import Trainer
            def run_experiment(lr, units):
                t = Trainer(lr, units)
                return t.go()
        """,
        "trainer.py": """
            from nets.mlp import make
            class Trainer:
                def __init__(self, lr, units):
                    self.net = make(units)
                def go(self):
                    self.net.fit(1, 2)
        """,
        "nets/__init__.py": """
        """,
        "nets/mlp.py": """
            import tensorflow as tf
            def make(u):
                m = tf.keras.Sequential()
                m.compile(loss="mse")
                return m
        """,
    },
    "a constructor that builds": {
        "a.py": """
            from tensorflow.keras import Model, layers
            class Net:
                def __init__(self, n):
                    i = layers.Input((n,)); self.m = Model(i, layers.Dense(1)(i))
                    self.m.compile(loss="mse", optimizer="adam")
                def train(self): self.m.fit(x, y)
                def score(self): return self.m.evaluate(x, y)
            scores = []
            for n in (1, 2, 3):  # <-
                net = Net(n)
                net.train()
                scores.append(net.score())
        """,
    },
    "hyperas": {
        "a.py": """
            from hyperas import optim
            from hyperas.distributions import choice
            from hyperopt import Trials, tpe
            from keras.models import Sequential
            from keras.layers import Dense
            def data(): return 1, 2
            def create_model(x, y):  # <-
                model = Sequential()
                model.add(Dense({{choice([1, 2])}}))
                model.compile(loss="mse", optimizer={{choice(["adam", "sgd"])}})
                model.fit(x, y)
                return {"loss": 1, "model": model}
            best_run, best_model = optim.minimize(model=create_model, data=data, algo=tpe.suggest, max_evals=5)
        """,
    },
    "a population whose objects train, three modules away": {
        "main.py": """
            from network import Network
            def train_networks(networks, dataset):
                for network in networks:  # <-
                    network.train(dataset)
            def make(n):
                pop = []
                for _ in range(n):
                    network = Network()
                    pop.append(network)
                return pop
            def go():
                networks = make(10)
                for g in range(5):
                    train_networks(networks, "x")
        """,
        "network.py": """
            from train import train_and_score
            class Network:
                def __init__(self): self.accuracy = 0.
                def train(self, dataset):
                    if self.accuracy == 0.:
                        self.accuracy = train_and_score(self, dataset)
        """,
        "train.py": """
            from keras.models import Sequential
            def train_and_score(network, dataset):
                model = Sequential()
                model.compile(loss="mse")
                model.fit(1, 2)
                return model.evaluate(1)[1]
        """,
    },
    "recursion": {
        "a.py": """
            from keras.models import Sequential
            def search(depth):  # <-
                model = Sequential()
                model.compile(loss="mse")
                model.fit(x, y)
                if depth:
                    search(depth - 1)
        """,
    },
    "recursion with a helper that trains": {
        "a.py": """
            from keras.models import Sequential
            def train(d):
                model = Sequential()
                model.fit(x, y)
            def search(depth):  # <-
                train(depth)
                if depth:
                    search(depth - 1)
        """,
    },
    "worker processes that take many tasks": {
        "a.py": """
            from multiprocessing import Pool
            from keras.models import Sequential
            def train(d):  # <-
                model = Sequential()
                model.fit(x, y)
            with Pool(4) as pool:
                pool.map(train, range(10))
        """,
    },
    "thread pool": {
        "a.py": """
            from concurrent.futures import ThreadPoolExecutor
            from keras.models import Sequential
            def train(d):  # <-
                model = Sequential()
                model.fit(x, y)
            with ThreadPoolExecutor(4) as ex:
                ex.map(train, range(10))
        """,
    },
    "worker processes that end after one task": {
        "a.py": """
            from multiprocessing import Pool
            from keras.models import Sequential
            def train(d):
                model = Sequential()
                model.fit(x, y)
            with Pool(4, maxtasksperchild=1) as pool:
                pool.map(train, range(10))
        """,
    },
    "star imports of Keras": {
        "a.py": """
            from tensorflow.keras.models import *
            from tensorflow.keras.layers import *
            for i in range(3):  # <-
                i = Input((3,))
                m = Model(i, Dense(1)(i))
                m.compile("adam", "mse")
                m.fit(x, y)
        """,
    },
    "tensorflow.python.keras": {
        "a.py": """
            from tensorflow.python.keras.models import Sequential
            from tensorflow.python.keras.layers import Dense
            for i in range(3):  # <-
                m = Sequential()
                m.add(Dense(1))
                m.compile("adam", "mse")
                m.fit(x, y)
        """,
    },
    "sessions of TensorFlow 1": {
        "a.py": """
            import tensorflow as tf
            from keras.models import Sequential
            for i in range(3):  # <-
                sess = tf.Session()
                m = Sequential()
                m.compile("adam", "mse")
                m.fit(x, y)
                sess.close()
        """,
    },
    "a function for Talos that shall not clear the session": {
        "a.py": """
            import talos as ta
            from keras.models import Sequential
            def f(x, y, xv, yv, params):  # <-
                m = Sequential()
                m.compile("adam", "mse")
                out = m.fit(x, y)
                return out, m
            ta.Scan(x, y, params=p, model=f, clear_session=False)
        """,
    },
    "a method that hyperopt calls": {
        "a.py": """
            import hyperopt
            from keras.models import Sequential
            class Opt:
                def objective(self, p):  # <-
                    m = self.build(p)
                    h = m.fit(x, y)
                    return {"loss": 1, "status": "ok", "model": m}
                def build(self, p):
                    m = Sequential(); m.compile("adam", "mse")
                    return m
                def run(self):
                    hyperopt.fmin(fn=self.objective, space={}, max_evals=3)
        """,
    },
    "a decorated function that scikit-optimize calls": {
        "a.py": """
            from skopt import gp_minimize
            from skopt.utils import use_named_args
            from keras.models import Sequential
            @use_named_args(dimensions=d)
            def fitness(lr):  # <-
                m = Sequential(); m.compile("adam", "mse")
                m.fit(x, y)
                return 1
            gp_minimize(func=fitness, dimensions=d)
        """,
    },
    "a method that Optuna calls": {
        "a.py": """
            import optuna, tensorflow as tf
            class T:
                def objective(self, trial):  # <-
                    m = tf.keras.Sequential(); m.compile("adam", "mse")
                    m.fit(x, y)
                    return 1
                def go(self):
                    study = optuna.create_study()
                    study.optimize(self.objective, n_trials=10)
        """,
    },
    "Ray Tune, whose trials are processes of their own": {
        "a.py": """
            from ray import tune
            from keras.models import Sequential
            def train(config):
                m = Sequential(); m.compile("adam", "mse")
                m.fit(x, y)
            tune.run(train, config={})
        """,
    },
    "deap": {
        "a.py": """
            from deap import base, tools, algorithms
            from keras.models import Sequential
            def evaluate(ind):  # <-
                m = Sequential(); m.compile("adam", "mse")
                m.fit(x, y)
                return 1,
            toolbox = base.Toolbox()
            toolbox.register("evaluate", evaluate)
        """,
    },
    "pygad": {
        "a.py": """
            import pygad
            from keras.models import Sequential
            def fitness_func(ga, sol, idx):  # <-
                m = Sequential(); m.compile("adam", "mse")
                m.fit(x, y)
                return 1
            g = pygad.GA(num_generations=3, fitness_func=fitness_func)
            g.run()
        """,
    },
    "map to list": {
        "a.py": """
            from keras.models import Sequential
            def fit(u):  # <-
                m = Sequential(); m.compile("adam", "mse")
                return m.fit(x, y).history
            results = list(map(fit, [1, 2]))
        """,
    },
    "product": {
        "a.py": """
            from itertools import product
            import tensorflow.keras as k
            def train(a, b, c):
                m = k.models.Sequential(); m.compile("adam", "mse")
                h = m.fit(x, y)
                return h.history
            for cfg in product([1], [2, 3]):  # <-
                train(*cfg, c=1)
            for cfg in ParameterGrid(grid):  # <-
                train(**cfg)
        """,
    },
    "inner function in loop": {
        "a.py": """
            import tensorflow as tf
            for n in range(3):  # <-
                def build():
                    return tf.keras.Sequential()
                m = build()
                m.compile("adam", "mse")
                m.fit(x, y)
        """,
    },
    "a distribution scope in each pass": {
        "a.py": """
            import tensorflow as tf
            strategy = tf.distribute.MirroredStrategy()
            for fold in range(3):  # <-
                with strategy.scope():
                    m = tf.keras.Sequential()
                    m.compile("adam", "mse")
                m.fit(x, y)
        """,
    },
    "functional + applications": {
        "a.py": """
            from tensorflow.keras.applications.efficientnet import EfficientNetB0
            from tensorflow.keras import layers, Model
            def get_model(n):
                base = EfficientNetB0(include_top=False)
                x = layers.Dense(n)(base.output)
                return Model(inputs=base.input, outputs=x)
            for fold in range(5):  # <-
                model = get_model(3)
                model.compile("adam", "mse")
                h = model.fit(t, epochs=3)
        """,
    },
    "a clone for each fold": {
        "a.py": """
            import tensorflow as tf
            base = tf.keras.Sequential()
            for fold in range(5):  # <-
                model = tf.keras.models.clone_model(base)
                model.compile("adam", "mse")
                model.fit(t, epochs=3)
        """,
    },
    "cross_val via scikeras": {
        "a.py": """
            from scikeras.wrappers import KerasClassifier
            from sklearn.model_selection import cross_val_score
            from tensorflow import keras
            def create():  # <-
                m = keras.Sequential()
                m.compile("adam", "mse")
                return m
            clf = KerasClassifier(model=create, epochs=3)
            cross_val_score(clf, x, y, cv=3)
        """,
    },
    "pipeline grid": {
        "a.py": """
            from scikeras.wrappers import KerasClassifier
            from sklearn.model_selection import GridSearchCV
            from sklearn.pipeline import Pipeline
            from tensorflow import keras
            def create():  # <-
                m = keras.Sequential()
                m.compile("adam", "mse")
                return m
            pipe = Pipeline([("s", 1), ("clf", KerasClassifier(model=create, epochs=3))])
            grid = GridSearchCV(pipe, {}, n_jobs=1)
            grid.fit(x, y)
        """,
    },
    "a helper that releases": {
        "a.py": """
            import gc
            import tensorflow as tf
            def reset():
                gc.collect()
                tf.keras.backend.clear_session()
            for fold in range(3):
                m = tf.keras.Sequential()
                m.compile("adam", "mse")
                m.fit(x, y)
                reset()
        """,
    },
    "each pass a process of its own": {
        "a.py": """
            import multiprocessing as mp
            import tensorflow as tf
            def job(fold):
                m = tf.keras.Sequential()
                m.compile("adam", "mse")
                m.fit(x, y)
            for fold in range(3):
                p = mp.Process(target=job, args=(fold,))
                p.start(); p.join()
        """,
    },
    "ensemble of predictions": {
        "a.py": """
            import tensorflow as tf
            preds = []
            for fold in range(3):  # <-
                m = tf.keras.Sequential()
                m.compile("adam", "mse")
                m.fit(x, y)
                preds.append(m.predict(x))
        """,
    },
    "only the best model is kept": {
        "a.py": """
            import tensorflow as tf
            def best():
                best, top = None, 0
                for fold in range(3):  # <-
                    m = tf.keras.Sequential()
                    m.compile("adam", "mse")
                    m.fit(x, y)
                    s = m.evaluate(x)
                    if s > top:
                        best, top = m, s
                return best
        """,
    },
    "the phases of a GAN": {
        "a.py": """
            from tensorflow.keras import Model, Sequential
            def build_g(): return Sequential()
            def build_d(): return Sequential()
            g, d = build_g(), build_d()
            d.compile("adam", "mse")
            gan = Model(g.input, d(g.output)); gan.compile("adam", "mse")
            for e in range(100):
                d.trainable = True
                d.train_on_batch(x, y)
                d.trainable = False
                gan.train_on_batch(x, y)
        """,
    },
    "episodes of one agent": {
        "a.py": """
            from agent import Agent
            agent = Agent()
            for ep in range(100):
                agent.act(1)
                agent.replay()
        """,
        "agent.py": """
            from keras.models import Sequential
            class Agent:
                def __init__(self):
                    self.model = self._build_model()
                def _build_model(self):
                    m = Sequential(); m.compile("adam", "mse")
                    return m
                def act(self, s): return self.model.predict(s)
                def replay(self): self.model.fit(1, 2)
        """,
    },
    "an agent for each seed, in a script that names no Keras": {
        "a.py": """
            from agent import Agent
            for seed in range(5):  # <-
                agent = Agent()
                for ep in range(100):
                    agent.act(1)
                    agent.replay()
        """,
        "agent.py": """
            from keras.models import Sequential
            class Agent:
                def __init__(self):
                    self.model = self._build_model()
                def _build_model(self):
                    m = Sequential(); m.compile("adam", "mse")
                    return m
                def act(self, s): return self.model.predict(s)
                def replay(self): self.model.fit(1, 2)
        """,
    },
    "branches of one larger model": {
        "a.py": """
            from keras.models import Model
            from keras.layers import Input, Dense, concatenate
            branches = []
            for s in shapes:
                i = Input(s)
                branches.append(Model(i, Dense(1)(i)))
            x = concatenate([b.output for b in branches])
            m = Model([b.input for b in branches], x)
            m.compile("adam", "mse"); m.fit(t)
        """,
    },
    "workers kept in a list": {
        "a.py": """
            from tensorflow.keras.models import Sequential
            class W:
                def __init__(self): self.m = Sequential()
                def run(self): self.m.fit(1, 2)
            ws = []
            for i in range(4):
                ws.append(W())
            for w in ws: w.run()
        """,
    },
    "test code": {
        "tests/test_a.py": """
            import keras
            def test_a():
                for i in range(3):
                    m = keras.Sequential(); m.compile("adam", "mse"); m.fit(x, y)
        """,
    },
    "a builder for KerasTuner, which clears the session before each model": {
        "a.py": """
            import keras_tuner as kt
            from tensorflow import keras
            def build(hp):
                m = keras.Sequential()
                m.compile("adam", "mse")
                return m
            tuner = kt.Hyperband(build, objective="val_loss")
            tuner.search(x, y)
        """,
    },
    "a HyperModel for KerasTuner": {
        "a.py": """
            from kerastuner import HyperModel
            from kerastuner.tuners import RandomSearch
            from tensorflow import keras
            class My(HyperModel):
                def build(self, hp):
                    m = keras.Sequential()
                    m.compile("adam", "mse")
                    return m
            tuner = RandomSearch(My(), objective="val_loss", max_trials=3)
            tuner.search(x, y)
        """,
    },
    "a builder for KerasTuner by keyword": {
        "a.py": """
            from kerastuner.tuners import RandomSearch
            from tensorflow import keras
            def build(hp):
                m = keras.Sequential()
                m.compile("adam", "mse")
                return m
            tuner = RandomSearch(hypermodel=build, objective="val_loss", max_trials=3)
        """,
    },
    "a function for Talos, which clears the session after each round": {
        "a.py": """
            import talos as ta
            from keras.models import Sequential
            def f(x, y, xv, yv, params):
                m = Sequential()
                m.compile("adam", "mse")
                out = m.fit(x, y)
                return out, m
            ta.Scan(x, y, params=p, model=f)
        """,
    },
    "a tuner of another file": {
        "a.py": """
            from tensorflow import keras
            def build(hp):
                m = keras.Sequential()
                m.compile("adam", "mse")
                return m
        """,
        "main.py": """
            from keras_tuner.tuners import BayesianOptimization
            from a import build
            tuner = BayesianOptimization(build, objective="val_loss", max_trials=3)
        """,
    },
    "a function that imports another of its own name": {
        "a.py": """
            def evolve(args):
                from net import evolve, build
                best = evolve(args)
                model = build(best)
                model.compile("adam", "mse")
                model.fit(x, y)
        """,
        "net.py": """
            from keras.models import Sequential
            def build(one): return Sequential()
            def evolve(args): return args[0]
        """,
    },
    "folds of another module, whose models are kept": {
        "a.py": """
            from folds import train_folds
            from keras.models import Model
            def get_model(size):
                m = Model(a, b)
                m.compile("adam", "mse")
                return m
            get = lambda: get_model(3)
            models = train_folds(x, get)
        """,
        "folds.py": """
            def fitted(model, x):
                model.fit(x)
                return model
            def train_folds(x, get):
                models = []
                for fold in range(5):
                    model = fitted(get(), x)
                    for one in x:
                        print(one)
                    models.append(model)
                return models
        """,
    },
    "folds of another module, which clears the session": {
        "a.py": """
            from folds import train_folds
            from keras.models import Model
            def score(fold):
                m = Model(a, b)
                m.compile("adam", "mse")
                return m.fit(fold)
            train_folds(score)
        """,
        "folds.py": """
            import keras
            def train_folds(score):
                for fold in range(5):
                    score(fold)
                    keras.backend.clear_session()
        """,
    },
    "joblib runs a function for each argument": {
        "a.py": """
            from joblib import Parallel, delayed
            from keras.models import Sequential
            def train(d):  # <-
                model = Sequential()
                model.fit(x, y)
            Parallel(n_jobs=2)(delayed(train)(d) for d in range(4))
        """,
    },
}


@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
def test_exactly_the_marked_places_are_found(files: dict[str, str], tmp_path: Path) -> None:
    marked = set()
    for name, text in files.items():
        lines = dedent(text.removeprefix("\n")).splitlines(keepends=True)
        marked |= {(name, number) for number, line in enumerate(lines, 1) if line.endswith("# <-\n")}
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("".join(lines))
    result = scan(tmp_path)
    assert result.errors == ()
    found = [finding for finding in result.findings if finding.smell is Smell.IMR]
    assert {(item.path, item.span.line) for item in found if item.confidence is not Confidence.LOW} == marked


def test_what_worker_processes_share_is_never_certain(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(dedent(PROJECTS["worker processes that take many tasks"]["a.py"]))
    (finding,) = scan(tmp_path).findings
    assert finding.confidence is Confidence.MEDIUM


def test_the_loop_of_a_single_file_leads_to_the_files_beside_it(tmp_path: Path) -> None:
    for name, text in PROJECTS["an agent for each seed, in a script that names no Keras"].items():
        (tmp_path / name).write_text(dedent(text))
    assert [finding.path for finding in scan(tmp_path / "a.py").findings] == ["a.py"]


def _leading(root: Path) -> set[str]:
    """The files that are worth a look though they name no Keras."""
    files = {file.relative_to(root).as_posix(): file for file in root.rglob("*.py")}
    facts = {path: facts_of(read_source(file, path)) for path, file in files.items()}
    return {path for path, gate in gates(facts).items() if gate.worth and Sign.WORD not in facts[path].signs}


def test_a_script_without_a_loop_is_not_worth_following(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import keras\n")
    (tmp_path / "plain.py").write_text("import net\n")
    (tmp_path / "looping.py").write_text("from plain import net\nfor i in x: net.go()\n")
    (tmp_path / "elsewhere.py").write_text("import os\nfor i in x: os.getpid()\n")
    assert _leading(tmp_path) == {"looping.py"}


@pytest.mark.parametrize(
    "statement",
    ["from . import net", "from .net import go", "from pkg import net", "import pkg.net as n", "import os, pkg.net"],
)
def test_every_spelling_of_an_import_leads_on(statement: str, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "net.py").write_text("import keras\n")
    (tmp_path / "pkg" / "run.py").write_text(f"{statement}\nwhile True: go()\n")
    assert _leading(tmp_path) == {"pkg/run.py"}


def test_a_single_file_of_a_package_finds_its_base_class_in_the_package(tmp_path: Path) -> None:
    agents = tmp_path / "zoo" / "agents"
    agents.mkdir(parents=True)
    for folder in (tmp_path / "zoo", agents):
        (folder / "__init__.py").touch()
    (tmp_path / "zoo" / "base.py").write_text(
        "import keras\n"
        "class Base:\n"
        "    def fresh(self):\n"
        "        self.model = keras.Sequential()\n"
        "        self.model.compile(loss='mse')\n"
        "        self.model.fit(self.x)\n"
    )
    (agents / "one.py").write_text(
        "import keras\nfrom zoo.base import Base\nclass One(Base):\n    def run(self):\n        for fold in range(9):\n"
        "            self.fresh()\n"
    )
    (tree,) = scan(tmp_path).findings
    (single,) = scan(agents / "one.py").findings
    assert (tree.rule, tree.span.line) == (single.rule, single.span.line) == ("IMR001", 5)


def test_a_class_that_seems_to_inherit_from_itself_is_followed_once(tmp_path: Path) -> None:
    """As in numpy.distutils: the import means another package, and the tree has a file that fits the name."""
    folder = tmp_path / "numpy" / "distutils"
    folder.mkdir(parents=True)
    (folder / "build.py").write_text(
        "import keras\n"
        "from distutils.build import Build as Old\n"
        "class Build(Old):\n"
        "    models = Old.models + [keras.Sequential()]\n"
        "    def run(self):\n"
        "        for fold in range(9):\n"
        "            self.model = keras.Sequential(self.models)\n"
        "            self.model.compile(loss='mse')\n"
        "            self.model.fit(self.x)\n"
    )
    result = scan(tmp_path)
    assert result.errors == ()
    assert [finding.span.line for finding in result.findings] == [6]


def test_a_notebook_leads_to_the_modules_that_it_imports(tmp_path: Path) -> None:
    (tmp_path / "builders.py").write_text(
        "from keras.models import Sequential\n"
        "def build():\n    return Sequential()\n"
        "def train(model, x):\n    model.compile(loss='mse')\n    model.fit(x, x, epochs=3)\n    return model\n"
    )
    source = ["from builders import build, train\n", "for case in cases:\n", "    model = train(build(), case)\n"]
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "sweep.ipynb").write_text(json.dumps(notebook))
    (finding,) = scan(tmp_path).findings
    assert (finding.rule, finding.path, finding.span.line) == ("IMR001", "sweep.ipynb", 2)
    assert finding.confidence is Confidence.HIGH
