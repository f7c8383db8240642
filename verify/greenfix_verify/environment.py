"""The environment of a measured run: the same in every arm, and nothing of greenfix in it.

Left out: greenfix's own virtual environment, secrets by name (``*_TOKEN``: a stranger's program needs none of ours),
the programs that git asks for passwords, and ``CODECARBON_*``. Added: a fixed PYTHONHASHSEED, because the order of sets
can move a result, and PYTHONDONTWRITEBYTECODE, so that worktrees stay clean. Nothing that changes what the program
computes is set: no determinism switches and no thread counts; those that are set are recorded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from greenfix_verify.command import Command
from greenfix_verify.interpreter import search_path

RECORDED = (
    "CUDA_DEVICE_ORDER",
    "CUDA_VISIBLE_DEVICES",
    "KERAS_BACKEND",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "XLA_FLAGS",
)
"""Variables that stand in the evidence, besides every ``TF_*`` of TensorFlow. Others may hold secrets."""
_OF_TERRAFORM = ("TF_CLI_", "TF_TOKEN_", "TF_VAR_")
"""Another program that begins its variables with ``TF_``; these hold credentials."""
_SECRETS = ("CODECARBON_", "GIT_ASKPASS", "SSH_ASKPASS", "GREENFIX_PUSH_", "TF_TOKEN_")


def measured_environment(command: Command, seed: int, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables a run of ``command`` starts with; ``base`` is ``os.environ`` unless given."""
    base = os.environ if base is None else base
    environment = {key: value for key, value in base.items() if not _stripped(key)}
    environment["PATH"] = search_path(base)
    if Path(environment.get("VIRTUAL_ENV", "")).resolve() == Path(sys.prefix).resolve():
        del environment["VIRTUAL_ENV"]
    prefix = command.interpreter.parent.parent if command.interpreter else None
    if prefix and (prefix / "pyvenv.cfg").is_file():
        environment["VIRTUAL_ENV"] = str(prefix)
        environment["PATH"] = f"{prefix / 'bin'}{os.pathsep}{environment['PATH']}"
    environment["PYTHONHASHSEED"] = str(seed % 2**32)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def recorded(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that may move a result or its energy, for the evidence."""
    return {
        key: environment[key]
        for key in sorted(environment)
        if key in RECORDED or (key.startswith("TF_") and not key.startswith(_OF_TERRAFORM))
    }


def _stripped(key: str) -> bool:
    return key.upper().endswith("_TOKEN") or key.upper().startswith(_SECRETS)
