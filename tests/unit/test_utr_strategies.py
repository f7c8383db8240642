"""What each UTR strategy does, and a test for each condition that stops it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.rewriting import apply
from greenfix_codemods.rule import Site
from greenfix_codemods.rules import rule
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.collect_then_concat import CollectThenConcat
from greenfix_codemods.strategies.delete_tape import DeleteTape
from greenfix_codemods.strategies.freeze_and_collect import FreezeAndCollect
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect
from greenfix_codemods.strategies.release_attribute import ReleaseAttribute
from greenfix_codemods.strategies.release_before_fit import ReleaseBeforeFit
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar
from greenfix_codemods.strategy import Strategy

HEAD = """import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((xs, ys)).batch(32)
model = tf.keras.Sequential()
@tf.function
def step(x, y):
    loss = tf.reduce_mean(model(x) - y)
    return loss, model(x)
"""
SCALARS = (
    HEAD
    + """losses = []
for epoch in range(100):
    for x, y in data:
        loss, features = step(x, y)
    losses.append(loss)
"""
)
ACTIVATIONS = (
    HEAD
    + """history = []
for epoch in range(100):
    for x, y in data:
        loss, features = step(x, y)
        history.append((loss, features))
    print(epoch)
print([item[0] for item in history])
"""
)


def site(code: str, code_of_rule: str, tmp_path: Path, number: int = 0) -> Site:
    module = Project(tmp_path).add(decode(code.encode(), "program.py"))
    found = rule(code_of_rule)
    assert found is not None
    sites = list(found.sites(module))
    assert len(sites) > number, "nothing found"
    return sites[number]


def rewritten(strategy: Strategy, code: str, code_of_rule: str, tmp_path: Path) -> str:
    found = site(code, code_of_rule, tmp_path)
    assert strategy.obstacle(found) is None
    edit = apply(strategy, found)
    return edit.after.decode()


def obstacle(strategy: Strategy, code: str, code_of_rule: str, tmp_path: Path) -> str:
    found = strategy.obstacle(site(code, code_of_rule, tmp_path))
    assert found is not None
    return found


def changed(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


def test_store_scalar_wraps_the_scalar_in_float(tmp_path: Path) -> None:
    assert changed(SCALARS, rewritten(StoreScalar(), SCALARS, "UTR001", tmp_path)) == ["    losses.append(float(loss))"]


def test_store_numpy_keeps_the_dtype(tmp_path: Path) -> None:
    assert changed(SCALARS, rewritten(StoreNumpy(), SCALARS, "UTR001", tmp_path)) == ["    losses.append(loss.numpy())"]


def test_large_elements_that_nobody_reads_become_none_and_positions_stay(tmp_path: Path) -> None:
    after = rewritten(StoreScalar(), ACTIVATIONS, "UTR001", tmp_path)
    assert changed(ACTIVATIONS, after) == ["        history.append((float(loss), None))"]


def test_release_deletes_what_is_large_after_its_last_use(tmp_path: Path) -> None:
    after = rewritten(ReleaseKept(), ACTIVATIONS, "UTR001", tmp_path)
    assert changed(ACTIVATIONS, after) == ["        history.append((float(loss), None))", "        del features"]


def test_release_and_collect_collects_after_the_step_loop_never_in_it(tmp_path: Path) -> None:
    after = rewritten(ReleaseAndCollect(), ACTIVATIONS, "UTR001", tmp_path).splitlines()
    assert after[0] == "import gc"
    assert after[after.index("    gc.collect()") - 1] == "        del features"
    assert after.count("    gc.collect()") == 1


def test_extend_over_a_tensor_becomes_extend_over_its_array(tmp_path: Path) -> None:
    code = HEAD + "labels = []\nfor x, y in data:\n    labels.extend([row for row in y])\n"
    after = rewritten(StoreNumpy(), code, "UTR005", tmp_path)
    assert changed(code, after) == ["    labels.extend([row for row in y.numpy()])"]


def test_a_sum_is_put_in_parentheses_before_numpy(tmp_path: Path) -> None:
    code = SCALARS.replace("losses.append(loss)", "losses.append(loss + loss)")
    after = rewritten(StoreNumpy(), code, "UTR001", tmp_path)
    assert changed(code, after) == ["    losses.append((loss + loss).numpy())"]


@pytest.mark.parametrize(
    ("strategy", "code", "rule_code", "left"),
    [
        (StoreScalar(), SCALARS, "UTR001", 0),
        (StoreNumpy(), SCALARS, "UTR001", 0),
        (ReleaseKept(), ACTIVATIONS, "UTR001", 0),
        (ReleaseAndCollect(), ACTIVATIONS, "UTR001", 0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_after_the_strategy_the_finding_is_gone(
    strategy: Strategy, code: str, rule_code: str, left: int, tmp_path: Path
) -> None:
    after = rewritten(strategy, code, rule_code, tmp_path)
    found = rule(rule_code)
    assert found is not None
    assert len(list(found.sites(Project(tmp_path).add(decode(after.encode(), "again.py"))))) == left


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_other_lines_keep_their_bytes(ends: str, tmp_path: Path) -> None:
    code = "\ufeff" + (SCALARS + "x = 1 ;  y = 2  # kept\n\t\nprint('ä')").replace("\n", ends)
    found = site(code, "UTR001", tmp_path)
    before, after = code.encode(), apply(StoreScalar(), found).after
    assert after == before.replace(b"losses.append(loss)", b"losses.append(float(loss))")


def test_tabs_stay_tabs_around_an_inserted_del(tmp_path: Path) -> None:
    code = ACTIVATIONS.replace("    ", "\t")
    assert "\n\t\tdel features\n" in rewritten(ReleaseKept(), code, "UTR001", tmp_path)


def test_store_scalar_is_stopped_when_an_element_is_asked_for_its_array(tmp_path: Path) -> None:
    code = SCALARS + "print([loss.numpy() for loss in losses])\n"
    assert "needs the tensor" in obstacle(StoreScalar(), code, "UTR001", tmp_path)
    assert "needs the tensor" in obstacle(StoreNumpy(), code, "UTR001", tmp_path)


def test_store_scalar_is_stopped_when_the_last_element_is_asked_for_its_array(tmp_path: Path) -> None:
    code = SCALARS + "print(losses[-1].numpy())\n"
    assert "needs the tensor" in obstacle(StoreScalar(), code, "UTR001", tmp_path)


def test_a_list_that_is_returned_to_a_reader_of_arrays_is_left_alone(tmp_path: Path) -> None:
    training = SCALARS.replace(
        "        loss, features", "        optimizer.apply_gradients(pairs)\n        loss, features"
    )
    body = training.removeprefix(HEAD).replace("\n", "\n    ").rstrip()
    code = HEAD + f"def train():\n    {body}\n    return losses\nfor each in train():\n    print(each.numpy())\n"
    assert "may be called on an element" in obstacle(StoreScalar(), code, "UTR001", tmp_path)


def test_store_scalar_is_stopped_when_it_may_be_more_than_one_number(tmp_path: Path) -> None:
    code = HEAD + "kept = []\nfor epoch in range(100):\n    for x, y in data:\n        kept.append(model(x))\n"
    assert "float() would raise" in obstacle(StoreScalar(), code, "UTR001", tmp_path)


def test_release_is_stopped_when_only_a_number_is_kept(tmp_path: Path) -> None:
    assert "only a number" in obstacle(ReleaseKept(), SCALARS, "UTR001", tmp_path)


def test_release_is_stopped_when_the_name_is_read_after_the_loop(tmp_path: Path) -> None:
    code = ACTIVATIONS + "print(features)\n"
    assert "read again in line" in obstacle(ReleaseKept(), code, "UTR001", tmp_path)


def test_release_is_stopped_when_a_function_reads_the_name(tmp_path: Path) -> None:
    code = ACTIVATIONS + "def show():\n    print(features)\n"
    assert "read by a function" in obstacle(ReleaseKept(), code, "UTR001", tmp_path)


def test_release_is_stopped_when_another_file_imports_the_name(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from program import features\n")
    assert "other.py may read it" in obstacle(ReleaseKept(), ACTIVATIONS, "UTR001", tmp_path)


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
    assert "run time" in obstacle(ReleaseKept(), code, "UTR001", tmp_path)


def test_collecting_is_stopped_when_gc_means_something_else(tmp_path: Path) -> None:
    code = "gc = 1\n" + ACTIVATIONS
    assert "`gc`" in obstacle(ReleaseAndCollect(), code, "UTR001", tmp_path)


TAPE = """import tensorflow as tf
for episode in range(500):
    state = env.reset()
    with tf.GradientTape(persistent=True) as tape:
        a, b = losses(state)
    one = tape.gradient(a, first.variables)
    two = tape.gradient(b, second.variables)
    print(episode)
