"""Where blocks run. One block runs whole in one place: its arms must meet the same machine, back to back."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Protocol

from greenfix_verify.command import Command
from greenfix_verify.conditions import Conditions
from greenfix_verify.cooldown import Cooldown, Idle
from greenfix_verify.declared import DeclaredResults
from greenfix_verify.environment import measured_environment, recorded
from greenfix_verify.errors import Interrupted, MeterError
from greenfix_verify.events import CommandRan, CoolingDown, Listener, RunOutput, RunStarted
from greenfix_verify.execution import Execution, execute
from greenfix_verify.machine import Machine, busy_seconds, this_machine, versions
from greenfix_verify.meter import Meter, MeterDescription
from greenfix_verify.observer import Observation
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, ComponentEnergy, Provenance, Reading
from greenfix_verify.run import Arm, Behaviour, Ending, Run
from greenfix_verify.schedule import PlannedBlock
from greenfix_verify.surroundings import Surroundings
from greenfix_verify.variables import variables

IDLE_SECONDS = 5.0
"""Window for idle power. NVML's counter moves about every 100 ms: shorter windows scatter."""


SHORTEST_GPU_SECONDS = 5.0
"""A run on a GPU must take this long: windows under 2 s scatter, windows of 5 s are stable, 60 s are better."""


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of the place where blocks run.

    ``variables`` are those of the measured environment that may move a result. ``idle_watts`` is the power (W) that the
    counters said before the first run, with nothing of ours running; None where no counter exists. ``idle`` is what the
    sensors said meanwhile, to which a cool-down comes back. ``versions`` are of the software that measures.
    """

    machine: Machine
    meter: MeterDescription
    variables: Mapping[str, str] = field(default_factory=dict)
    idle_watts: float | None = None
    idle: Idle | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


class Executor(Protocol):
    """Runs blocks. Another one (a cluster) is one more class with these methods."""

    def survey(self, cancel: Event) -> Site:
        """Describe the place, reading its idle power if it has a counter. Raises MeterError, Interrupted."""

    def run_block(self, block: PlannedBlock, arms: Mapping[str, Arm], tell: Listener, cancel: Event) -> Iterator[Run]:
        """Run every arm of ``block`` in its order, yielding each run as it ends.

        Raises CommandError when the command cannot be started at all, Interrupted when ``cancel`` is set.
        """

    def close(self) -> None:
        """Give back whatever it holds; the machine is as before."""


def _leave(arm: Arm) -> Sequence[Path]:
    """Leave the tree as the last run left it; there is nothing to protect."""
    return ()


class LocalExecutor:
    """Runs blocks on this machine.

    Args:
        command: resolved against the user's repository.
        policy: time-out, cool-down, seed, and the foreign load that disturbs.
        meter: closed with the executor.
        observe: whether the observer is injected.
        prepare: called with the arm before each of its runs, outside the measured window: the place to put a tree back
            into the state in which the first run found it (checkpoints, caches). It returns the folders that the run
            may read but not write. By default nothing is done.
        base: the environment to start from; default ``os.environ``. What the policy sets comes on top.
    """

    def __init__(
        self,
        command: Command,
        policy: Policy,
        meter: Meter,
        *,
        observe: bool = True,
        prepare: Callable[[Arm], Sequence[Path]] = _leave,
        base: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._policy = policy
        self._meter = meter
        self._observe = observe
        self._prepare = prepare
        self._environment = measured_environment(command, policy.seed, base) | variables(policy.environment)
        self._surroundings = Surroundings(meter)

    def survey(self, cancel: Event) -> Site:
        """Describe this machine; the meter is warm afterwards, so the first run waits for nothing."""
        meter = self._meter.describe()
        idle_watts, idle = self._idle(cancel) if meter.counts else (None, None)
        return Site(this_machine(), meter, recorded(self._environment), idle_watts, idle, versions())

    def run_block(self, block: PlannedBlock, arms: Mapping[str, Arm], tell: Listener, cancel: Event) -> Iterator[Run]:
        """Run the arms of ``block`` one after the other."""
        for position, name in enumerate(block.order):
            protected = self._prepare(arms[name])
            cooldown = self._cool_down(name, tell, cancel)
            tell(RunStarted(block.number, position, name, block.warmup))
            run = self._run(block, position, arms[name], protected, tell, cancel)
            yield replace(run, cooldown=cooldown)

    def close(self) -> None:
        """End the meter."""
        self._meter.close()

    def _cool_down(self, arm: str, tell: Listener, cancel: Event) -> Cooldown:
        _pause(0.0, cancel)
        if self._surroundings.waits(self._policy.cooldown_seconds):
            tell(CoolingDown(arm))
        return self._surroundings.cool_down(self._policy.cooldown_seconds, lambda seconds: _pause(seconds, cancel))

    def _run(
        self,
        block: PlannedBlock,
        position: int,
        arm: Arm,
        protected: Sequence[Path],
        tell: Listener,
        cancel: Event,
    ) -> Run:
        with tempfile.TemporaryDirectory(prefix="greenfix-run-") as notes:
            observation = Observation.of(Path(notes), arm.tree)
            declared = DeclaredResults(self._policy, arm.tree)
            seed = self._policy.seed if self._policy.seed_program else None
            environment = observation.environment(self._environment, seed) if self._observe else self._environment
            measured = self._measured(arm, environment, declared, protected, tell, cancel)
            digest = measured.execution.stdout_sha256
            behaviour = observation.behaviour(digest) if self._observe else Behaviour(stdout_sha256=digest)
        return Run(
            block=block.number,
            position=position,
            arm=arm.name,
            warmup=block.warmup,
            started_at=measured.started_at,
            ended_at=measured.ended_at,
            ending=measured.execution.ending,
            exit_code=measured.execution.exit_code,
            reading=measured.reading,
            counters=replace(measured.execution.counters, peak_gpu_bytes=_risen(measured.before, measured.during)),
            behaviour=declared.added_to(behaviour),
            detail="\n".join(filter(None, (measured.execution.detail, measured.no_reading))),
            disturbed=self._disturbance(measured),
            foreign_load=measured.foreign_load,
            before=measured.before,
            during=measured.during,
        )

    def _measured(
        self,
        arm: Arm,
        environment: Mapping[str, str],
        declared: DeclaredResults,
        protected: Sequence[Path],
        tell: Listener,
        cancel: Event,
    ) -> _Measured:
        """Execute inside a window of the meter. If anything interrupts it, the meter is closed: its window is void."""
        before = self._surroundings.now()
        failure = self._opened()
        started_at, started, busy = time.time(), time.monotonic(), busy_seconds()
        try:
            execution = execute(
                self._command.argv,
                arm.tree,
                environment,
                timeout=self._policy.timeout_seconds,
                tell_line=lambda line: tell(RunOutput(line)),
                see_output=declared.see,
                protected=protected,
                cancel=cancel,
            )
        except BaseException:
            self._meter.close()
            raise
        seconds = time.monotonic() - started
        foreign = max(0.0, busy_seconds() - busy - execution.counters.cpu_seconds) / seconds
        reading, no_reading = self._reading(execution, failure)
        during = self._surroundings.during(before)
        tell(CommandRan(tuple(self._command.argv), arm.tree, execution.exit_code, execution.counters.wall_seconds))
        return _Measured(execution, started_at, started_at + seconds, reading, no_reading, foreign, before, during)

    def _opened(self) -> str:
        try:
            self._meter.start()
        except MeterError as error:
            return f"no reading: {error}"
        return ""

    def _reading(self, execution: Execution, failure: str) -> tuple[Reading | None, str]:
        if failure:
            return None, failure
        try:
            components = self._meter.stop()
            meter = self._meter.describe()
        except MeterError as error:
            return None, f"no reading: {error}"
        if _too_short(components, execution):
            seconds, least = execution.counters.wall_seconds, SHORTEST_GPU_SECONDS
            return (
                None,
                f"no reading: a run of {seconds:.1f} s is too short for the GPU's counter, which needs {least:g} s",
            )
        attributed = execution.counters.cpu_seconds * meter.thread_watts
        return Reading(components, attributed, f"CPU seconds of the run x {meter.thread_watts_source}"), ""

    def _disturbance(self, measured: _Measured) -> str:
        reasons = self._surroundings.disturbances(measured.during)
        limit, foreign = self._policy.maximum_foreign_load, measured.foreign_load
        counted = measured.reading is not None and measured.reading.provenance is not Provenance.ESTIMATED
        if limit is not None and counted and foreign > limit:
            reasons = (f"other processes kept {foreign:.1f} cores busy, more than {limit:g}", *reasons)
        return "; ".join(reasons)

    def _idle(self, cancel: Event) -> tuple[float, Idle]:
        """Return what the counters and the sensors say of a machine with nothing of ours on it."""
        self._meter.start()
        started = time.monotonic()
        try:
            idle = self._surroundings.survey(lambda seconds: _pause(seconds, cancel), IDLE_SECONDS)
        except BaseException:
            self._meter.close()
            raise
        parts = self._meter.stop()
        counted = sum(part.joules for part in parts if part.provenance is Provenance.MEASURED)
        return counted / (time.monotonic() - started), idle


@dataclass(frozen=True, slots=True)
class _Measured:
    execution: Execution
    started_at: float
    ended_at: float
    reading: Reading | None
    no_reading: str
    foreign_load: float
    before: Conditions
    during: Conditions


def _too_short(components: tuple[ComponentEnergy, ...], execution: Execution) -> bool:
    by_gpu = any(part.component is Component.GPU and part.provenance is Provenance.MEASURED for part in components)
    return by_gpu and execution.ending is Ending.COMPLETED and execution.counters.wall_seconds < SHORTEST_GPU_SECONDS


def _risen(before: Conditions, during: Conditions) -> int | None:
    """Return by how many bytes the memory in use on the GPUs rose at most; None where nobody counts it."""
    if before.gpu_memory_bytes is None or during.gpu_memory_bytes is None:
        return None
    return max(0, during.gpu_memory_bytes - before.gpu_memory_bytes)


def _pause(seconds: float, cancel: Event) -> None:
    if cancel.wait(seconds) if seconds else cancel.is_set():
        raise Interrupted("stopped between two runs")
