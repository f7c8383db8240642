"""Every spelling of a data set is known as one before the loop over it is looked into."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.tensors.followed import leads_to_data
from greenfix_codemods.semantics.tensors.keeping import leaks_of

KEEPER = """\
class Keeper:
    def __init__(self):
        self.loss = []

    def keep(self):
        for x, y in {data}:
            self.loss.extend(y)
"""


def module(code: str, root: Path) -> Module:
    return Project(root).add(decode(code.encode(), "program.py"))


@pytest.mark.parametrize(
    ("head", "data"),
    [
        ("import tensorflow as tf", "tf.data.Dataset.from_tensor_slices(rows)"),
        ("import tensorflow as tf", "tf . data . TextLineDataset(name)"),
        ("from tensorflow import data", "data.Dataset.range(9)"),
        ("from tensorflow import (\n    add,\n    data,\n)", "data.Dataset.range(9)"),
        ("from tensorflow import add, data as d", "d.Dataset.range(9)"),
        ("from tensorflow import *", "data.Dataset.range(9)"),
        ("from tensorflow.data import Dataset as Rows", "Rows.range(9)"),
        ("import keras", "keras.utils.image_dataset_from_directory(name)"),
        ("import tensorflow as tf", "enumerate(rows.from_generator(make))"),
    ],
)
def test_a_tensor_kept_in_a_loop_over_data_is_found(head: str, data: str, tmp_path: Path) -> None:
    program = module(f"{head}\n{KEEPER.format(data=data)}", tmp_path)
    assert [leak.keep.name for leak in program.once(leaks_of).found] == ["self.loss"]


@pytest.mark.parametrize("data", ["zip(rows, rows)", "self.data_rows", "range(9)"])
def test_a_file_that_names_no_data_set_leads_to_none(data: str, tmp_path: Path) -> None:
    program = module(f"import tensorflow as tf\n{KEEPER.format(data=data)}", tmp_path)
    assert not program.once(leads_to_data)
    assert not program.once(leaks_of).found


def test_a_data_set_of_another_file_is_known(tmp_path: Path) -> None:
    (tmp_path / "rows.py").write_text("import tensorflow as tf\ndef rows():\n    return tf.data.Dataset.range(9)\n")
    program = module(f"import tensorflow as tf\nfrom rows import rows\n{KEEPER.format(data='rows()')}", tmp_path)
    assert [leak.keep.name for leak in program.once(leaks_of).found] == ["self.loss"]
