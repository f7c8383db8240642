"""What the names of TensorFlow and Keras do, as far as the rules need to know. Canonical names only (see ``names``)."""

from __future__ import annotations

from enum import StrEnum

KNOWN_ELSEWHERE = frozenset(
    [
        "numpy",
        "scipy",
        "pandas",
        "sklearn",
        "torch",
        "torchvision",
        "pytorch_lightning",
        "lightning",
        "xgboost",
        "lightgbm",
        "catboost",
        "matplotlib",
        "seaborn",
        "cv2",
        "PIL",
        "os",
        "sys",
        "re",
        "json",
        "csv",
        "math",
        "time",
        "random",
        "itertools",
        "functools",
        "collections",
        "pathlib",
        "pickle",
        "argparse",
        "logging",
        "datetime",
        "glob",
        "shutil",
        "copy",
        "typing",
        "warnings",
        "subprocess",
        "multiprocessing",
        "joblib",
        "tqdm",
        "h5py",
        "skimage",
        "nltk",
        "gensim",
        "imblearn",
        "statsmodels",
        "requests",
        "yaml",
        "plotly",
        "optuna",
        "hyperopt",
        "hyperas",
        "kerastuner",
        "keras_tuner",
        "skopt",
        "deap",
        "pygad",
        "wandb",
        "mlflow",
        "jax",
        "flax",
        "transformers",
        "datasets",
        "networkx",
        "sympy",
        "string",
        "io",
        "tempfile",
        "uuid",
        "hashlib",
        "gc",
        "gym",
        "gymnasium",
        "skorch",
        "absl",
        "google",
        "six",
        "pytest",
        "unittest",
    ]
)
"""Packages whose objects are no Keras models, whatever methods they have."""
NEVER_FOLLOWED = KNOWN_ELSEWHERE | {"keras", "tensorflow", "tf_keras"}
"""Packages that no analysis of models follows, even where the scanned tree holds them."""

_APPLICATIONS = "keras.applications."
_CONSTRUCTORS = {"Sequential", "Model", "Functional"}
_CONSTRUCTOR_HOMES = (
    "keras",
    "keras.models",
    "keras.engine",
    "keras.engine.training",
    "keras.engine.sequential",
    "keras.engine.functional",
    "keras.engine.topology",
)
_LOADERS = {"load_model", "model_from_json", "model_from_yaml", "model_from_config"}
_LOADER_HOMES = ("keras.models", "keras.saving", "keras.engine.saving", "keras.saving.save", "keras.saving.saving_api")
_WRAPPERS = {
    "keras.wrappers.scikit_learn.KerasClassifier",
    "keras.wrappers.scikit_learn.KerasRegressor",
    "scikeras.wrappers.KerasClassifier",
    "scikeras.wrappers.KerasRegressor",
    "keras.wrappers.SKLearnClassifier",
    "keras.wrappers.SKLearnRegressor",
}
_RELEASES = {
    "keras.backend.clear_session",
    "keras.backend.tensorflow_backend.clear_session",
    "keras.utils.clear_session",
    "keras.clear_session",
    "tensorflow.reset_default_graph",
    "tensorflow.compat.v1.reset_default_graph",
    "tensorflow.python.framework.ops.reset_default_graph",
}
# Libraries that build their models on TensorFlow's graph: what holds for a Keras model holds for theirs.
_BUILT_ON_TENSORFLOW = {"deepxde.Model", "deepxde.model.Model", "tflearn.DNN"}


MAKERS = frozenset(
    {*_CONSTRUCTORS, *_LOADERS, "clone_model", "applications"}
    | {dotted.rpartition(".")[2] for dotted in _WRAPPERS | _BUILT_ON_TENSORFLOW}
)
"""The names without which nothing makes a model; see :func:`made_by`."""


class Made(StrEnum):
    """How a model came to be."""

    BUILT = "built"
    LOADED = "loaded"
    CLONED = "cloned"
    WRAPPED = "wrapped"
    SUGGESTED = "suggested"
    """No definition could be followed; only its use says that it is a Keras model."""


def made_by(dotted: str) -> Made | None:
    """How calling ``dotted`` makes a model, or None when it makes none."""
    home, _, name = dotted.rpartition(".")
    if dotted in _WRAPPERS:
        return Made.WRAPPED
    if dotted in _BUILT_ON_TENSORFLOW or (name in _CONSTRUCTORS and home in _CONSTRUCTOR_HOMES):
        return Made.BUILT
    if dotted.startswith(_APPLICATIONS) and name[:1].isupper():
        return Made.BUILT
    if name in _LOADERS and home in _LOADER_HOMES:
        return Made.LOADED
    from_config = name == "from_config" and home.rpartition(".")[2] in _CONSTRUCTORS
    return Made.CLONED if from_config or dotted in ("keras.models.clone_model", "keras.clone_model") else None


def is_model_class(dotted: str) -> bool:
    """Whether a class that inherits from ``dotted`` is a Keras model."""
    home, _, name = dotted.rpartition(".")
    return name in _CONSTRUCTORS and home in _CONSTRUCTOR_HOMES


SYMBOLIC = "keras.KerasTensor"
"""What ``keras.Input`` gives: a model called on it assembles a larger one, and its output keeps it alive."""


def makes_input(dotted: str) -> bool:
    """Whether calling ``dotted`` gives a symbolic tensor."""
    home, _, name = dotted.rpartition(".")
    return name == "Input" and home.startswith("keras")


def releases(dotted: str) -> bool:
    """Whether calling ``dotted`` drops the models that nobody holds any more: the Keras state or the default graph."""
    return dotted in _RELEASES


STAR_NAMES = {name: f"keras.models.{name}" for name in (*_CONSTRUCTORS - {"Functional"}, *_LOADERS, "clone_model")}
"""What ``from keras.models import *`` (or any star of Keras or TensorFlow) brings, as far as models go."""
STAR_NAMES["clear_session"] = "keras.backend.clear_session"

COMPILES = frozenset({"compile"})
TRAINS = frozenset({"fit", "fit_generator", "train_on_batch", "train", "train_step"})
USES = frozenset(
    [
        "predict",
        "predict_generator",
        "predict_on_batch",
        "predict_classes",
        "predict_proba",
        "predict_step",
        "evaluate",
        "evaluate_generator",
        "test_on_batch",
        "test_step",
        "score",
        "call",
        "save",
        "export",
        "save_weights",
    ]
)
RESETS = frozenset({"set_weights", "load_weights", "reset_weights", "reset_parameters"})
GROWS = frozenset({"add", "pop"})

_COMPILE_WORDS = {"loss", "optimizer", "metrics", "loss_weights"}
_FIT_WORDS = {"epochs", "nb_epoch", "validation_data", "validation_split", "steps_per_epoch", "batch_size", "**"}
_RUN_WORDS = {"batch_size", "verbose", "steps"}
_ONLY_KERAS = {"fit_generator", "train_on_batch", "evaluate_generator", "predict_generator", "test_on_batch"}


def looks_like_keras(method: str, keywords: set[str]) -> bool:
    """Whether a call of ``method`` with these keywords is written as only Keras models are used."""
    return (
        method in _ONLY_KERAS
        or (method == "compile" and bool(keywords & _COMPILE_WORDS))
        or (method == "fit" and bool(keywords & _FIT_WORDS))
        or (method in ("evaluate", "predict") and bool(keywords & _RUN_WORDS))
    )
