"""``release-attribute``: what it deletes, and a test for each condition that stops it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import rule
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.release_attribute import ReleaseAttribute

from tests.rewriting import obstacle, rewritten

ATTRIBUTE = """import tensorflow as tf
class Agent:
    def update(self, states):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.critic(states))
        self.gradients = tape.gradient(loss, self.critic.trainable_weights)
        self.optimizer.apply_gradients(zip(self.gradients, self.critic.trainable_weights))
        print("done")
"""


def test_an_attribute_is_deleted_after_its_last_use(tmp_path: Path) -> None:
    after = rewritten(ReleaseAttribute(), ATTRIBUTE, tmp_path, "UTR002").splitlines()
    assert "apply_gradients" in after[after.index("        del self.gradients") - 1]


def test_an_attribute_that_another_file_names_is_kept(tmp_path: Path) -> None:
    (tmp_path / "report.py").write_text("def report(agent):\n    return agent.gradients\n")
    assert "report.py names" in obstacle(ReleaseAttribute(), ATTRIBUTE, tmp_path, "UTR002")


def test_an_attribute_assigned_on_some_paths_is_state_and_no_finding(tmp_path: Path) -> None:
    code = ATTRIBUTE.replace(
        "        self.gradients = tape", "        if states is not None:\n            self.gradients = tape"
    )
    found = rule("UTR002")
    assert found is not None
    assert not list(found.sites(Project(tmp_path).add(decode(code.encode(), "program.py"))))


def test_an_attribute_that_a_return_may_skip_is_kept(tmp_path: Path) -> None:
    code = ATTRIBUTE.replace(
        "        self.optimizer.apply", "        if states is None:\n            return\n        self.optimizer.apply"
    )
    assert "may return" in obstacle(ReleaseAttribute(), code, tmp_path, "UTR002")


ATTRIBUTE_STOPS = {
    "a module global": (
        "a module global may be read",
        "import tensorflow as tf\ngradients = None\ndef update(states):\n    global gradients\n"
        "    with tf.GradientTape() as tape:\n        loss = tf.reduce_mean(states)\n"
        "    gradients = tape.gradient(loss, states)\n    print('done')\n",
    ),
    "a second statement on the line": (
        "more than one statement",
        ATTRIBUTE.replace("trainable_weights))\n", "trainable_weights)); print(1)\n"),
    ),
    "a function inside": (
        "used by a function inside",
        ATTRIBUTE.replace('        print("done")\n', "        later(lambda: self.gradients)\n"),
    ),
}


@pytest.mark.parametrize(("reason", "code"), ATTRIBUTE_STOPS.values(), ids=ATTRIBUTE_STOPS.keys())
def test_deleting_an_attribute_is_stopped_by(reason: str, code: str, tmp_path: Path) -> None:
    assert reason in obstacle(ReleaseAttribute(), code, tmp_path, "UTR002")


def test_deleting_an_attribute_is_stopped_in_a_tree_of_very_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenfix_codemods.semantics.tensors.obstacles.MAXIMUM_NEIGHBOURS", 0)
    (tmp_path / "other.py").write_text("")
    assert "more files than were searched" in obstacle(ReleaseAttribute(), ATTRIBUTE, tmp_path, "UTR002")


def attribute_site(code: str, tmp_path: Path) -> Site:
    """The first assignment to ``self.gradients``, also where the rule finds that it is state."""
    module = Project(tmp_path).add(decode(code.encode(), "program.py"))
    found = rule("UTR002")
    assert found is not None
    assignments = (each for each in ast.walk(module.tree) if isinstance(each, ast.Assign))
    place = next(each for each in assignments if "gradients" in ast.unparse(each.targets[0]))
    return found.site(module, place, place.targets[0], ("self.gradients",), Confidence.HIGH, "")


STATE = {
    "already deleted": ("already deleted", ATTRIBUTE + "        del self.gradients\n"),
    "assigned twice": ("assigned in 2 places", ATTRIBUTE + "        self.gradients = None\n"),
    "used by the statement that leaves": (
        "the statement that leaves the method",
        ATTRIBUTE.replace('print("done")', "return len(self.gradients)"),
    ),
    "assigned on some paths": (
        "only on some paths",
        ATTRIBUTE.replace("        self.gradients =", "        if states:\n            self.gradients ="),
    ),
    "read before it is assigned": (
        "read before it is assigned",
        ATTRIBUTE.replace("        with", "        print(self.gradients)\n        with"),
    ),
}


@pytest.mark.parametrize(("reason", "code"), STATE.values(), ids=STATE.keys())
def test_an_attribute_that_is_state_is_not_deleted(reason: str, code: str, tmp_path: Path) -> None:
    assert reason in (ReleaseAttribute().obstacle(attribute_site(code, tmp_path)) or "")
