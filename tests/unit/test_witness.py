"""The witness tells what a program builds, traces and keeps; a stand-in for TensorFlow shows it without TensorFlow."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest
from greenfix_verify.execution import execute
from greenfix_verify.run import Ending
from greenfix_verify.witness import INJECTED, Held, Look, Point, Sample, Seen, Witnessing

from tests.witnessed import marked, witness

MIB = 1 << 20

COLLECT = """\
import tensorflow as tf

def collect(steps):
    history = []
    for step in range(steps):
        history.append(tf.zeros((256, 1024)))  # <-
    return len(history)

print(collect(40))
"""


def seen_at(folder: Path, source: str, what: Look, *names: str, function: str = "") -> Seen:
    place = marked(source, what, *names, function=function)
    facts, done, _ = witness(folder, source, [place])
    assert done.ending is Ending.COMPLETED, done.detail
    assert facts.limits == ()
    assert facts.seen is not None
    return facts.seen[place.id]


def test_a_list_that_grows_is_told_with_its_function_count_bytes_and_growth(tmp_path: Path) -> None:
    seen = seen_at(tmp_path, COLLECT, Look.VALUE, "history")
    assert seen.held is not None
    held = seen.held["history"]
    assert (seen.hits, seen.function, len(seen.durations)) == (40, "collect", 40)
    assert held.peak == held.last == Sample(40, 40, 40 * MIB)
    assert held.growth == MIB


def test_a_buffer_counts_once_however_often_it_is_kept(tmp_path: Path) -> None:
    source = COLLECT.replace("(tf.zeros((256, 1024)))", "([same, {'again': (same, kept)}])").replace(
        "    history = []", "    history = []; same = tf.zeros((256, 1024)); kept = tf.zeros((512, 1024))"
    )
    held = seen_at(tmp_path, source, Look.VALUE, "history").held
    assert held is not None
    assert held["history"].peak.bytes == 3 * MIB
    assert held["history"].peak.count == 2


def test_views_hold_the_whole_array_and_only_once(tmp_path: Path) -> None:
    source = """\
import numpy as np
rows = []
for step in range(3):
    table = np.zeros((1024, 1024), "float32")
    rows.append(table[0])
    rows.append(table[1])  # <-
"""
    held = seen_at(tmp_path, source, Look.VALUE, "rows").held
    assert held is not None
    assert held["rows"].last == Sample(3, 3, 12 * MIB)


def test_an_attribute_is_told_between_the_calls_and_at_the_end_of_the_process(tmp_path: Path) -> None:
    source = """\
import tensorflow as tf

class Agent:
    def update(self, rows):
        self.values = tf.zeros((rows, 1024))  # <-

agent = Agent()
for rows in (256, 512):
    agent.update(rows)
"""
    held = seen_at(tmp_path, source, Look.VALUE, "self.values").held
    assert held is not None
    assert held["self.values"].last == Sample(2, 1, 2 * MIB)
    assert held["self.values"].samples[0].bytes == MIB


def test_a_container_of_objects_of_the_program_is_looked_into(tmp_path: Path) -> None:
    source = """\
import tensorflow as tf

class Step:
    def __init__(self):
        self.output = tf.zeros((256, 1024))

kept = []
for step in range(5):
    kept.append(Step())  # <-
"""
    held = seen_at(tmp_path, source, Look.VALUE, "kept").held
    assert held is not None
    assert held["kept"].peak == Sample(5, 5, 5 * MIB)


def test_a_generator_is_followed_through_its_yields(tmp_path: Path) -> None:
    source = """\
import tensorflow as tf

def batches(count):
    kept = []
    for number in range(count):
        kept.append(tf.zeros((256, 1024)))  # <-
        yield number

print(sum(batches(4)))
"""
    seen = seen_at(tmp_path, source, Look.VALUE, "kept")
    assert seen.held is not None
    assert (seen.hits, seen.held["kept"].peak) == (4, Sample(4, 4, 4 * MIB))


def test_a_table_of_pandas_counts_with_its_columns(tmp_path: Path) -> None:
    source = """\
