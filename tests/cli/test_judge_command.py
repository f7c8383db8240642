from __future__ import annotations

import json
from pathlib import Path

from tests.greenfix_command import Greenfix


def table(path: Path, rows: dict[str, tuple[float, float]], blocks: int = 8) -> Path:
    lines = ["experiment,block,arm,energy_joules"]
    for name, (original, candidate) in rows.items():
        for block in range(blocks):
            wobble = 1 + 0.01 * (block % 3)
            lines += [f"{name},{block},original,{original * wobble}", f"{name},{block},candidate,{candidate}"]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_one_json_object_a_line_and_experiment(greenfix: Greenfix, tmp_path: Path) -> None:
    readings = table(tmp_path / "readings.csv", {"better": (100, 76), "worse": (100, 130)})
    done = greenfix("judge", readings, "--format", "json")
    assert done.returncode == 0
    better, worse = (json.loads(line) for line in done.stdout.splitlines())
    assert (better["experiment"], better["verdict"], worse["verdict"]) == ("better", "saves", "costs")
    assert set(better) >= {"experiment", "verdict", "blocks_used", "saving", "low", "high", "p", "behaviour", "settle"}
    assert better["low"] < better["saving"] < better["high"]


def test_text_is_one_line_an_experiment(greenfix: Greenfix, tmp_path: Path) -> None:
    done = greenfix("judge", table(tmp_path / "readings.csv", {"a": (100, 76)}))
    assert done.stdout.startswith("a: saves: 2")


def test_an_experiment_is_one_line_whatever_it_is_called(greenfix: Greenfix, tmp_path: Path) -> None:
    done = greenfix("judge", table(tmp_path / "readings.csv", {'"two\nlines"': (100, 76)}))
    assert (done.stdout.count("\n"), done.stdout[:11]) == (1, "two lines: ")


def test_a_malformed_table_names_file_line_and_field(greenfix: Greenfix, tmp_path: Path) -> None:
    readings = table(tmp_path / "readings.csv", {"a": (100, 76)})
    readings.write_text(readings.read_text() + "a,9,original,lots\n")
    done = greenfix("judge", readings)
    assert done.returncode == 2
    assert "readings.csv, line 18" in done.stderr
    assert "energy_joules" in done.stderr


def test_a_missing_table_is_a_usage_error(greenfix: Greenfix, tmp_path: Path) -> None:
    assert greenfix("judge", tmp_path / "missing.csv").returncode == 2
