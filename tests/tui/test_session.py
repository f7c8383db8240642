from __future__ import annotations

from concurrent.futures import Future

from greenfix.events import Committed, DirtyTree, LeftOut
from greenfix.outcome import Commit
from greenfix.tui.front import ReviewAsked
from greenfix.tui.session import Session
from tests.tui.scripted import candidates, finding


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


def test_whoever_leaves_is_asked_for_what_is_accepted_until_it_is_committed() -> None:
    session = Session("repo")
    session.hear(ReviewAsked((), Future(), candidates(1)))
    session.review.accept([0])
    assert session.doubt == "Leave? 1 accepted finding would not be verified."
    session.hear(Committed(Commit("de25b83117ef", "greener", "Save 32.7 % energy")))
    assert session.doubt == ""
