from __future__ import annotations

from greenfix.events import DirtyTree, LeftOut
from greenfix.tui.session import Session
from tests.tui.scripted import finding


def test_a_clean_tree_with_everything_in_reach_needs_no_notice() -> None:
    assert Session("repo").notice == ""


def test_uncommitted_files_and_what_the_command_does_not_run_are_said() -> None:
    session = Session("repo")
    session.hear(DirtyTree(("a.py", "b.py"), included=False))
    session.hear(LeftOut((finding(),)))
    assert session.notice == (
        "2 uncommitted files: not measured, the committed state is"
        " · 1 finding not shown: in files that the command does not run"
    )
