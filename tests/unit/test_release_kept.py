"""``release``: what it deletes, and a test for each condition that stops it."""

from __future__ import annotations

from pathlib import Path

from greenfix_codemods.rules import rule
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.store_scalar import StoreScalar

from tests.rewriting import ACTIVATIONS, SCALARS, changed, obstacle, rewritten


def test_large_elements_that_nobody_reads_become_none_and_positions_stay(tmp_path: Path) -> None:
    after = rewritten(StoreScalar(), ACTIVATIONS, tmp_path, "UTR001")
    assert changed(ACTIVATIONS, after) == ["        history.append((float(loss), None))"]


def test_release_deletes_what_is_large_after_its_last_use(tmp_path: Path) -> None:
    after = rewritten(ReleaseKept(), ACTIVATIONS, tmp_path, "UTR001")
    assert changed(ACTIVATIONS, after) == ["        history.append((float(loss), None))", "        del features"]


def test_tabs_stay_tabs_around_an_inserted_del(tmp_path: Path) -> None:
    code = ACTIVATIONS.replace("    ", "\t")
    assert "\n\t\tdel features\n" in rewritten(ReleaseKept(), code, tmp_path, "UTR001")


def test_release_is_stopped_when_only_a_number_is_kept(tmp_path: Path) -> None:
    assert "only a number" in obstacle(ReleaseKept(), SCALARS, tmp_path, "UTR001")


def test_release_is_stopped_when_the_name_is_read_after_the_loop(tmp_path: Path) -> None:
    code = ACTIVATIONS + "print(features)\n"
    assert "read again in line" in obstacle(ReleaseKept(), code, tmp_path, "UTR001")


def test_release_is_stopped_when_a_function_reads_the_name(tmp_path: Path) -> None:
    code = ACTIVATIONS + "def show():\n    print(features)\n"
    assert "read by a function" in obstacle(ReleaseKept(), code, tmp_path, "UTR001")


def test_release_is_stopped_when_another_file_imports_the_name(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from program import features\n")
    assert "other.py may read it" in obstacle(ReleaseKept(), ACTIVATIONS, tmp_path, "UTR001")


def test_release_is_stopped_when_another_file_imports_the_name_from_a_package(tmp_path: Path) -> None:
    (tmp_path / "tool").mkdir()
    (tmp_path / "other.py").write_text("from tool import features\n")
    (tmp_path / "tool" / "__init__.py").write_text(ACTIVATIONS)
    found = rule("UTR001")
    assert found is not None
    (site,) = found.sites(Project(tmp_path).open("tool/__init__.py"))
    assert "other.py may read it" in (ReleaseKept().obstacle(site) or "")


def test_release_is_stopped_when_names_are_looked_up_at_run_time(tmp_path: Path) -> None:
    code = ACTIVATIONS + "print(locals())\n"
    assert "run time" in obstacle(ReleaseKept(), code, tmp_path, "UTR001")
