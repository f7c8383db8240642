"""How large an array is likely to be, and whose memory an expression may share, one expression at a time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.tensors.estimates import Extent
from greenfix_codemods.semantics.tensors.extent import extents_of
from greenfix_codemods.semantics.tensors.holding import holding_of

HEAD = """\
import cv2, h5py, pickle
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.datasets import fetch_openml, load_iris, load_digits
from sklearn.model_selection import train_test_split
from tensorflow.keras.datasets import cifar10, mnist, imdb
model = tf.keras.Sequential()
big = np.load("x.npy")
table = pd.read_csv("t.csv")
file = h5py.File("data.h5")
archive = np.load("data.npz")
scan = dicom.pixel_array
def loaded(n):
    if n:
        return np.load("x.npy"), 1
    return None
def deep(n):
    return deep(n)
"""


def parsed(code: str, folder: Path) -> tuple[Module, ast.expr]:
    module = Project(folder).add(decode((HEAD + code + "\n").encode(), "program.py"))
    last = module.tree.body[-1]
    assert isinstance(last, ast.Expr)
    return module, last.value


EXTENTS = {
    Extent.LARGE: [
        "big",
        "big / 255.0",
        "-big",
        "big if x else None",
        "(big, 1)",
        "big[:, None]",
        "big[...]",
        "big[:50000]",
        "big.T",
        "big.astype('float32')",
        "big.repeat(2)",
        "list(big)",
        "scaler.fit_transform(big)",
        "np.concatenate([big, table])",
        "np.tile(big, 2)",
        "file['x'][:]",
        "entry = archive['x']\nprint(entry.shape)\nentry",
        "loaded(1)[0] if x else big",
        "np.zeros((60000, 64, 64))",
        "np.zeros((n, 64, 64, 3))",
        "np.zeros((1000, 1000)).repeat(100)",
        "fetch_openml('mnist_784')",
        "[cv2.imread(p) for p in paths]",
        "[cv2.imread(p)[:, :, 0] for p in paths]",
        "[cv2.imread(p) / 255 for p in paths]",
        "[dicom.pixel_array for p in paths]",
        "(a, b), _ = cifar10.load_data()\na",
        "(a, b), _ = mnist.load_data()\na / 255.0",
        "(a, b), _ = mnist.load_data()\nnp.array(a, dtype='float32')",
        "a, b = train_test_split(big)\na",
        "from sklearn.utils import shuffle\na, b = shuffle(big, y)\na",
        "a, b = loaded(1)\na",
        "a, b = big, 1\na",
        "with h5py.File('f') as f:\n    a = f['x'][:]\na",
        "[a, b] = [big, 1]\na",
    ],
    Extent.TABLE: [
        "table",
        "archive['mean']",
        "table.iloc[:, 1:]",
        "table.drop(columns=['a'])",
        "pd.concat([table, table])",
        "pd.DataFrame(big)",
        "big[:5000]",
        "model.predict(big)",
        "tokenizer.texts_to_sequences(texts)",
        "imdb.load_data(num_words=10)",
        "np.zeros((500, 500))",
        "np.zeros((n, 10))",
        "(a, b), (c, d) = cifar10.load_data()\nc",
        "a, b = train_test_split(big)\nb",
        "(a, b), _ = mnist.load_data()\na",
    ],
    Extent.SMALL: [
        "1",
        "[]",
        "big[:10]",
        "big[:, 0]",
        "big[:, 8:9]",
        "big[:, -1]",
        "big.shape",
        "big.mean()",
        "np.arange(10)",
        "np.unique(big)",
        "np.zeros(10)",
        "np.zeros(n)",
        "load_iris().data",
        "load_digits().data",
        "load_iris()",
        "next(batches)",
        "items.pop()",
        "i = 3\nbig[i]",
        "picked = np.random.choice(9, 500)\nbig[picked]",
        "picked = np.random.choice(9, size=500)\nbig[picked]",
        "(a, b), _ = cifar10.load_data()\nb",
        "a, b = next(batches)\na",
        "rows = []\nfor i in range(5):\n    rows.append(cv2.imread(p))\nrows",
        "rows = []\nrows.append(cv2.imread(p))\nrows",
        "def f():\n    rows = []\n    rows.append(cv2.imread(p))\n    return rows\nf()",
        "rows = []\nfor p in paths:\n    rows.append(1)\n    rows.append()\n    rows.extend(p)\nrows",
        "array = np.array([1])\narray['a']",
    ],
    Extent.UNKNOWN: [
        "unknown",
        "unknown()",
        "big[0]",
        "unknown.x",
        "unknown['a']",
        "deep(1)",
        "[cv2.imread(p) for p in ('a', 'b')]",
        "[p for p in paths]",
        "for a in big:\n    pass\na",
        "a: int\na",
        "a, b = unknown\na if 0 else 1j ** a",
        "picked = find(9)\nunknown[picked]",
    ],
}
CASES = [(extent, code) for extent, codes in EXTENTS.items() for code in codes]


@pytest.mark.parametrize(("extent", "code"), CASES, ids=[code.replace("\n", ";") for _, code in CASES])
def test_the_extent_of_an_expression(extent: Extent, code: str, tmp_path: Path) -> None:
    module, node = parsed(code, tmp_path)
    assert module.once(extents_of).of(node).extent is extent


HELPERS = """
def same(a, b):
    c = a
    return c
def copied(a):
    return a + 1
def kept(self_, a):
    self_.a = a
def generated(a):
    yield a
class Box:
    def __init__(self, a):
        self.a = a
    def view(self, a, b):
        return a[1:]
data = tf.data.Dataset.from_tensor_slices(x)
tensor = tf.reduce_mean(x)
"""

HELD = {
    "x": "x",
    "x.T": "x",
    "x.shape": "",
    "x[1:]": "x",
    "x[0]": "x",
    "x[1:, :-1]": "x",
    "x[[1, 2]]": "",
    "x[x > 0]": "",
    "x[1:, [1]]": "",
    "x[mask]": "",
    "x + 1": "",
    "[1] + [x]": "x",
    "(x, y)": "x y",
    "{'a': x}": "x",
    "{x}": "x",
    "x if a else y": "x y",
    "x or y": "x y",
    "(z := x)": "x",
    "[*x]": "x",
    "[each for each in x]": "x",
    "[each for row in x for each in row]": "x",
    "[each + 1 for each in x]": "",
    "{k: v for k, v in x}": "x",
    "x.reshape(-1)": "x",
    "x.astype('f')": "",
    "x.unknown(y)": "x y",
    "'a'.unknown(y)": "",
    "np.reshape(x, -1)": "x",
    "np.array(x)": "",
    "pd.DataFrame(x)": "x",
    "tf.constant(tensor)": "tensor",
    "tf.constant(x)": "",
    "tf.data.Dataset.zip((data, y))": "data y",
    "data.map(f)": "data f",
    "tf.keras.utils.Sequence(x)": "x",
    "len(x)": "",
    "list(x)": "x",
    "zip(x, y)": "x y",
    "same(x, y)": "x",
    "same(b=x, a=y)": "y",
    "copied(x)": "",
    "kept(1, x)": "x",
    "generated(x)": "x",
    "Box(x)": "x",
    "Box(1).view(x, y)": "x",
    "unknown(x, key=y)": "x y",
    "(lambda a: a)(x)": "x",
    "f'{x}'": "",
}


@pytest.mark.parametrize("code", HELD)
def test_whose_memory_an_expression_may_share(code: str, tmp_path: Path) -> None:
    module, node = parsed(HELPERS + code, tmp_path)
    assert module.once(holding_of).names(node) == frozenset(HELD[code].split())
