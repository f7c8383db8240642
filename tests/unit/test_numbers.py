from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from greenfix_verify.numbers import KEPT, read_metrics, read_numbers


@pytest.mark.parametrize(
    ("name", "text", "series"),
    [
        (
            "a.json",
            '{"loss": [2, 1.5], "test": {"auc": 0.5, "model": "cnn", "note": null}}',
            {"loss": 2, "test.auc": 1},
        ),
        ("a.json", "[[1, 2], [3, 4]]", {"values": 4}),
        ("a.json", "0.5", {"value": 1}),
        ("a.json", '{"folds": [{"auc": 1}, {"auc": 2}]}', {"folds[0].auc": 1, "folds[1].auc": 1}),
        ("a.json", '{"mixed": [1, "x"]}', {"mixed[0]": 1}),
        ("a.json", '"words"', {}),
        ("a.csv", "epoch,loss,note\n1,0.5,x\n2,0.4,y\n", {"epoch": 2, "loss": 2}),
        ("a.csv", "1,2\n\n3,4\n", {"column 1": 2, "column 2": 2}),
        ("a.csv", "", {}),
        ("a.txt", "12", {}),
    ],
)
def test_series_by_name(tmp_path: Path, name: str, text: str, series: dict[str, int]) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert {key: len(values) for key, values in read_numbers(file).items()} == series


def test_arrays_are_read_flat_and_objects_are_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3))
    assert read_numbers(tmp_path / "a.npy") == {"values": (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)}
    np.savez(tmp_path / "a.npz", w=np.array([1, 2]), name=np.array(["x"]), z=np.array([1 + 2j]))
    found = {"w": (1.0, 2.0), "z (real)": (1.0,), "z (imaginary)": (2.0,)}
    assert read_numbers(tmp_path / "a.npz") == found
    np.save(tmp_path / "b.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        read_numbers(tmp_path / "b.npy")


def test_a_long_series_is_condensed_and_its_length_stands_in_the_name(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(5000.0))
    found = read_numbers(tmp_path / "a.npy")
    kept = found[f"values ({KEPT} of 5000 values)"]
    assert (len(kept), kept[0], kept[-1]) == (KEPT, 0.0, 4999.0)
    assert found["values (mean)"] == (2499.5,)
    assert (found["values (smallest)"], found["values (largest)"]) == ((0.0,), (4999.0,))
    assert found["values (root mean square)"][0] == pytest.approx(2886.3, abs=0.1)
    (tmp_path / "a.json").write_text(json.dumps(list(range(5000))))
    assert read_numbers(tmp_path / "a.json") == found


def test_metrics_are_json_whatever_the_suffix_unless_csv(tmp_path: Path) -> None:
    for name, text in (("m.txt", '{"auc": 1}'), ("m.csv", "auc\n1\n")):
        (tmp_path / name).write_text(text)
        assert read_metrics(tmp_path / name) == {"auc": (1.0,)}


@pytest.mark.parametrize(
    ("name", "text"),
    [("m.json", "{"), ("m.json", '{"auc": "high"}'), ("m.csv", "a,b\n1\n"), ("m.csv", 'a\n"b'), ("m.json", "[]")],
)
def test_malformed_metrics_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r".+"):
        read_metrics(tmp_path / name)
