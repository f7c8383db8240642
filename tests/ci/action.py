"""The action as a runner would carry it out: its steps, their conditions left to the tests."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]


def load(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def examples(page: Path) -> list[str]:
    """The workflows in a page of the documentation."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if "\njobs:" in block]


def step(name: str) -> dict[str, Any]:
    """The step with this ``id``."""
    return next(each for each in load(ROOT / "action.yml")["runs"]["steps"] if each.get("id") == name)


def as_workflow() -> str:
    """A workflow with the action's steps, for linters that only know workflows."""
    action = load(ROOT / "action.yml")
    inputs = {name: {"type": "string", "default": "x"} for name in action["inputs"]}
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}
    document = {"name": "action", "on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}
    text = StringIO()
    YAML(typ="safe", pure=True).dump(document, text)
    return text.getvalue()


GREENFIX = """#!/usr/bin/env bash
printf '%s|' "$@" >> "$CALLS"; echo >> "$CALLS"
for word in "$@"; do [ "${before:-}" = --evidence ] && echo '{}' > "$word"; before=$word; done
echo "$1 says"
exit "${GREENFIX_EXIT:-0}"
"""


def run_step(
    name: str, folder: Path, given: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], dict[str, str], list[str]]:
    """Run the step's script with a greenfix that only writes down how it was called.

    Returns the process, the step's outputs, and the calls.
    """
    program = folder / "greenfix" / "bin" / "greenfix"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(GREENFIX)
    program.chmod(0o755)
    output, calls = folder / "output", folder / "calls"
    output.write_text("")
    calls.write_text("")
    files = {"RUNNER_TEMP": folder, "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": folder / "summary", "CALLS": calls}
    environment = {"PATH": os.environ["PATH"], **{key: str(path) for key, path in files.items()}}
    empty = dict.fromkeys(step(name)["env"], "")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(name)["run"]],
        env={**environment, **empty, **given},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    return done, outputs, calls.read_text().splitlines()
