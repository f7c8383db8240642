"""Results that the person declared, for programs whose Keras histories do not tell what they computed.

Three sources, each an option of ``fix`` and ``verify`` and a field of the policy, so that evidence and ledger hold
them: a file of metrics, a regular expression on standard output, and output files. Paths start at the tree in which
the program runs. A file counts when this run wrote it: one that lay there before says nothing about this run.

What the original does not give is a mistake of the declaration, and ``check_declared`` says so after the first run.
What only the candidate does not give is a change of behaviour.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from greenfix_verify.errors import DeclarationError, PolicyError
from greenfix_verify.numbers import Series, read_metrics, read_numbers
from greenfix_verify.policy import Policy
from greenfix_verify.run import ORIGINAL, Behaviour, OutputFile, Run

ONE_GROUP = "stdout"
"""The name of a metric whose pattern has one group without a name."""

_CHUNK = 1 << 20


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the metric pattern, None when there is none.

    Raises:
        PolicyError: it is no regular expression, or it has no group, or several of which some have no name.
    """
    if not pattern:
        return None
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise PolicyError(f"--metric-pattern {pattern!r} is no regular expression: {error}") from error
    if found.groups == 0 or (found.groups > 1 and len(found.groupindex) < found.groups):
        raise PolicyError(
            f"--metric-pattern {pattern!r} needs one group around the number, or only groups with names: "
            r"'accuracy: (?P<accuracy>[\d.]+)'"
        )
    return found


class DeclaredResults:
    """What one run is to give; made before it starts.

    Args:
        policy: holds the declarations.
        tree: the run's working directory.
    """

    def __init__(self, policy: Policy, tree: Path) -> None:
        self._policy = policy
        self._tree = tree
        self._pattern = compiled(policy.metric_pattern)
        self._before = {name: _stamp(tree / name) for name in self._files}
        self._printed: dict[str, list[float]] = {}
        self._complaints: list[str] = []

    def see(self, line: str) -> None:
        """Take one line of standard output."""
        if self._pattern is None:
            return
        for match in self._pattern.finditer(line):
            for name, text in (match.groupdict() or {ONE_GROUP: match.group(1)}).items():
                self._take(name, text)

    def added_to(self, behaviour: Behaviour) -> Behaviour:
        """Return ``behaviour`` with what the run has given, and what it has not."""
        metrics: dict[str, Series] = {name: tuple(values) for name, values in self._printed.items()}
        outputs = {}
        missing = [*self._unprinted()]
        for name in self._files:
            wrong = self._not_written(name)
            try:
                if not wrong and name == self._policy.metrics_file:
                    metrics.update(read_metrics(self._tree / name))
                if not wrong and name in self._policy.outputs:
                    outputs[name] = _output(self._tree / name)
            except (OSError, ValueError) as error:
                wrong = f"{self._option(name)} cannot be read: {error}"
            missing += [wrong] if wrong else []
        both = {**behaviour.metrics, **metrics}
        return replace(behaviour, metrics=both, outputs=outputs, missing=tuple(missing))

    @property
    def _files(self) -> tuple[str, ...]:
        metrics = (self._policy.metrics_file,) if self._policy.metrics_file else ()
        return tuple(dict.fromkeys((*metrics, *self._policy.outputs)))

    def _option(self, name: str) -> str:
        return f"--metrics {name}" if name == self._policy.metrics_file else f"--output {name}"

    def _take(self, name: str, text: str | None) -> None:
        if text is None:  # a group of an alternative that did not match here
            return
        try:
            self._printed.setdefault(name, []).append(float(text))
        except ValueError:
            self._complaints.append(f"--metric-pattern found {text!r} for {name}, which is no number")

    def _unprinted(self) -> Iterator[str]:
        if self._complaints:
            yield self._complaints[0]
        elif self._pattern is not None:
            names = self._pattern.groupindex or (ONE_GROUP,)
            absent = [name for name in names if name not in self._printed]
            if absent:
                yield f"--metric-pattern matched no line of standard output for {', '.join(absent)}"

    def _not_written(self, name: str) -> str:
        now = _stamp(self._tree / name)
        if now is None:
            return f"{self._option(name)} was not written"
        if now == self._before[name]:
            return f"{self._option(name)} was there before the run and was not written again"
        return ""


def check_declared(run: Run) -> None:
    """Make sure that the original gives what was declared, before hours are spent on comparing nothing.

    Raises:
        DeclarationError: it does not; the message says what, where, and what to do.
    """
    if run.arm == ORIGINAL and run.usable and run.behaviour.missing:
        raise DeclarationError(
            f"The original program ran, but {'; '.join(run.behaviour.missing)}. Paths start where the program runs, at "
            "the root of its checkout. Correct the option, or let the program write it."
        )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:  # not there: the usual case before a run
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def _output(path: Path) -> OutputFile:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return OutputFile(digest.hexdigest(), read_numbers(path))
