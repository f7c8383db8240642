"""A plan as text: for ``fix --dry-run``, and for the line before the first run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from greenfix.experiment_plan import Bounds, ExperimentPlan
from greenfix.message import count
from greenfix.report.quantities import duration, energy

FRAMEWORKS = ("tensorflow", "keras", "tf-keras")
UNKNOWN = "unknown until the first run"
PLAN_FACTS = (
    "time", "energy", "from", "runs", "runs with", "changes", "left out", "arms", "order", "stops", "device",
    "idle check",
)  # fmt: skip
"""What is known of a plan beside the command, in this order."""


def plan_text(plan: ExperimentPlan) -> str:
    """Everything that the plan screen shows, a line each."""
    given = (("command", plan.setup.words), ("variables", plan.setup.environment))
    facts = (*((name, shlex.join(words)) for name, words in given), *plan_facts(plan))
    return "".join(f"{name:<12} {text}\n" for name, text in facts if text)


def plan_facts(plan: ExperimentPlan) -> Iterator[tuple[str, str]]:
    """``PLAN_FACTS`` with their texts, the same on the screen and in the terminal; an empty text is not shown."""
    left = ", ".join(f"{finding.place} {finding.rule}" for finding in plan.left)
    texts = (
        duration_text(plan),
        energy_text(plan),
        _source(plan),
        f"{_whole(plan.runs)}, if no block is disturbed",
        _interpreter(plan),
        ", ".join(plan.files),
        f"{left}: the command does not run it" if left else "",
        _arms(plan),
        _blocks(plan),
        _stop_rule(plan),
        _device(plan),
        _idle(plan),
    )
    return zip(PLAN_FACTS, texts, strict=True)


def plan_line(plan: ExperimentPlan) -> str:
    """What it will take, in one line."""
    if plan.one_run is None:
        return f"{_whole(plan.runs)} runs; time and energy are {UNKNOWN}."
    return f"{_whole(plan.runs)} runs: {duration_text(plan)}, {energy_text(plan)}."


def duration_text(plan: ExperimentPlan) -> str:
    """``3 to 14 min``."""
    seconds = plan.seconds
    return UNKNOWN if seconds is None else _between(duration(seconds.least), duration(seconds.most))


def energy_text(plan: ExperimentPlan) -> str:
    """``4.80 kJ to 17.20 kJ``."""
    joules = plan.joules
    return UNKNOWN if joules is None else _between(energy(joules.least), energy(joules.most))


def _interpreter(plan: ExperimentPlan) -> str:
    if plan.command.interpreter is None:
        return plan.command.argv[0]
    packages = plan.environment.packages
    found = [f"{name} {packages[name]}" for name in FRAMEWORKS if name in packages]
    version = f"Python {plan.environment.python}"
    return f"{plan.command.interpreter} ({plan.command.how}; {', '.join([version, *found])})"


def _arms(plan: ExperimentPlan) -> str:
    if len(plan.arms) == 1:
        return f"original, {plan.arms[0]}"
    return f"original, {', '.join(plan.arms)}: these {len(plan.arms)} race, the best one goes into the experiment"


def _blocks(plan: ExperimentPlan) -> str:
    warmup = plan.policy.warmup_blocks
    most = plan.policy.maximum_blocks
    return f"at most {most} blocks, each of two runs in random order, after {count(warmup, 'warm-up block')}"


def _stop_rule(plan: ExperimentPlan) -> str:
    policy = plan.policy
    return (
        f"from block {plan.first_look} on after each block that makes it clear or hopeless (exact one-sided test, "
        f"{100 * policy.alpha:g} % error over all looks; savings below {100 * policy.minimum_saving:g} % are none)"
    )


def _device(plan: ExperimentPlan) -> str:
    machine = plan.machine
    cpu = f"{machine.cpu_model}, {count(machine.logical_cpus, 'thread')}"
    return " + ".join([*machine.gpus, cpu])


def _idle(plan: ExperimentPlan) -> str:
    seconds, load = plan.policy.cooldown_seconds, plan.policy.maximum_foreign_load
    if seconds is not None:
        wait = f"{seconds:g} s before each run"
    else:
        wait = "before each run until the devices are as cool and idle as before the first, where a counter measures"
    repeated = "" if load is None else f"; a block is repeated if other programs take more than {load:.1f} cores"
    return f"{wait}{repeated}"


def _source(plan: ExperimentPlan) -> str:
    one = plan.one_run
    if one is None:
        return ""
    each = f"{one.seconds:.1f} s and {energy(one.joules)} ({one.provenance})"
    return f"{count(one.runs, 'earlier run')} of the original, {each} each; cool-down not counted"


def _whole(span: Bounds) -> str:
    return _between(f"{span.least:.0f}", f"{span.most:.0f}")


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"
