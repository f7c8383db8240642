from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from greenfix.cost_model.experience import gathered, keep
from greenfix.cost_model.memory import FILE, recall, remember
from tests.unit.test_cost_model import elsewhere, observed

ONE, TWO = (observed(saving, elsewhere(number)) for number, saving in enumerate((0.1, 0.2)))


def test_what_is_remembered_is_recalled_exactly(tmp_path: Path) -> None:
    remember([ONE], tmp_path / "new" / "folder")
    remember([TWO], tmp_path / "new" / "folder")
    assert recall(tmp_path / "new" / "folder").observations == (ONE, TWO)


def test_where_nothing_was_measured_nothing_is_known(tmp_path: Path) -> None:
    assert recall(tmp_path).observations == ()


def test_a_torn_line_is_counted_and_spoils_no_other(tmp_path: Path) -> None:
    remember([ONE], tmp_path)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"situation": {"rule": "IM')  # the power fails here
    remember([TWO], tmp_path)
    found = recall(tmp_path)
    assert (found.observations, found.unreadable) == ((ONE, TWO), 1)


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[]", b'{"other": 1}', b"null", b"NaN"])
def test_a_line_of_something_else_is_counted_and_left_alone(tmp_path: Path, line: bytes) -> None:
    (tmp_path / FILE).write_bytes(line + b"\n")
    remember([ONE], tmp_path)
    assert recall(tmp_path).unreadable == 1
    assert (tmp_path / FILE).read_bytes().startswith(line + b"\n")


def test_an_experiment_that_was_concluded_twice_counts_once(tmp_path: Path) -> None:
    again = observed(0.3, ONE.situation)
    remember([ONE, TWO], tmp_path)
    remember([again], tmp_path)
    assert recall(tmp_path).observations == (again, TWO)


def test_two_processes_that_remember_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from greenfix.cost_model.memory import remember;"
        "from tests.unit.test_cost_model import elsewhere, observed;"
        "[remember([observed(0.1, elsewhere(int(sys.argv[2]) + n))], Path(sys.argv[1])) for n in range(20)]"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, tmp_path, str(first)]) for first in (0, 100)]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = recall(tmp_path)
    assert (len(found.observations), found.unreadable) == (40, 0)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GREENFIX_STATE_DIR", str(tmp_path / "file"))
    assert "could not be remembered" in keep([ONE])
    assert "cannot be read" in gathered().problem


def test_unreadable_lines_are_said_with_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENFIX_STATE_DIR", str(tmp_path))
    (tmp_path / FILE).write_text("{}\n{}\n")
    assert gathered().problem.startswith("2 of the measurements in")
    (tmp_path / FILE).unlink()
    assert gathered().problem == ""
