"""What will be measured, known before it is: command, arms, blocks, and what it will take.

A plan is a description and decides nothing: the same functions make it for the screen, for ``fix --dry-run`` and for
the line that a script reads on stderr.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from greenfix_codemods.finding import Candidates, Finding
from greenfix_codemods.scan import Choice
from greenfix_verify.command import Command, Environment, probe, resolve_command
from greenfix_verify.machine import Machine, this_machine
from greenfix_verify.policy import Policy
from greenfix_verify.variables import variables

from greenfix.entrypoint import Entrypoint, entrypoints, guessed_command, measured_files, runnable
from greenfix.errors import EntrypointError
from greenfix.history import OneRun, one_run, used_commands
from greenfix.plan import Plan, plans
from greenfix.repository import Repository
from greenfix.worktree import Worktree

USED = "used before"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a person decides of an experiment: the command as typed, and after how many blocks it ends at the latest.

    ``environment`` are variables of the program, each ``KEY=VALUE``.
    """

    words: tuple[str, ...]
    maximum_blocks: int
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """From ``least`` (clear at the first look) to ``most`` (not before the last block); J, s or a number of runs."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """An experiment before its first run.

    Attributes:
        setup: what was decided.
        command: with the target's interpreter, and how it was found.
        environment: that interpreter's version and packages; empty without one.
        arms: the patches, each measured against the original; several race first.
        files: those that the patches change.
        left: accepted findings that the command does not run: they are left as they are.
        policy: the numbers that decide.
        first_look: complete blocks after which it may stop at the earliest.
        machine: where it runs.
        runs: how many runs it takes, warm-up and race included, if no block is disturbed.
        one_run: what a run of the original took when this command was measured last; None if it never was.
    """

    setup: Setup
    command: Command
    environment: Environment
    arms: tuple[str, ...]
    files: tuple[str, ...]
    left: tuple[Finding, ...]
    policy: Policy
    first_look: int
    machine: Machine
    runs: Bounds
    one_run: OneRun | None

    @property
    def seconds(self) -> Bounds | None:
        """How long it takes without cool-down, as if a patch took as long as the original; None if nobody knows."""
        return None if self.one_run is None else self._times(self.one_run.seconds, self.policy.budget_seconds)

    @property
    def joules(self) -> Bounds | None:
        """What it uses, as if a patch used as much as the original; None if nobody knows."""
        return None if self.one_run is None else self._times(self.one_run.joules, self.policy.budget_joules)

    def _times(self, each: float, budget: float | None) -> Bounds:
        limit = math.inf if budget is None else budget + each * (len(self.arms) + 1)  # a block that began is ended
        return Bounds(min(self.runs.least * each, limit), min(self.runs.most * each, limit))


class Planner:
    """Plans of the same accepted findings: for each setup that a person considers, what it would mean.

    Safe to ask from another thread while the story waits.
    """

    def __init__(
        self,
        repository: Repository,
        original: Worktree,
        choices: Sequence[Choice],
        offered: Sequence[Candidates],
        words: Sequence[str],
        policy: Policy,
    ) -> None:
        self._repository = repository
        self._tree = original.path
        self._choices = tuple(choices)
        self._offered = tuple(offered)
        self._words = tuple(words)
        self._policy = policy
        self._plans: dict[tuple[Choice, ...], tuple[Plan, ...]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files with accepted findings."""
        return tuple(sorted({choice.finding.path for choice in self._choices}))

    @property
    def maximum_blocks(self) -> int:
        """As the options or the settings say."""
        return self._policy.maximum_blocks

    @property
    def environment(self) -> tuple[str, ...]:
        """As the options or the settings say."""
        return self._policy.environment

    @property
    def first(self) -> Setup:
        """The setup to begin with.

        Raises:
            EntrypointError: no command was named, and the findings suggest none or several.
        """
        words = self._words or guessed_command(self.files, self._tree)
        return Setup(words, self._policy.maximum_blocks, self._policy.environment)

    @cached_property
    def entrypoints(self) -> tuple[Entrypoint, ...]:
        """The commands to choose from: those used before, then the project's programs; none of them runs nothing.

        Raises:
            LedgerError: there is a ledger, and it cannot be read.
        """
        used = (
            Entrypoint(words, self._runs(words), USED)
            for words in used_commands(self._repository.state)
            if all((self._tree / word).is_file() for word in words if word.endswith(".py"))
        )
        found = {each.words: each for each in (*entrypoints(self._tree, self.files), *used) if each.runs}
        return tuple(sorted(found.values(), key=lambda each: (each.words != self._words, each.why != USED)))

    def plans(self, setup: Setup) -> tuple[Plan, ...]:
        """The patches that are measured with ``setup``, the person's own choice first.

        Raises:
            EntrypointError: the command runs no file with accepted findings.
            PatchError: the chosen strategies cannot live in one patch.
        """
        choices = self._measurable(setup.words)
        if choices not in self._plans:
            self._plans[choices] = plans(self._tree, choices, self._offered)
        return self._plans[choices]

    def describe(self, setup: Setup) -> ExperimentPlan:
        """What measuring with ``setup`` would mean. Nothing is run but the interpreter, to ask for its packages.

        Raises:
            EntrypointError: the command runs no file with accepted findings, or is a notebook.
            PatchError: the chosen strategies cannot live in one patch.
            CommandError, PolicyError, LedgerError: it could not be measured.
        """
        from greenfix_verify.sequential import plan as looks_of  # imports numpy

        variables(setup.environment)
        policy = replace(self._policy, maximum_blocks=setup.maximum_blocks, environment=setup.environment)
        first_look = looks_of(policy).looks[0].blocks
        command = resolve_command(runnable(setup.words), self._repository.root)
        planned = self.plans(setup)
        machine = this_machine()
        return ExperimentPlan(
            setup=setup,
            command=command,
            environment=probe(command.interpreter),
            arms=tuple(plan.patch.strategy for plan in planned),
            files=tuple(sorted({edit.path for plan in planned for edit in plan.patch.edits})),
            left=tuple(choice.finding for choice in self._choices if choice not in self._measurable(setup.words)),
            policy=policy,
            first_look=first_look,
            machine=machine,
            runs=_runs(len(planned), first_look, policy),
            one_run=one_run(self._repository.state, command, machine),
        )

    def _measurable(self, words: tuple[str, ...]) -> tuple[Choice, ...]:
        runs = self._runs(words)
        kept = tuple(choice for choice in self._choices if choice.finding.path in runs)
        if not kept:
            raise EntrypointError(
                "This command runs none of the files with accepted findings.",
                f"Name one that runs {self.files[0]}.",
            )
        return kept

    def _runs(self, words: Sequence[str]) -> frozenset[str]:
        """The files with accepted findings that a command runs; all of them where nobody can tell."""
        reached = measured_files(words, self._tree)
        return frozenset(self.files) & (frozenset(self.files) if reached is None else reached)


def _runs(candidates: int, first_look: int, policy: Policy) -> Bounds:
    """The race's runs, and those of an experiment that ends at its first look or its last."""
    before = _race_runs(candidates, policy) + 2 * policy.warmup_blocks
    return Bounds(before + 2 * first_look, before + 2 * policy.maximum_blocks)


def _race_runs(candidates: int, policy: Policy) -> int:
    """Runs of a race that nobody leaves early: warm-up with all, then rounds of which the better half goes on."""
    if candidates < 2:
        return 0
    runs = policy.warmup_blocks * (candidates + 1)
    while candidates > 1:
        runs += policy.screening_blocks * (candidates + 1)
        candidates = math.ceil(candidates / 2)
    return runs