"""


def test_delete_tape_stands_after_the_last_gradient(tmp_path: Path) -> None:
    after = rewritten(DeleteTape(), TAPE, "UTR003", tmp_path).splitlines()
    assert after[after.index("    del tape") - 1] == "    two = tape.gradient(b, second.variables)"


def test_delete_tape_stands_after_the_last_gradient_of_a_tape_that_watches(tmp_path: Path) -> None:
    watching = TAPE.replace("        a, b", "        tape.watch(state)\n        a, b")
    after = rewritten(DeleteTape(), watching, "UTR003", tmp_path).splitlines()
    assert after[after.index("    del tape") - 1] == "    two = tape.gradient(b, second.variables)"


def test_delete_tape_stands_before_another_tape_takes_the_name(tmp_path: Path) -> None:
    again = "    with tf.GradientTape() as tape:\n        c = losses(state)\n    three = tape.gradient(c, third.v)\n"
    after = rewritten(
        DeleteTape(), TAPE.replace("    print", "    evaluate(episode)\n" + again + "    print"), "UTR003", tmp_path
    )
    lines = after.splitlines()
    assert lines[lines.index("    del tape") - 1] == "    two = tape.gradient(b, second.variables)"


def test_delete_tape_is_stopped_by_a_use_after_the_loop(tmp_path: Path) -> None:
    assert "read again" in obstacle(DeleteTape(), TAPE + "print(tape)\n", "UTR003", tmp_path)


ARRAY = """import numpy as np
import tensorflow as tf
def main(model):
    raw = np.load("images.npy")
    x = raw / 255.0
    model.fit(x, x, epochs=100)
