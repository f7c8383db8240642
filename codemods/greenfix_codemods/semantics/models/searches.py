"""Who calls a function of the user again and again: hyperparameter searches, evolution, sweeps, cross-validation."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from greenfix_codemods.semantics.models.model_values import Value

REFITS = frozenset(
    {
        "GridSearchCV",
        "RandomizedSearchCV",
        "HalvingGridSearchCV",
        "HalvingRandomSearchCV",
        "cross_val_score",
        "cross_val_predict",
        "cross_validate",
        "learning_curve",
        "validation_curve",
        "permutation_test_score",
    }
)
"""Functions and classes of scikit-learn that fit a fresh copy of the estimator many times."""

SELECTION = (
    "sklearn.model_selection.",
    "sklearn.cross_validation.",
    "sklearn.grid_search.",
    "sklearn.learning_curve.",
)
"""Where they are: in ``model_selection``, and before scikit-learn 0.20 in the other three."""

_BY_NAME = {
    "optimize": "Optuna's study.optimize",
    "fmin": "hyperopt's fmin",
    "minimize": "minimize",
    "maximize": "maximize",
    "gp_minimize": "gp_minimize",
    "forest_minimize": "forest_minimize",
    "gbrt_minimize": "gbrt_minimize",
    "dummy_minimize": "dummy_minimize",
    "differential_evolution": "differential_evolution",
    "dual_annealing": "dual_annealing",
    "basinhopping": "basinhopping",
    "brute": "brute",
    "shgo": "shgo",
    "pso": "pso",
    "BayesianOptimization": "BayesianOptimization",
    "GA": "the genetic algorithm",
    "geneticalgorithm": "the genetic algorithm",
    "PSO": "particle swarm optimisation",
    "DE": "differential evolution",
    "agent": "wandb.agent",
    "find_max_global": "find_max_global",
    "find_min_global": "find_min_global",
    "register": "the evolution",
    "AlgorithmConfigurationFacade": "SMAC",
    "BlackBoxFacade": "SMAC",
    "HyperbandFacade": "SMAC",
    "HyperparameterOptimizationFacade": "SMAC",
    "MultiFidelityFacade": "SMAC",
    "RandomFacade": "SMAC",
    "SMAC4BB": "SMAC",
    "SMAC4BO": "SMAC",
    "SMAC4HPO": "SMAC",
    "SMAC4MF": "SMAC",
}
TALOS = "Talos"
POOL = "a map over many arguments"
RESERVATIONS = {POOL: "in a pool each worker process keeps those of its own calls"}
"""What speaks against certainty."""
_TUNERS = ("keras_tuner", "kerastuner")
"""KerasTuner clears the session before it builds each model (``Tuner._try_build`` of 1.4.8). Talos does so after each
round unless ``Scan(clear_session=False)`` says otherwise (2.0.10). Hyperas 0.4.1 and SciKeras 0.13 never do."""
_POOLS = frozenset({"map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"})
NAMES = frozenset({*_BY_NAME, *_POOLS, *REFITS, "Scan", "delayed"})
"""The last names of all that repeats what it is given."""
_WORDS = (
    "func",
    "function",
    "fn",
    "f",
    "fitness_func",
    "fitness_function",
    "objective",
    "objective_func",
    "objective_function",
    "target_function",
    "tae_runner",
    "evaluation_function",
    "model",
    "evaluate",
    "hypermodel",
)
_STEPS = frozenset({"evaluate", "fitness", "eval"})


def candidates(positional: tuple[Value, ...], named: Mapping[str, Value]) -> Iterator[Value]:
    """The arguments of a search that may be the function which it repeats; ``talos.Scan`` takes it fourth."""
    yield from positional[:4]
    yield from (named[word] for word in _WORDS if word in named)


def searcher(called: str, node: ast.Call) -> str | None:
    """Who repeats what the call ``node`` of something called ``called`` is given; None when nobody does.

    ``called`` is the dotted name where the import is known, else the last name alone.
    """
    head, name = called.partition(".")[0], called.rpartition(".")[2]
    if name not in NAMES:
        return None
    if _runs_once(node) or (name == "register" and not _registers_evaluation(node)):
        return None
    if head in _TUNERS:
        return None
    if head == "talos":
        return TALOS if name == "Scan" and _says(node, "clear_session", False) else None
    return POOL if name in _POOLS else _BY_NAME.get(name)


def _says(node: ast.Call, word: str, value: object) -> bool:
    return any(
        keyword.arg == word and isinstance(keyword.value, ast.Constant) and keyword.value.value is value
        for keyword in node.keywords
    )


def _runs_once(node: ast.Call) -> bool:
    """``study.optimize(objective, n_trials=1)``."""
    return any(
        keyword.arg in ("n_trials", "max_evals", "count", "n_calls")
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value == 1
        for keyword in node.keywords
    )


def _registers_evaluation(node: ast.Call) -> bool:
    """``toolbox.register("evaluate", f)`` of DEAP."""
    return bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value in _STEPS
