"""UTR003: what runs while a spent persistent tape still holds its forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.rules.utr003 import PersistentTapeNeverReleased
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode

HEAD = """\
import time
import numpy as np
import tensorflow as tf
model = tf.keras.Sequential()
mean = tf.keras.metrics.Mean()
"""

HELD: Mapping[str, str] = {
    "the next rollout": """
        for episode in range(500):
            state = env.reset()
            while True:
                state, reward, done = env.step(policy(state))
            with tf.GradientTape(persistent=True) as tape:  # <-
                a, b = losses(state)
            apply(tape.gradient(a, first), tape.gradient(b, second))
    """,
    "saving a checkpoint": """
        for x in data:
            with tf.GradientTape(persistent=True) as tape:  # <-
                loss = losses(x)
            grads = tape.gradient(loss, v)
            manager.save()
    """,
    "a forward pass": """
        def learn(x):
            with tf.GradientTape(persistent=True) as tape:  # <-
                loss = losses(x)
            grads = tape.gradient(loss, v)
            return model(x)
    """,
    "a helper that evaluates": """
        def check(x):
            return model(x)
        def learn(x):
            with tf.GradientTape(persistent=True) as tape:  # <-
                loss = losses(x)
            grads = tape.gradient(loss, v)
            check(x)
    """,
    "another tape": """
        def learn(x):
            with tf.GradientTape(persistent=True) as tape:  # <-
                loss = losses(x)
            grads = tape.gradient(loss, v)
            with tf.GradientTape() as other:
                loss = losses(x)
    """,
    "in a branch": """
        def learn(x):
            if x:
                with tf.GradientTape(True) as tape:  # <-
                    loss = losses(x)
                grads = tape.gradient(loss, v)
            else:
                pass
            evaluate(x)
    """,
    "a tape used in a loop": """
        for x in data:
            with tf.GradientTape(persistent=True) as tape:  # <-
                parts = losses(x)
            for part in parts:
                tape.gradient(part, v)
            generate_and_save(x)
    """,
}

FREE: Mapping[str, str] = {
    "only light work": """
        for x in data:
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            grads = tape.gradient(loss, v)
            optimizer.apply_gradients(zip(grads, v))
            mean.update_state(loss)
            history.append(float(loss))
            print(np.mean(grads), time.time())
            import os
            def later():
                model.fit(x)
    """,
    "deleted": """
        for x in data:
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            del tape
            model.fit(x)
    """,
    "rebound": """
        for x in data:
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            tape = None
            model.fit(x)
    """,
    "read by a closure": """
        def learn(x):
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            def again():
                return tape.gradient(loss, v)
            model.fit(x)
            return again
    """,
    "a new tape of the same name first": """
        def learn(x):
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            grads = tape.gradient(loss, v)
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            grads = tape.gradient(loss, v)
    """,
    "the tape of the next pass comes first": """
        for x in data:
            with tf.GradientTape() as tape:
                loss = losses(x)
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            grads = tape.gradient(loss, v)
    """,
    "a helper that does nothing much": """
        def note(x):
            return note(x)
        def learn(x):
            with tf.GradientTape(persistent=True) as tape:
                loss = losses(x)
            note(x)
            x.describe()
            tf.data.Dataset.range(3).save('d')
            mean.reset()
    """,
    "not named": """
        def learn(x):
            with tf.GradientTape(persistent=True):
                loss = losses(x)
            with open("f") as file, tf.GradientTape(persistent=False) as tape:
                loss = losses(x)
            with tf.GradientTape(persistent=flag) as tape:
                loss = losses(x)
            model.fit(x)
    """,
}


def held_lines(code: str, folder: Path) -> tuple[int, ...]:
    module = Project(folder).add(decode(code.encode(), "program.py"))
    sites = PersistentTapeNeverReleased().sites(module)
    return tuple(sorted(site.finding.span.line for site in sites if site.finding.confidence is not Confidence.LOW))


@pytest.mark.parametrize("name", HELD)
def test_a_spent_tape_that_real_work_outlives_is_found(name: str, tmp_path: Path) -> None:
    code = HEAD + dedent(HELD[name])
    marked = tuple(number for number, line in enumerate(code.splitlines(), 1) if line.rstrip().endswith("# <-"))
    assert held_lines(code, tmp_path) == marked


@pytest.mark.parametrize("name", FREE)
def test_a_tape_that_goes_soon_is_left_alone(name: str, tmp_path: Path) -> None:
    assert held_lines(HEAD + dedent(FREE[name]), tmp_path) == ()