class Sizes(list):
    def sum(self):
        return sum(self)

class DataFrame:
    def memory_usage(self, index):
        return Sizes([1 << 20, 2 << 20])

DataFrame.__module__ = "pandas.core.frame"
frame = DataFrame()  # <-
"""
    held = seen_at(tmp_path, source, Look.VALUE, "frame").held
    assert held is not None
    assert held["frame"].last == Sample(1, 1, 3 * MIB)


def test_a_statement_over_several_lines_is_one_pass(tmp_path: Path) -> None:
    source = """\
kept = []
for step in range(4):
    kept.append(  # <-
        (
            step,
            str(step),
        )
    )  # <-
"""
    assert seen_at(tmp_path, source, Look.VALUE, "kept").hits == 4


def test_what_only_a_tape_holds_after_its_block_is_told(tmp_path: Path) -> None:
    source = """\
import tensorflow as tf

def losses(passes):
    for step in range(passes):
        with tf.GradientTape(persistent=True) as tape:  # <-
            output = tf.zeros((256, 1024))
            tape._hidden.tensors += [tf.zeros((256, 1024)), tf.zeros((512, 1024)), output]  # <-
        print(step)

losses(4)
"""
    held = seen_at(tmp_path, source, Look.BLOCK, "tape").held
    assert held is not None
    assert {(sample.count, sample.bytes) for sample in held["tape"].samples} == {(2, 3 * MIB)}


def test_a_training_tells_what_the_running_functions_hold_while_it_begins(tmp_path: Path) -> None:
    source = """\
import keras
import tensorflow as tf

def main():
    images = tf.zeros((1024, 1024))  # <-
    keras.Model().fit()
    del images
    keras.Model().fit()

main()
"""
    held = seen_at(tmp_path, source, Look.VALUE, "images").held
    assert held is not None
    assert held["images"].training == Sample(1, 1, 4 * MIB)
    assert held["images"].last is None


@pytest.mark.parametrize(("called", "hits"), [("pass", 0), ("objective(1); objective(2)", 2)])
def test_calls_of_a_function_are_counted_and_its_definition_is_not(tmp_path: Path, called: str, hits: int) -> None:
    source = f"def objective(trial):  # <-\n    return trial\n\n{called}\n"
    assert seen_at(tmp_path, source, Look.CALL, function="objective").hits == hits


def test_a_place_that_is_not_reached_has_no_hits(tmp_path: Path) -> None:
    assert seen_at(tmp_path, COLLECT.replace("print(collect(40))", ""), Look.VALUE, "history") == Seen(0, held={})


def test_models_are_told_by_the_line_that_built_them_with_those_that_live(tmp_path: Path) -> None:
    source = """\
import keras

def build():
    return keras.Model()

kept = []
for fold in range(3):
    model = build()
    model.compile()
    model.fit()
    kept.append(model)
other = keras.Model()
"""
    facts, _, _ = witness(tmp_path, source)
    builds = [each for each in facts.occurrences if each.kind == "build"]
    assert [each.live for each in builds] == [1, 2, 3, 1]
    assert [each.bytes for each in builds] == [0, 2 * MIB, 4 * MIB, 0]
    assert [str(point) for point in builds[0].stack] == ["program.py:4 in build()", "program.py:8"]
    assert [each.model for each in facts.occurrences if each.kind == "fit"] == [1, 2, 3]
    assert [str(each.stack[0]) for each in facts.occurrences if each.kind == "compile"] == ["program.py:9"] * 3


def test_a_model_that_nothing_holds_is_not_kept_alive_by_the_witness(tmp_path: Path) -> None:
    source = """\
import keras

def fold(number):
    model = keras.Model()  # <-
    model.fit()

for number in range(4):
    fold(number)
