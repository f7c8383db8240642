"""What the inference says of one expression: tensor, array, number, and what is in a tuple, a dict, an instance."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value

HEAD = """\
import random
import time
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
import tensorflow_probability as tfp
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import backend as K
model = keras.Sequential()
mean = keras.metrics.Mean()
loss_fn = keras.losses.MeanSquaredError()
each_loss = keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.NONE)
strategy = tf.distribute.MirroredStrategy()
data = tf.data.Dataset.range(9)
tensor = tf.reduce_mean(x)
batch = tf.random.normal((8, 8))
variable = tf.Variable(0.0)
array = np.zeros(3)
normal = tfp.distributions.Normal(0.0, 1.0)
inputs = keras.Input((8,))
"""


def evaluated(code: str, folder: Path) -> Value:
    """The value of the last line of ``code``, an expression."""
    module = Project(folder).add(decode((HEAD + code + "\n").encode(), "program.py"))
    last = module.tree.body[-1]
    assert isinstance(last, ast.Expr)
    return module.once(inference_of).of(last.value)


KINDS = {
    Kind.TENSOR: [
        "tensor + 1",
        "1 + tensor",
        "-tensor",
        "tensor > 0",
        "tensor if x else 0",
        "0 or tensor",
        "(y := tensor)",
        "loss_fn(a, b)",
        "each_loss(a, b)",
        "mean(tensor)",
        "mean.result()",
        "model(batch)",
        "model(batch, training=True)",
        "unknown(batch, training=True)",
        "variable + 1",
        "variable.value()",
        "variable[0]",
        "normal.sample()",
        "normal.log_prob(array)",
        "tfp.stats.correlation(array)",
        "strategy.run(lambda: tensor)",
        "strategy.reduce(tf.distribute.ReduceOp.SUM, tensor, axis=None)",
        "tf.split(batch, 2)[0]",
        "tf.clip_by_global_norm(gradients, 5.0)[1]",
        "tf.shape(batch)",
        "tf.map_fn(f, batch)",
        "tf.cond(a, b, c)",
        "tf.function(lambda: tensor)()",
        "keras.losses.mse(a, b)",
        "keras.metrics.categorical_accuracy(a, b)",
        "keras.losses.get('mse')(a, b)",
        "K.mean(batch)",
        "K.binary_crossentropy(a, b)",
        "keras.ops.mean(batch)",
        "keras.applications.vgg16.preprocess_input(batch)",
        "model.losses[0]",
        "tensor.T",
        "max(tensor, 0)",
        "sum([tensor])",
        "abs(tensor)",
        "next(data)",
        "next(iter(data))",
        "[each for each in data][0]",
        "list(data)[0]",
        "list(zip(data, array))[0][0]",
        "list(enumerate(data))[0][1]",
        "{'a': tensor}['a']",
        "{'a': 1, 'b': tensor}['b']",
        "{k: tensor for k in x}['a']",
        "{'a': tensor}.get('a')",
        "list({'a': tensor}.values())[0]",
        "[tensor, 1][:1][0]",
        "[tensor, 1][-2]",
        "[tensor].copy()[0]",
        "(1, tensor)[1]",
        "[1, tensor].pop()",
        "tensor[0]",
        "(lambda: tensor)()",
    ],
    Kind.ARRAY: [
        "array",
        "array + 1",
        "array[0]",
        "batch.numpy()",
        "model.predict(x)",
        "model.get_weights()[0]",
        "K.get_value(tensor)",
        "keras.ops.convert_to_numpy(tensor)",
        "np.mean(array, axis=0)",
        "train_test_split(array)[0]",
        "keras.datasets.mnist.load_data()[0][1]",
        "tf.make_ndarray(proto)",
        "keras.utils.to_categorical(array)",
        "array.reshape(1, 3)",
        "array.T",
    ],
    Kind.NUMBER: [
        "1",
        "not tensor",
        "tensor in x",
        "x is None",
        "float(tensor)",
        "int(tensor)",
        "len(data)",
        "tensor.numpy()",
        "tensor.item()",
        "np.mean(array)",
        "np.mean([tensor])",
        "accuracy_score(a, b)",
        "time.time()",
        "random.random()",
        "model.evaluate(x)",
        "model.train_on_batch(x, y)",
        "batch.dtype",
        "batch.numpy().tolist()[0]",
        "batch.get_shape()[0]",
        "list(range(3))[0]",
    ],
    Kind.TEXT: [
        "'a'",
        "f'{tensor}'",
        "'%s' % tensor",
        "'a' + b",
        "str(tensor)",
        "'{}'.format(tensor)",
        "','.join(x)",
        "'a'.upper()",
        "list({'a': tensor}.items())[0][0]",
    ],
    Kind.MODEL: ["model", "keras.applications.VGG16()", "keras.layers.Dense(1)", "keras.models.load_model('m')"],
    Kind.DATASET: [
        "data.map(f).batch(2)",
        "tf.data.Dataset.from_generator(f)",
        "tfds.load('mnist')",
        "keras.utils.image_dataset_from_directory('d')",
        "data.as_numpy_iterator()",
    ],
    Kind.SYMBOLIC: ["inputs", "model(inputs)", "inputs + 1", "keras.layers.Dense(1)(inputs)", "tf.square(inputs)"],
    Kind.NONE: ["None", "mean.update_state(x)", "(lambda: None)()"],
    Kind.HISTORY: ["model.fit(x)"],
    Kind.MAPPING: ["model.fit(x).history", "dict(a=1)", "{}"],
    Kind.VARIABLE: ["variable", "variable.assign(1.0)", "model.trainable_variables[0]", "model.weights[0]"],
    Kind.METRIC: ["mean", "keras.metrics.get('mse')"],
    Kind.OPTIMIZER: ["keras.optimizers.Adam()"],
    Kind.TAPE: ["tf.GradientTape()"],
    Kind.STRATEGY: ["strategy"],
    Kind.SEQUENCE: ["[1, *x]", "(1, 2)", "[]", "list()", "array.shape", "set(data)"],
    Kind.UNKNOWN: [
        "nothing",
        "nothing.x",
        "nothing()",
        "tf.summary.scalar('a', tensor)",
        "tf.keras.backend.set_floatx('float32')",
        "keras.datasets.mnist",
        "keras.applications.vgg16.decode_predictions",
        "keras.utils.Sequence()",
        "keras.callbacks.Callback()",
        "model.summary()",
        "model.name",
        "normal.name()",
        "strategy.scope()",
        "data.cardinality()",
        "model.fit(x).epoch",
        "tensor.unknown",
        "tensor.unknown()",
        "[1, 2][5]",
        "array if x else 'a'",
        "[tensor].index(1)",
        "tf.print(tensor)",
        "tf.Module()",
    ],
}
CASES = [(kind, code) for kind, codes in KINDS.items() for code in codes]


@pytest.mark.parametrize(("kind", "code"), CASES, ids=[code for _, code in CASES])
def test_the_kind_of_an_expression(kind: Kind, code: str, tmp_path: Path) -> None:
    assert evaluated(code, tmp_path).kind is kind


CLASSES = """
class Base(keras.Model):
    def call(self, x):
        return x
