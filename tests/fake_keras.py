"""A Keras and a TensorFlow of a hundred lines that write down what is done to them, to run generated programs in.

What matters for the strategies is as in the real ones: an optimizer belongs to one model and counts its steps, a model
keeps what it learns, ``train_on_batch`` goes on with its metrics, tensors are no numbers, a ``GradientTape`` can be
asked until it is deleted. Every model starts from the same weights, so that ``hoist-and-reset`` must change nothing.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class Stopped(Exception):
    """The program did more than any program of these tests needs to: both versions stop at the same event."""


class Tensor:
    """Numbers that are not Python's."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def numpy(self) -> Array:
        return Array(self.values)

    def __float__(self) -> float:
        (value,) = self.values  # as TensorFlow, which raises for more than one
        return value

    def __iter__(self) -> Iterator[Tensor]:
        return map(Tensor, self.values)

    def __add__(self, other: Tensor | float) -> Tensor:
        return Tensor(*(value + float(other) for value in self.values))


class Array(tuple[float, ...]):
    """What ``numpy()`` gives."""

    __slots__ = ()

    def __float__(self) -> float:
        (value,) = self
        return value


class Optimizer:
    """Counts its steps; ``set_weights`` needs a built one, and two models cannot share one."""

    def __init__(self, rate: float = 0.5, *_: object) -> None:
        self.variables = [Variable(0.0), Variable(rate)]
        self.owner: Model | None = None
        self.built = False

    def build(self, variables: list[Variable]) -> None:
        assert variables, "built for nothing"
        self.built = True

    def set_weights(self, values: list[float]) -> None:
        assert self.built
        for variable, value in zip(self.variables, values, strict=True):
            variable.value = value


@dataclass
class Variable:
    value: float

    def numpy(self) -> float:
        return self.value


@dataclass(eq=False)
class World:
    """One run. ``choices`` decide what ``flip()`` answers; ``trace`` is what the program did."""

    choices: list[bool]
    trace: list[object] = field(default_factory=list)
    failed: bool = False

    def run(self, program: bytes) -> list[object]:
        """Everything that the program said and did, and how it ended."""
        names = {
            "__builtins__": vars(builtins) | {"__import__": self._import},
            "say": lambda value: self.event(("say", plain(value))),
            "flip": self.flip,
            "xs": [1.0, 2.0, 3.0],
        }
        try:
            exec(compile(program, "program.py", "exec"), names)  # noqa: S102  # a program of these tests
        except (LookupError, NameError, AttributeError, ValueError, TypeError, Stopped) as error:
            self.trace.append(type(error).__name__)
            self.failed = not isinstance(error, Stopped)
        return self.trace

    def event(self, what: object) -> None:
        self.trace.append(what)
        if len(self.trace) > 300:
            raise Stopped

    def flip(self) -> bool:
        self.event("flip")
        return self.choices[len(self.trace) % len(self.choices)]

    def _import(self, name: str, *_: object) -> Any:
        if name == "gc":
            return SimpleNamespace(collect=lambda: None, freeze=lambda: None)
        keras = SimpleNamespace(
            Sequential=lambda layers=(): Model(self, list(layers)),
            Input=lambda *_, **__: "input",
            Dense=lambda *_, **__: "dense",
            SGD=Optimizer,
            clear_session=lambda free_memory=True: None,
        )
        for part in ("backend", "models", "layers", "optimizers", "keras"):
            setattr(keras, part, keras)
        if not name.startswith("tensorflow"):
            return keras
        slices = SimpleNamespace(batch=lambda size: [Tensor(value, value + 1) for value in (1.0, 2.0, 3.0)])
        return SimpleNamespace(
            keras=keras,
            data=SimpleNamespace(Dataset=SimpleNamespace(from_tensor_slices=lambda values: slices)),
            function=lambda f: f,
            reduce_mean=lambda tensor: Tensor(sum(tensor.values) / len(tensor.values)),
            zeros=lambda shape: Tensor(),
            concat=lambda tensors, axis=0: Tensor(*(value for tensor in tensors for value in tensor.values)),
            GradientTape=lambda persistent=False: Tape(),
        )


class Tape:
    """A context that can be asked for gradients."""

    def __enter__(self) -> Tape:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def gradient(self, target: Tensor, *_: object) -> Tensor:
        return Tensor(*(value / 2 for value in target.values))


class Model:
    """One weight that learns from its optimizer."""

    def __init__(self, world: World, layers: list[object]) -> None:
        self.world, self.layers = world, layers
        self.weight, self.seen = 0.0, 0.0
        self.optimizer: Optimizer | None = None

    @property
    def trainable_variables(self) -> list[Variable]:
        return [Variable(self.weight)] if self.layers else []

    def add(self, layer: object) -> None:
        self.layers.append(layer)

    def compile(self, optimizer: Optimizer | str = "sgd", loss: str = "mse") -> None:
        made = Optimizer() if isinstance(optimizer, str) else optimizer
        if made.owner not in (None, self):
            raise ValueError("the optimizer belongs to another model")
        made.owner, self.optimizer, self.seen = self, made, 0.0

    def fit(self, data: object = 0, **_: object) -> SimpleNamespace:
        self.seen = 0.0
        return SimpleNamespace(history={"loss": [self.train_on_batch(data)]}, model=self)

    def train_on_batch(self, data: object = 0) -> float:
        if self.optimizer is None:
            raise ValueError("not compiled")
        steps, rate = self.optimizer.variables
        steps.value += 1
        rate.value /= 2  # as if a callback lowered it
        self.weight = self.weight / 2 + rate.value + steps.value
        self.seen += self.weight
        self.world.event(("trained", plain(data), self.weight, self.seen, len(self.layers)))
        return self.seen

    def predict(self, data: object) -> float:
        return self.weight

    def get_weights(self) -> list[float]:
        return [self.weight]

    def set_weights(self, weights: list[float]) -> None:
        (self.weight,) = weights

    def reset_metrics(self) -> None:
        self.seen = 0.0

    def __call__(self, data: Tensor, *_: object) -> Tensor:
        return Tensor(*(value * 2 for value in data.values))


def plain(value: object) -> object:
    """The numbers of ``value``, whatever holds them: a strategy may store numbers for tensors, not other ones."""
    if isinstance(value, Tensor):
        value = value.numpy()
    if isinstance(value, Array) and len(value) == 1:
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return round(value, 9) if isinstance(value, float) else value if isinstance(value, int) else type(value).__name__