"""
    facts, _, _ = witness(tmp_path, source, [marked(source, Look.VALUE, "model")])
    assert [each.live for each in facts.occurrences if each.kind == "build"] == [1, 1, 1, 1]


def test_the_model_that_a_sequential_makes_for_itself_is_not_counted(tmp_path: Path) -> None:
    facts, _, _ = witness(tmp_path, "import keras\nmodel = keras.Sequential()\nmodel.add(1)\nmodel.add(2)\n")
    assert [each.name for each in facts.occurrences if each.kind == "build"] == ["Sequential"]


def test_traces_are_told_by_call_site_with_their_seconds(tmp_path: Path) -> None:
    source = """\
import tensorflow as tf

@tf.function
def outer(number):
    return number

def train():
    for number in (1, 2, 2, 3):
        outer(number)

train()
"""
    facts, _, _ = witness(tmp_path, source)
    traces = [each for each in facts.occurrences if each.kind == "trace"]
    assert [(each.name, str(each.stack[0])) for each in traces] == [("outer", "program.py:9 in train()")] * 3
    assert all(each.seconds > 0 for each in traces)
    made = [each for each in facts.occurrences if each.kind == "function"]
    assert [(each.name, each.stack[0].path) for each in made] == [("outer", "program.py")]


def test_names_that_hold_much_are_listed_with_their_function(tmp_path: Path) -> None:
    source = "import tensorflow as tf\nbatch = tf.zeros((1024, 1024))\nsmall = tf.zeros((4, 4))\n"
    facts, _, _ = witness(tmp_path, source)
    (holder,) = facts.holders
    assert (holder.path, holder.function, holder.name, holder.bytes) == ("program.py", "", "batch", 4 * MIB)


def test_memory_and_garbage_collection_are_told(tmp_path: Path) -> None:
    facts, done, _ = witness(tmp_path, "import gc\nblock = b'x' * (1 << 26)\ngc.collect()\n")
    assert facts.memory[-1][1] > 64 * MIB
    assert facts.collections >= 1
    assert facts.cpu_seconds <= done.counters.cpu_seconds
    assert facts.complete


def test_what_was_seen_before_an_exception_stands(tmp_path: Path) -> None:
    source = COLLECT.replace("    return len(history)", "    raise ValueError('no data')")
    place = marked(source, Look.VALUE, "history")
    facts, done, _ = witness(tmp_path, source, [place])
    assert done.ending is Ending.FAILED
    assert facts.seen is not None
    held = facts.seen[place.id].held
    assert held is not None
    assert held["history"].last == Sample(40, 40, 40 * MIB)


def test_a_process_without_a_last_word_leaves_what_it_wrote_on_the_way(tmp_path: Path) -> None:
    source = """\
import os, pathlib, keras
keras.Model()
while not list(pathlib.Path(os.environ["GREENFIX_WITNESS"]).glob("*.notes.json")):
    pass
os._exit(0)
"""
    facts, done, _ = witness(tmp_path, source)
    assert done.ending is Ending.COMPLETED
    assert not facts.complete
    assert [each.kind for each in facts.occurrences] == ["build"]


def test_processes_of_a_run_are_told_together(tmp_path: Path) -> None:
    source = """\
import os, sys, subprocess, keras
keras.Model()
if len(sys.argv) == 1:
    subprocess.run([sys.executable, "program.py", "child"], check=True)
    if os.fork() == 0:
        keras.Model()
        sys.exit(0)
    os.wait()
"""
    facts, _, _ = witness(tmp_path, source)
    assert facts.processes == 3
    assert [each.kind for each in facts.occurrences] == ["build"] * 3


def test_following_ends_when_lines_come_too_thick(tmp_path: Path) -> None:
    source = """\
total = 0
for number in range(3_000_000):
    total += number  # <-
