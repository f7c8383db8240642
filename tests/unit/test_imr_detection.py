"""How strangers write it: where IMR findings stand, and with which confidence."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Confidence, Finding
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode

PREAMBLE = "from keras.models import Sequential, load_model\nfrom keras import backend as K\n"


def findings(root: Path, program: str, path: str = "program.py") -> list[Finding]:
    module = Project(root).add(decode(dedent(program).encode(), path))
    return [site.finding for rule in all_rules() if rule.code.startswith("IMR") for site in rule.sites(module)]


def marked(program: str) -> list[int]:
    return [number for number, line in enumerate(dedent(program).splitlines(), 1) if line.endswith("# <-")]


FOUND = {
    "builders in a dictionary": """
        from keras.models import Sequential
        def small(): return Sequential()
        def large(): return Sequential()
        builders = {"small": small, "large": large}
        for name, builder in builders.items():  # <-
            model = builder()
            model.fit(x, y)
        """,
    "builders in a list of pairs": """
        from keras.models import Sequential
        def small(): return Sequential()
        for name, builder in [("small", small), ("again", small)]:  # <-
            model = builder()
            model.fit(x, y)
        """,
    "a nested objective with a nested builder": """
        import keras
        def main():
            def build(units):
                return keras.Sequential()
            def objective(trial):  # <-
                model = build(3)
                model.fit(x, y)
            study.optimize(objective)
        """,
    "an objective that is an object": """
        import keras, optuna
        class Objective:
            def __call__(self, trial):  # <-
                model = keras.Sequential()
                model.fit(x, y)
        optuna.create_study().optimize(Objective(), n_trials=3)
        """,
    "hyperas": """
        from hyperas import optim
        from hyperas.distributions import choice
        from keras.models import Sequential
        def create_model(x, y):  # <-
            model = Sequential()
            model.compile(optimizer={{choice(["adam", "sgd"])}})
            model.fit(x, y)
            return {"loss": 1, "model": model}
        optim.minimize(model=create_model, data=data)
        """,
    "a fitness function of DEAP": """
        from deap import base
        from keras.models import Sequential
        def fitness(individual):  # <-
            model = Sequential()
            model.fit(x, y)
        toolbox = base.Toolbox()
        toolbox.register("evaluate", fitness)
        """,
    "a default builder": """
        from keras.models import Sequential
        def create(): return Sequential()
        def evaluate(build=create):
            for fold in range(3):  # <-
                model = build()
                model.fit(x, y)
        """,
    "a subclass with a fit of its own": """
        import tensorflow as tf
        class Net(tf.keras.Model):
            def fit(self, x):
                return super().fit(x)
        for fold in range(3):  # <-
            net = Net()
            net.fit(x)
        """,
    "a builder handed to a constructor": """
        from keras.models import Sequential
        class Trainer:
            def __init__(self, build):
                self.build = build
            def run(self):
                for fold in range(3):  # <-
                    self.model = self.build()
                    self.model.fit(x, y)
        def create(): return Sequential()
        Trainer(create).run()
        """,
    "functions under if and try": """
        from keras.models import Sequential
        if small:
            def build(): return Sequential()
        else:
            def build(): return Sequential([])
        for fold in range(3):  # <-
            model = build()
            model.fit(x, y)
        """,
    "recursion": """
        from keras.models import Sequential
        def grow(units):  # <-
            model = Sequential()
            model.fit(x, y)
            if units:
                grow(units - 1)
        """,
    "map": """
        from keras.models import Sequential
        def score(units):  # <-
            model = Sequential()
            model.fit(x, y)
        scores = list(map(score, range(5)))
        """,
    "weights loaded into a new model": """
        from keras.models import Sequential
        for path in paths:  # <-
            model = Sequential()
            model.load_weights(path)
            predictions += model.predict(x)
        """,
    "a garbage collector that nobody imported": """
        from keras.models import Sequential
        for fold in range(3):  # <-
            model = Sequential()
            model.fit(x, y)
            del model
            gc.collect()
        """,
    "a session cleared once, before the loop": """
        from keras import backend as K
        from keras.models import Sequential
        def reset(): K.clear_session()
        reset()
        for fold in range(3):  # <-
            Sequential().fit(x, y)
        """,
    "the best model kept by name": """
        from keras.models import Sequential
        for fold in range(3):  # <-
            model = Sequential()
            model.fit(x, y)
            if better:
                best = model
        """,
    "a training method that cannot be followed": """
        from keras.models import Sequential
        from missing import Base
        class Runner(Base):
            def run(self):
                for fold in range(3):  # <-
                    model = Sequential()
                    self.train(model)
        """,
    "a choice in one line": """
        from keras.models import Sequential
        def small(): return Sequential()
        def large(): return Sequential()
        for fold in range(3):  # <-
            model: object = (small() if fold else large()) or None
            model.fit(x, y)
        """,
    "a walrus": """
        from keras.models import Sequential
        for fold in range(3):  # <-
            if (model := Sequential()):
                model.fit(x, y)
        """,
    "a match": """
        from keras.models import Sequential
        for name in names:  # <-
            match name:
                case "small":
                    model = Sequential()
                case _:
                    model = Sequential([])
            model.fit(x, y)
        """,
    "a property": """
        from keras.models import Sequential
        class Box:
            @property
            def model(self):
                return Sequential()
        box = Box()
        for fold in range(3):  # <-
            box.model.fit(x, y)
        """,
    "class methods and static methods": """
        from keras.models import Sequential
        class Factory:
            @classmethod
            def make(cls):
                return cls.plain()
            @staticmethod
            def plain():
                return Sequential()
        for fold in range(3):  # <-
            Factory.make().fit(x, y)
        """,
    "a tuple taken apart": """
        from keras.models import Sequential
        def make():
            return Sequential(), 1
        for fold in range(3):  # <-
            pair = make()
            pair[0].fit(x, y)
        for fold in range(3):  # <-
            model, *rest = make()
            make()[0].fit(x, y)
        """,
    "an asynchronous loop": """
        from keras.models import Sequential
        async def main():
            async with gate:
                async for fold in folds():  # <-
                    model = Sequential()
                    await run(fold)
                    model.fit(x, y)
        """,
    "a global model": """
        from keras.models import Sequential
        def make():
            global model
            model = Sequential()
        for fold in range(3):  # <-
            make()
            train(model)
        """,
    "a builder in another module's table": """
        from keras.models import Sequential as S
        class Base:
            make = S
        class Child(Base):
            pass
        for fold in range(3):  # <-
            net = Child().make()
            net.fit(x, y)
        """,
    "a list of the objective's own": """
        import keras
        def objective(trial):  # <-
            models = []
            model = keras.Sequential()
            models.append(model)
            model.fit(x, y)
        study.optimize(objective)
        """,
    "predictions and history kept": """
        from keras.models import Sequential
        for fold in range(3):  # <-
            model = Sequential()
            histories.append(model.fit(x, y))
            predictions.append(model.predict(x))
        """,
    "an ensemble per seed, made by a comprehension and dropped with the pass": """
        import keras
        for seed in range(10):  # <-
            models = [keras.Sequential() for _ in range(5)]
            for model in models:
                model.compile(loss="mse")
                model.fit(x, y, epochs=3)
        """,
    "an ensemble per seed, filled by an inner loop and dropped with the pass": """
        import keras
        for seed in range(10):  # <-
            members = []
            for _ in range(5):
                model = keras.Sequential()
                model.fit(x, y, epochs=3)
                members.append(model)
            scores.append(vote(members, x_test))
        """,
    "a function that returns its ensemble, called for each subject": """
        import keras
        def train_all():
            members = []
            for fold in folds:
                model = keras.Sequential()
                model.fit(x, y, epochs=3)
                members.append(model)
            return members
        for subject in subjects:  # <-
            members = train_all()
        """,
    "a runner whose method makes a list of models": """
        import keras
        class Runner:
            def run(self):
                self.models = [self.build() for _ in range(self.nodes)]
                for model in self.models:
                    model.fit(x, y, epochs=3)
            def build(self):
                model = keras.Sequential()
                model.compile(loss="mse")
                return model
        for config in configs:  # <-
            runner = Runner()
            runner.run()
        """,
    "builders out of a list, each given to a scikit-learn wrapper": """
        from keras.models import Sequential
        from keras.wrappers.scikit_learn import KerasClassifier
        from sklearn.model_selection import cross_val_score
        def small():  # <-
            model = Sequential()
            model.compile(loss="mse")
            return model
        def large():  # <-
            model = Sequential()
            model.compile(loss="mse")
            return model
        builders = [small, large]
        for i in range(len(builders)):  # <-
            classifier = KerasClassifier(build_fn=builders[i])
            print(cross_val_score(classifier, x, y))
        """,
    "a session cleared in the other branch": """
        import keras
        for trait in traits:
            if setting is None:
                for gene in genes:
                    model = keras.Sequential()
                    model.fit(x, y, epochs=3)
                    keras.backend.clear_session()
            else:
                for repetition in range(9):  # <-
                    model = keras.Sequential()
                    model.fit(x, y, epochs=3)
        """,
    "builders looked up in globals()": """
        from keras.models import Sequential
        def cnn(): return Sequential()
        def rnn(): return Sequential()
        for name in names:  # <-
            model = globals()[name]()
            model.compile(loss="mse", optimizer="adam")
            model.fit(x, y, epochs=3)
        """,
}


@pytest.mark.parametrize("program", FOUND.values(), ids=FOUND)
def test_it_is_found(program: str, tmp_path: Path) -> None:
    sure = [finding for finding in findings(tmp_path, program) if finding.confidence is not Confidence.LOW]
    assert [finding.span.line for finding in sure] == marked(program)


LEFT = {
    "a callback that clears the session": """
        from keras import backend as K
        from keras.models import Sequential
        from keras.callbacks import Callback
        class Clear(Callback):
            def on_train_end(self, logs=None):
                K.clear_session()
        for fold in range(3):
            model = Sequential()
            model.fit(x, y, callbacks=[Clear()])
        """,
    "one fold only": """
        from keras.models import Sequential
        for fold in range(5):
            if fold != 3:
                continue
            Sequential().fit(x, y)
        for fold, part in enumerate(parts):
            if fold > 0:
                break
            Sequential().fit(x, y)
        """,
    "a study of one trial": """
        import keras
        def objective(trial):
            keras.Sequential().fit(x, y)
        study.optimize(objective, n_trials=1)
        """,
    "loops that end in their first pass": """
        from keras.models import Sequential
        def f():
            for fold in range(3):
                with gate:
                    Sequential().fit(x, y)
                    return 1
            for fold in range(3):
                Sequential().fit(x, y)
                if fold:
                    break
                else:
                    return 2
            for fold in range(k, k + 1):
                Sequential().fit(x, y)
            for fold in enumerate([1]):
                Sequential().fit(x, y)
        """,
    "only the first pass builds": """
        from keras.models import Sequential
        model = None
        for fold in range(3):
            if not model:
                model = Sequential()
            model.fit(x, y)
        for epoch in range(3):
            if epoch == 0 and train:
                model = Sequential()
            model.fit(x, y)
        class Box:
            def __init__(self):
                for fold in range(3):
                    if not hasattr(self, "model"):
                        self.model = Sequential()
                    self.model.fit(x, y)
        """,
    "models kept in other ways": """
        from keras.models import Sequential
        kept, table = [], {}
        for fold in range(3):
            model = Sequential()
            model.fit(x, y)
            kept += [model]
        for fold in range(3):
            model = Sequential()
            model.fit(x, y)
            table[fold] = (model, 1)
        """,
    "attributes set by name": """
        from keras.models import Sequential
        for name in names:
            model = Sequential()
            model.fit(x, y)
            setattr(box, name, model)
        """,
    "agents kept in a list": """
        from keras.models import Sequential
        class Agent:
            def __init__(self):
                self.model = Sequential()
                self.model.compile(loss="mse")
        agents = []
        for _ in range(3):
            agents.append(Agent())
        """,
    "a builder that is cached": """
        from functools import lru_cache
        from keras.models import load_model
        @lru_cache
        def model():
            return load_model("best.h5")
        for x in data:
            model().predict(x)
        """,
    "a session of its own graph": """
        import tensorflow.compat.v1 as tf
        for fold in range(3):
            with tf.Session(graph=tf.Graph()) as session:
                model = tf.keras.Sequential()
                model.fit(x, y)
        """,
    "models that the loop is given": """
        from keras.models import Sequential
        models = {"a": Sequential(), "b": Sequential()}
        for name, model in models.items():
            model.compile(loss="mse")
            model.fit(x, y)
        for model in models.values():
            model.compile(loss="mse")
        """,
    "layer-wise growth of one model": """
        from keras.models import Sequential
        from keras.layers import Dense
        model = Sequential()
        for units in (8, 16):
            model.add(Dense(units))
            model.compile(loss="mse")
            model.fit(x, y)
        """,
    "an overridden compile that clears the session": """
        import tensorflow as tf
        class Growing(tf.keras.Model):
            def compile(self, *args):
                tf.keras.backend.clear_session()
                super().compile(*args)
        model = Growing()
        for level in range(3):
            model.compile("adam")
            model.fit(x, y)
        """,
    "the output of each model on a shared input, averaged": """
        from tensorflow.keras import Input, Model, layers
        def member(): return Model(a, b)
        shared = Input([8])
        outputs = []
        for _ in range(5):
            model = member()
            model.fit(x, y, epochs=3)
            outputs.append(model(shared))
        ensemble = Model(shared, layers.average(outputs))
        """,
    "the best copy of each fold, kept in a list": """
        import copy, keras
        kept = []
        for fold in folds:
            model = keras.Sequential()
            best = [-1, 0, 0]
            for epoch in range(9):
                model.fit(x, y, epochs=1)
                if score(model) > best[0]:
                    best = [score(model), epoch, copy.copy(model)]
            kept.append(best[2])
        """,
    "a list that grows by addition": """
        import keras
        members = []
        for fold in folds:
            model = keras.Sequential()
            model.fit(x, y, epochs=3)
            members = members + [model]
        """,
    "a list that is unpacked into its successor": """
        import keras
        members = []
        for fold in folds:
            model = keras.Sequential()
            model.fit(x, y, epochs=3)
            members = [*members, model]
        """,
    "a dict() with the model in it": """
        import keras
        results = []
        for fold in folds:
            model = keras.Sequential()
            model.fit(x, y, epochs=3)
            results.append(dict(fold=fold, model=model))
        """,
    "a dataclass with the model in it": """
        import keras
        from dataclasses import dataclass
        @dataclass
        class Result:
            fold: int
            model: object
        results = []
        for fold in folds:
            model = keras.Sequential()
            model.fit(x, y, epochs=3)
            results.append(Result(fold, model))
        """,
    "a named tuple with the model in it": """
        import keras
        from collections import namedtuple
        Result = namedtuple("Result", "fold model")
        results = []
        for fold in folds:
            model = keras.Sequential()
            model.fit(x, y, epochs=3)
            results.append(Result(fold, model))
        """,
    "an explainer that holds the model": """
        import keras, shap
        explainers = []
        for fold in folds:
            model = keras.Sequential()
            model.fit(x, y, epochs=3)
            explainers.append(shap.DeepExplainer(model, x))
        """,
    "ensembles of an inner loop, kept by the outer one": """
        import keras
        everything = {}
        for subject in subjects:
            members = []
            for fold in folds:
                model = keras.Sequential()
                model.fit(x, y, epochs=3)
                members.append(model)
            everything[subject] = members
        """,
    "comprehensions of models, kept by the outer loop": """
        import keras
        rounds = []
        for round in range(3):
            members = [keras.Sequential() for _ in range(4)]
            for model in members:
                model.fit(x, y, epochs=3)
            rounds.append(members)
        """,
    "super() two classes deep": """
        from keras import Sequential
        class Base:
            def __init__(self, **options):
                self.options = options
        class Net(Base):
            def __init__(self, **options):
                super(Net, self).__init__(**options)
                self.model = Sequential()
                self.make()
                self.model.compile(loss="mse")
        class Cnn(Net):
            def __init__(self, **options):
                super(Cnn, self).__init__(**options)
            def make(self):
                self.model.add(layer)
        """,
}


@pytest.mark.parametrize("program", LEFT.values(), ids=LEFT)
def test_it_is_left_alone(program: str, tmp_path: Path) -> None:
    assert [finding for finding in findings(tmp_path, program) if finding.confidence is not Confidence.LOW] == []


def test_a_builder_of_another_module_is_followed(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "__init__.py").write_text("from .unet import unet\n")
    (tmp_path / "nets" / "unet.py").write_text("from keras.models import Model\ndef unet(): return Model(a, b)\n")
    (tmp_path / "training.py").write_text("def train(model):\n    model.compile(loss='mse')\n    model.fit(x)\n")
    program = "import nets\nfrom training import train\nfor fold in range(3):\n    train(nets.unet())\n"
    (finding,) = findings(tmp_path, program)
    assert (finding.span.line, finding.confidence) == (3, Confidence.HIGH)
    assert "unet() -> Model" in finding.reason


def test_a_release_in_another_module_is_seen(tmp_path: Path) -> None:
    (tmp_path / "cleaning.py").write_text("import keras.backend as B\ndef tidy():\n    B.clear_session()\n")
    program = f"{PREAMBLE}from cleaning import tidy\nfor fold in range(3):\n    Sequential().fit(x)\n    tidy()\n"
    assert findings(tmp_path, program) == []


def test_a_loop_of_another_module_makes_a_function_repeat(tmp_path: Path) -> None:
    (tmp_path / "evolution.py").write_text("def evolve(fitness):\n    for one in range(9):\n        fitness(one)\n")
    program = f"{PREAMBLE}from evolution import evolve\ndef fitness(one):\n    Sequential().fit(x)\nevolve(fitness)\n"
    (finding,) = findings(tmp_path, program)
    assert finding.span.line == 4


def test_an_objective_may_be_optimised_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from program import *\nstudy.optimize(score)\nfinal(study.best_trial)\n")
    program = f"{PREAMBLE}def score(trial):\n    Sequential().fit(trial.suggest_int('a', 1, 2))\n"
    program += program.split("\n", 2)[2].replace("score", "final")
    (finding,) = findings(tmp_path, program)
    assert finding.span.line == 3
    assert "main.py" in finding.reason


def test_a_script_that_only_drives_others_is_followed(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("import os\nROOT = os.getcwd()\n")
    (tmp_path / "work.py").write_text(f"{PREAMBLE}def run(fold):\n    Sequential().fit(fold)\n")
    program = "from settings import ROOT\nimport work\nfor fold in ROOT:\n    work.run(fold)\n"
    (finding,) = findings(tmp_path, program)
    assert finding.span.line == 3
    assert findings(tmp_path, program.replace("import work\n", "work = ROOT\n")) == []


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from program import build\ndef make():\n    return build()\n")
    program = (
        f"{PREAMBLE}from other import make\ndef build():\n    return make()\nfor i in range(3):\n    build().fit(x)\n"
    )
    assert findings(tmp_path, program) == []


def test_what_cannot_be_followed_is_at_most_medium(tmp_path: Path) -> None:
    program = f"{PREAMBLE}for fold in x:\n    net = self.make(fold)\n    net.compile(loss='mse')\n    net.fit(x)\n"
    (finding,) = findings(tmp_path, program)
    assert finding.confidence is Confidence.MEDIUM
    assert "not followed" in finding.reason


LOW = {
    "an outer loop that clears": "for a in x:\n    K.clear_session()\n    for b in a:\n        Sequential().fit(b)\n",
    "garbage collected without del": "import gc\nfor a in x:\n    Sequential().fit(a)\n    gc.collect()\n",
    "some kept": "for a in x:\n    m = Sequential()\n    m.fit(a)\n    if a:\n        kept.append(m)\n",
    "a person is asked": "while True:\n    name = input()\n    Sequential().fit(name)\n",
    "handed to something unknown": "for a in x:\n    show(Sequential())\n",
}


@pytest.mark.parametrize("program", LOW.values(), ids=LOW)
def test_a_doubt_makes_it_low(program: str, tmp_path: Path) -> None:
    assert [finding.confidence for finding in findings(tmp_path, PREAMBLE + program)] == [Confidence.LOW]


def test_test_code_is_low_and_an_evaluation_script_called_test_is_not(tmp_path: Path) -> None:
    loop = f"{PREAMBLE}for a in x:\n    Sequential().fit(a)\n"
    (found,) = findings(tmp_path, f"import unittest\n{loop}", "tests/test_fit.py")
    assert found.confidence is Confidence.LOW
    (found,) = findings(tmp_path, loop, "tests/fit.py")
    assert found.confidence is Confidence.LOW
    (found,) = findings(tmp_path, f"{loop}def test_it(): ...\n", "tests.py")
    assert found.confidence is Confidence.LOW
    (found,) = findings(tmp_path, loop, "test.py")
    assert found.confidence is Confidence.HIGH


def test_the_same_file_loaded_in_each_pass_is_certain(tmp_path: Path) -> None:
    same = f"{PREAMBLE}for x in data:\n    model = load_model(path)\n    model.predict(x)\n"
    other = same.replace("(path)", "(x.path)")
    assert [finding.confidence for finding in findings(tmp_path, same)] == [Confidence.HIGH]
    assert [finding.confidence for finding in findings(tmp_path, other)] == [Confidence.MEDIUM]
    assert findings(tmp_path, same)[0].rule == "IMR004"