"""


def test_release_before_fit_stands_after_the_last_read(tmp_path: Path) -> None:
    after = rewritten(ReleaseBeforeFit(), ARRAY, "UTR004", tmp_path).splitlines()
    assert after[after.index("    del raw") - 1] == "    x = raw / 255.0"


def test_release_before_fit_stands_before_the_training_when_the_name_is_taken_again_later(tmp_path: Path) -> None:
    code = ARRAY + '    raw = np.load("more.npy")\n    print(raw.mean())\n'
    after = rewritten(ReleaseBeforeFit(), code, "UTR004", tmp_path).splitlines()
    assert after[after.index("    del raw") - 1] == "    x = raw / 255.0"
    assert after.count("    del raw") == 1


def test_release_before_fit_is_stopped_where_only_the_block_of_the_training_reads_the_array_last(
    tmp_path: Path,
) -> None:
    code = ARRAY.replace("    x = raw / 255.0\n", "    if model:\n        x = raw / 255.0\n").replace(
        "    model.fit", "        model.fit"
    )
    assert "read again in line 6" in obstacle(ReleaseBeforeFit(), code, "UTR004", tmp_path)


def test_release_before_fit_is_stopped_when_bound_only_under_an_if(tmp_path: Path) -> None:
    code = ARRAY.replace(
        '    raw = np.load("images.npy")\n    x = raw / 255.0\n',
        '    if model:\n        raw = np.load("images.npy")\n    x = raw / 255.0\n',
    )
    assert "some paths" in obstacle(ReleaseBeforeFit(), code, "UTR004", tmp_path)


def test_release_before_fit_is_stopped_by_a_second_statement_on_the_line(tmp_path: Path) -> None:
    code = ARRAY.replace("x = raw / 255.0", "x = raw / 255.0; print(x)")
    assert "more than one statement" in obstacle(ReleaseBeforeFit(), code, "UTR004", tmp_path)


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
    after = rewritten(ReleaseAttribute(), ATTRIBUTE, "UTR002", tmp_path).splitlines()
    assert "apply_gradients" in after[after.index("        del self.gradients") - 1]


def test_an_attribute_that_another_file_names_is_kept(tmp_path: Path) -> None:
    (tmp_path / "report.py").write_text("def report(agent):\n    return agent.gradients\n")
    assert "report.py names" in obstacle(ReleaseAttribute(), ATTRIBUTE, "UTR002", tmp_path)


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
    assert "may return" in obstacle(ReleaseAttribute(), code, "UTR002", tmp_path)


def test_a_collection_never_stands_in_the_steps_though_the_keep_stands_in_a_loop_in_them(tmp_path: Path) -> None:
    code = ACTIVATIONS.replace(
        "        history.append((loss, features))\n",
        "        for _ in range(200):\n            features = model(x)\n            history.append((loss, features))\n",
    )
    after = rewritten(ReleaseAndCollect(), code, "UTR001", tmp_path).splitlines()
    assert "    gc.collect()" in after
    assert not any(line.endswith("gc.collect()") and line.startswith("     ") for line in after)


def test_collecting_is_stopped_in_a_function_that_may_run_in_each_step(tmp_path: Path) -> None:
    code = HEAD + (
        "history = []\ndef note(x):\n    for _ in range(200):\n        features = model(x)\n"
        "        history.append((1, features))\nfor x, y in data:\n    note(x)\nprint(history[0][0])\n"
    )
    assert "once in each step" in obstacle(ReleaseAndCollect(), code, "UTR001", tmp_path)


def test_freeze_and_collect_freezes_before_the_loops_and_collects_once_in_each_epoch(tmp_path: Path) -> None:
    after = rewritten(FreezeAndCollect(), ACTIVATIONS, "UTR001", tmp_path).splitlines()
    assert after[after.index("gc.freeze()") + 1] == "for epoch in range(100):"
    assert after[after.index("    gc.collect()") - 1] == "    print(epoch)"
    assert after.count("import gc") == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("only a number", SCALARS),
        ("`gc`", "gc = 1\n" + ACTIVATIONS),
        ("may be skipped", ACTIVATIONS.replace("    print(epoch)", "    if epoch: continue\n    print(epoch)")),
        (
            "may be skipped",
            ACTIVATIONS.replace("    print(epoch)", "    if epoch:\n        break\n    else:\n        break"),
        ),
        ("more than one statement", ACTIVATIONS.replace("    print(epoch)", "    print(epoch); print(1)")),
    ],
)
def test_freezing_and_collecting_is_stopped(reason: str, code: str, tmp_path: Path) -> None:
    assert reason in obstacle(FreezeAndCollect(), code, "UTR001", tmp_path)


def test_a_continue_of_a_loop_further_in_skips_no_collection(tmp_path: Path) -> None:
    code = ACTIVATIONS.replace("        history", "        if x is None:\n            continue\n        history")
    assert "gc.collect()" in rewritten(FreezeAndCollect(), code, "UTR001", tmp_path)


GROWING = (
    HEAD
    + """total = tf.zeros((0, 1))