print(total)
"""
    facts, done, lines = witness(tmp_path, source, [marked(source, Look.REACHED)])
    assert done.ending is Ending.COMPLETED
    assert lines == ["4499998500000"]
    assert facts.seen is not None
    assert 0 < next(iter(facts.seen.values())).hits < 3_000_000
    assert "no longer followed" in facts.limits[0]


def test_a_broken_keras_is_reported_and_the_program_goes_on(tmp_path: Path) -> None:
    source = "import keras.src.models.model\nprint('trained')\n"
    facts, done, lines = witness(tmp_path, source, model="Functional = Model = object\n")
    assert (done.ending, lines) == (Ending.COMPLETED, ["trained"])
    assert facts.limits[0].startswith("the witness itself failed at one point: ")


def test_a_witness_that_cannot_start_says_why_and_the_program_runs(tmp_path: Path) -> None:
    environment = Witnessing.of(tmp_path, tmp_path, []).environment({"PATH": os.environ["PATH"]})
    (tmp_path / "places.json").write_text("broken")
    lines: list[str] = []
    done = execute([sys.executable, "-c", "print('trained')"], tmp_path, environment, tell_line=lines.append)
    assert (done.ending, lines) == (Ending.COMPLETED, ["trained"])
    limits = Witnessing(tmp_path).facts().limits
    assert limits[0] == "the run left no notes"
    assert limits[1].startswith("the witness did not start: JSONDecodeError")


def test_a_program_of_many_small_calls_is_not_followed_to_its_end_and_stays_fast(tmp_path: Path) -> None:
    source = """\
import tensorflow as tf

def place():
    kept = [tf.zeros((1024, 1024))]
    kept.append(tf.zeros((1024, 1024)))  # <-
    return fib(32)

def fib(number):
    return number if number < 2 else fib(number - 1) + fib(number - 2)

print(place())
"""
    place = marked(source, Look.VALUE, "kept")
    facts, done, lines = witness(tmp_path, source, [place])
    assert (done.ending, lines) == (Ending.COMPLETED, ["2178309"])
    assert "no longer followed" in facts.limits[0]
    assert facts.seen is not None
    assert facts.seen[place.id].held == {
        "kept": Held((Sample(0, 1, 4 * MIB), Sample(1, 2, 8 * MIB)), Sample(1, 2, 8 * MIB), None, Sample(1, 2, 8 * MIB))
    }


def test_a_python_that_ignores_its_environment_leaves_no_notes(tmp_path: Path) -> None:
    facts, done, _ = witness(tmp_path, "print('trained')", [], "-E")
    assert done.ending is Ending.COMPLETED
    assert (facts.processes, facts.complete) == (0, False)


def test_the_program_finds_its_interpreter_as_it_was(tmp_path: Path) -> None:
    source = """\
import sys
import keras.src.models.model as module
print(any("injected" in entry for entry in sys.path))
print(type(module.__loader__).__name__, type(module.__spec__.loader).__name__)
"""
    _, _, lines = witness(tmp_path, source)
    assert lines == ["False", "SourceFileLoader SourceFileLoader"]


def test_the_targets_own_sitecustomize_runs_as_if_alone(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "sitecustomize.py").write_text("import builtins; builtins.real = __file__")
    _, _, lines = witness(tmp_path, "import sitecustomize; print(real == sitecustomize.__file__)")
    assert lines == ["True"]


def test_a_debugger_of_the_programs_own_is_left_in_place(tmp_path: Path) -> None:
    source = """\
import sys
calls = []
def trace(frame, event, arg):
    calls.append(frame.f_code.co_name)
sys.settrace(trace)
import tensorflow as tf
def work(): pass
work()
print("work" in calls, sys.gettrace() is trace)
"""
    _, _, lines = witness(tmp_path, source)
    assert lines == ["True True"]


def test_the_injected_files_are_python_3_8() -> None:
    files = list(INJECTED.rglob("*.py"))
    assert len(files) > 5
    for path in files:
        ast.parse(path.read_text(), feature_version=(3, 8))


def test_a_point_reads_as_a_person_would_say_it() -> None:
    assert str(Point("train.py", 3, "<module>")) == "train.py:3"
    assert str(Point("src/train.py", 3, "fit")) == "src/train.py:3 in fit()"