class Net(Base):
    scale = 2.0
    def __init__(self):
        self.first, self.second = tensor, 1
        self.total = 0
        self.total += tensor
        self.name: str = "net"
class Loss(keras.losses.Loss):
    def call(self, a, b):
        return a
class Metric(keras.metrics.Metric):
    pass
class Box:
    kept = tensor
    def __init__(self, value):
        self.value = value
        self.function = lambda: tensor
    @property
    def mean(self):
        return tensor
    def number(self):
        return float(self.mean)
    @staticmethod
    def static(value):
        return value
    def __call__(self):
        return [tensor]
class Child(Box):
    pass
def pair():
    return tensor, 1
def many():
    yield tensor
def nothing_back():
    pass
@tf.function
def traced():
    return 1, {"a": x}
def given(value, *, named=None):
    return value
def named(value):
    return value
"""

CLASS_KINDS = [
    ("Net()", Kind.MODEL),
    ("Net()(batch)", Kind.TENSOR),
    ("Net()(inputs)", Kind.SYMBOLIC),
    ("Net().scale", Kind.NUMBER),
    ("Net().first", Kind.TENSOR),
    ("Net().second", Kind.NUMBER),
    ("Net().total", Kind.TENSOR),
    ("Loss()(a, b)", Kind.TENSOR),
    ("Metric()(a)", Kind.TENSOR),
    ("Box(1)", Kind.INSTANCE),
    ("Box(1).mean", Kind.TENSOR),
    ("Box(1).kept", Kind.TENSOR),
    ("Box(1).number()", Kind.NUMBER),
    ("Box(1).function()", Kind.TENSOR),
    ("Box(1)()", Kind.SEQUENCE),
    ("Box(1).static(tensor)", Kind.TENSOR),
    ("Child(1).number()", Kind.NUMBER),
    ("Child(1).mean", Kind.TENSOR),
    ("Child(1).missing", Kind.UNKNOWN),
    ("Child(1).missing()", Kind.UNKNOWN),
    ("pair()[0]", Kind.TENSOR),
    ("pair()[1]", Kind.NUMBER),
    ("list(many())[0]", Kind.TENSOR),
    ("nothing_back()", Kind.NONE),
    ("traced()[0]", Kind.TENSOR),
    ("traced()[1]['a']", Kind.TENSOR),
    ("given(tensor, named=1)", Kind.TENSOR),
    ("named(value=tensor)", Kind.TENSOR),
]


@pytest.mark.parametrize(("code", "kind"), CLASS_KINDS, ids=[code for code, _ in CLASS_KINDS])
def test_the_kind_of_what_the_projects_own_code_gives(code: str, kind: Kind, tmp_path: Path) -> None:
    assert evaluated(CLASSES + code, tmp_path).kind is kind


GRADIENTS = "with tf.GradientTape() as tape:\n    loss = tf.reduce_mean(model(x))\n"
SIZES = [
    ("tensor", Size.SCALAR),
    ("each_loss(a, b)", Size.SMALL),
    ("tf.reduce_mean(batch, axis=0)", Size.UNKNOWN),
    ("tf.square(tensor)", Size.SCALAR),
    (GRADIENTS + "tape.gradient(loss, [variable, variable])[0]", Size.LARGE),
    (GRADIENTS + "tape.gradient(loss, variable)", Size.LARGE),
    (GRADIENTS + "tape.gradient(loss, model.trainable_variables)[0]", Size.LARGE),
    (GRADIENTS + "tape.jacobian(loss, variable)", Size.LARGE),
    ("value = model(x)\nprint(f'{value:.3f}')\nvalue", Size.SCALAR),
    ("value = model(x)\nprint('%.3f' % value)\nvalue", Size.SCALAR),
    ("value = model(x)\nprint('%d %.3f' % (1, value))\nvalue", Size.SCALAR),
    ("value = model(x)\nprint('{:.3f}'.format(value.numpy()))\nvalue", Size.SCALAR),
    ("value = model(x)\nfloat(value)\nvalue", Size.SCALAR),
    ("value = model(x)\nprint(f'{value}')\nvalue", Size.UNKNOWN),
    ("for row in each_loss(a, b):\n    pass\nrow", Size.SCALAR),
    ("total = 0\ntotal += tensor\ntotal", Size.SCALAR),
]


@pytest.mark.parametrize(
    ("code", "size"), SIZES, ids=[code.rpartition("\n")[2] + str(n) for n, (code, _) in enumerate(SIZES)]
)
def test_the_size_of_a_tensor(code: str, size: Size, tmp_path: Path) -> None:
    value = evaluated(code, tmp_path)
    assert value.kind is Kind.TENSOR
    assert value.size is size


EVIDENCE = [
    ("value = unknown(x)\nvalue.numpy()\nvalue", Kind.TENSOR),
    ("with tf.GradientTape() as tape:\n    value = unknown(x)\ntape.gradient(value, v)\nvalue", Kind.TENSOR),
    ("with tf.GradientTape() as tape:\n    value = net(x)\nvalue", Kind.UNKNOWN),
    ("net = load()\nwith tf.GradientTape() as tape:\n    value = net(x)\nvalue", Kind.TENSOR),
    ("value = unknown(x)\nvalue.numpy\nvalue", Kind.UNKNOWN),
    ("value = unknown(x)\nother.gradient(value)\nvalue", Kind.UNKNOWN),
    ("value = 0\nfor i in x:\n    value = value + tensor\nvalue", Kind.TENSOR),
    ("total = unknown()\ntotal += tensor\ntotal", Kind.TENSOR),
    ("total = 1\ntotal += 2\ntotal", Kind.NUMBER),
    ("total = unknown()\ntotal += 1\ntotal", Kind.NUMBER),
    ("a, (b, *c) = 1, (tensor, 2)\nb", Kind.TENSOR),
    ("for a, b in data:\n    pass\na", Kind.TENSOR),
    ("for i, (a, b) in enumerate(data):\n    pass\nb", Kind.TENSOR),
    ("import os\nos", Kind.UNKNOWN),
    ("class Local:\n    pass\nLocal", Kind.CLASS),
    ("def local():\n    pass\nlocal", Kind.FUNCTION),
    ("with open('f') as file:\n    pass\nfile", Kind.UNKNOWN),
    ("with tf.GradientTape() as tape:\n    pass\ntape", Kind.TAPE),
    ("value: int\nvalue", Kind.UNKNOWN),
]


@pytest.mark.parametrize(("code", "kind"), EVIDENCE, ids=[str(number) for number in range(len(EVIDENCE))])
def test_the_kind_of_a_name_from_its_bindings_and_uses(code: str, kind: Kind, tmp_path: Path) -> None:
    assert evaluated(code, tmp_path).kind is kind


def test_what_a_function_binds_is_the_same_whatever_scope_is_asked_first(tmp_path: Path) -> None:
    module = Project(tmp_path).add(decode(b"kept = []\ndef run():\n    x = 1\n    return x\n", "program.py"))
    flow, function = module.once(flow_of), module.functions["run"]
    (before,) = flow.bindings(function).bound["x"]
    assert flow.bindings(module.tree).bound["kept"]
    assert flow.bindings(function).bound["x"] == [before]


def test_attributes_made_of_one_another_are_each_looked_at_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(
        f"        self.a{n} = self.a{(n + 1) % 8} + self.a{(n + 2) % 8} + self.a{(n + 3) % 8}\n" for n in range(8)
    )
    code = f"class A:\n    def f(self):\n{body}        return self.a0\nA().f()\n"
    module = Project(Path("nowhere")).add(decode(code.encode(), "program.py"))
    evaluate, asked = Inference._evaluate, []

    def counted(self: Inference, node: ast.expr) -> Value:
        asked.append(node)
        return evaluate(self, node)

    monkeypatch.setattr(Inference, "_evaluate", counted)
    last = module.tree.body[-1]
    assert isinstance(last, ast.Expr)
    assert module.once(inference_of).of(last.value).kind is Kind.UNKNOWN
    assert len(asked) < 4 * len(set(asked))