for x, y in data:
    total = tf.concat([total, y], axis=0)  # all of it
print(total)
"""
)


def test_parts_are_collected_in_a_list_and_concatenated_once(tmp_path: Path) -> None:
    after = rewritten(CollectThenConcat(), GROWING, "UTR005", tmp_path)
    assert after == HEAD + (
        "total = [tf.zeros((0, 1))]\nfor x, y in data:\n    total.append(y)  # all of it\n"
        "total = tf.concat(total, axis=0)\nprint(total)\n"
    )
    found = rule("UTR005")
    assert found is not None
    assert not list(found.sites(Project(tmp_path).add(decode(after.encode(), "again.py"))))


def test_several_parts_of_a_pass_are_collected_in_their_order(tmp_path: Path) -> None:
    code = GROWING.replace("[total, y]", "[total, y, y + 1]")
    assert "    total.extend([y, y + 1])" in rewritten(CollectThenConcat(), code, "UTR005", tmp_path)


def test_what_was_there_before_the_loop_stays_first_however_it_came_to_be(tmp_path: Path) -> None:
    code = GROWING.replace("\nfor x", "\nif xs:\n    total = tf.ones((1, 1))\nfor x")
    assert "\ntotal = [total]\nfor x, y in data:" in rewritten(CollectThenConcat(), code, "UTR005", tmp_path)


CONCAT_STOPS = {
    "the container is no growing tensor": (
        "grows by concatenation",
        HEAD + "labels = []\nfor x, y in data:\n    labels.extend(y)\n",
    ),
    "stacking": ("adds a dimension", GROWING.replace("concat", "stack")),
    "prepending": ("do not simply come after", GROWING.replace("[total, y]", "[y, total]")),
    "doubling": ("do not simply come after", GROWING.replace("[total, y]", "[total, total, y]")),
    "a starred part": ("do not simply come after", GROWING.replace("[total, y]", "[total, *y]")),
    "parts by keyword": ("by keyword", GROWING.replace("([total, y], axis=0)", "(values=[total, y], axis=0)")),
    "an axis that is computed": ("more than a constant", GROWING.replace("axis=0", "axis=len(x)")),
    "an attribute": ("is an attribute", GROWING.replace("total", "box.total")),
    "another function reads it": ("seen by another function", GROWING + "def show():\n    print(total)\n"),
    "started in the loop": (
        "started or changed in the loop",
        GROWING.replace("    total = tf.concat", "    if y is None: total = y\n    total = tf.concat"),
    ),
    "read in the loop's test for the first pass": (
        "read in the loop",
        GROWING.replace("    total = tf.concat", "    if total is None: print(x)\n    total = tf.concat"),
    ),
    "a return from the loop": (
        "leaves the function",
        "import tensorflow as tf\ndata = tf.data.Dataset.from_tensor_slices(xs).batch(2)\ndef run(model):\n"
        "    total = tf.zeros((0, 1))\n    for x in data:\n        total = tf.concat([total, model(x)], 0)\n"
        "        if x is None: return 0\n    model.fit(data)\n    return total\n",
    ),
    "an exception": (
        "after an exception",
        HEAD + "total = tf.zeros((0, 1))\ntry:\n    for x, y in data:\n        total = tf.concat([total, y], 0)\n"
        "except ValueError:\n    pass\nprint(total)\n",
    ),
    "a second statement on the line": (
        "more than one statement",
        GROWING.replace(
            "    total = tf.concat([total, y], axis=0)  # all of it", "    x; total = tf.concat([total, y], 0)"
        ),
    ),
}


@pytest.mark.parametrize(("reason", "code"), CONCAT_STOPS.values(), ids=CONCAT_STOPS.keys())
def test_collecting_the_parts_is_stopped_by(reason: str, code: str, tmp_path: Path) -> None:
    assert reason in obstacle(CollectThenConcat(), code, "UTR005", tmp_path)


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
    assert reason in obstacle(ReleaseAttribute(), code, "UTR002", tmp_path)


def test_deleting_an_attribute_is_stopped_in_a_tree_of_very_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenfix_codemods.semantics.tensors.obstacles.MAXIMUM_NEIGHBOURS", 0)
    (tmp_path / "other.py").write_text("")
    assert "more files than were searched" in obstacle(ReleaseAttribute(), ATTRIBUTE, "UTR002", tmp_path)


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


KEPT = "        history.append((loss, features))\n"
COUNTED = ACTIVATIONS.replace("print([item[0] for item in history])", "print(len(history))")


def test_the_values_of_a_kept_dict_are_converted(tmp_path: Path) -> None:
    code = COUNTED.replace(KEPT, "        history.append({'loss': loss, 'y': features})\n")
    assert "{'loss': loss.numpy(), 'y': features.numpy()}" in rewritten(StoreNumpy(), code, "UTR001", tmp_path)


def test_a_growing_tensor_is_no_container_of_tensors(tmp_path: Path) -> None:
    assert "does not add to a container" in obstacle(StoreNumpy(), GROWING, "UTR005", tmp_path)


def test_an_exception_that_is_caught_around_the_function_does_not_matter(tmp_path: Path) -> None:
    code = GROWING.replace("print(total)\n", "try:\n    print(total)\nfinally:\n    pass\n")
    assert "total.append(y)" in rewritten(CollectThenConcat(), code, "UTR005", tmp_path)


def test_a_tensor_that_is_started_together_with_others_becomes_a_list_before_the_loop(tmp_path: Path) -> None:
    code = GROWING.replace("total = tf.zeros((0, 1))", "total = last = tf.zeros((0, 1))")
    after = rewritten(CollectThenConcat(), code, "UTR005", tmp_path)
    assert "total = last = tf.zeros((0, 1))\ntotal = [total]\n" in after
