"""How anybody repeats an experiment: one command."""

from __future__ import annotations

import shlex
from dataclasses import fields

from greenfix_verify.evidence import Evidence
from greenfix_verify.policy import Policy


def reproduction(evidence: Evidence, commit: str, branch: str) -> str:
    """A shell command that measures ``commit`` of ``branch`` against its parent in the same way."""
    fetch = f"git fetch origin {shlex.quote(branch)}"
    verify = f"greenfix verify . --baseline {commit}~1 --candidate {commit}{_options(evidence.policy)}"
    return f"{fetch} && {verify} -- {_entrypoint(evidence)}"


def _entrypoint(evidence: Evidence) -> str:
    """The measured command, without the folders of the machine that measured."""
    first, *rest = evidence.command.argv or ("python",)
    return shlex.join(["python" if first == str(evidence.command.interpreter) else first, *rest])


_OPTIONS = {
    "minimum_saving": "--min-saving",
    "maximum_blocks": "--max-blocks",
    "warmup_blocks": "--warmup",
    "cooldown_seconds": "--cooldown",
    "timeout_seconds": "--timeout",
    "seed": "--seed",
    "metrics_file": "--metrics",
    "metric_pattern": "--metric-pattern",
}


def _options(policy: Policy) -> str:
    """The options of ``greenfix verify`` that give this policy, where it is not the default one. Not its budget."""
    default = Policy()
    changed = {each.name: getattr(policy, each.name) for each in fields(policy)}
    words = [
        word
        for name, option in _OPTIONS.items()
        if changed[name] != getattr(default, name) and changed[name] is not None
        for word in (option, str(changed[name]))
    ]
    words += ["--allow-estimated"] if policy.allow_estimated else []
    words += [] if policy.seed_program else ["--no-seed"]
    words += [word for output in policy.outputs for word in ("--output", output)]
    words += [word for variable in policy.environment for word in ("--env", variable)]
    return "".join(f" {shlex.quote(word)}" for word in words)
