"""Every command that README and documentation show is run, or at least held to what there is.

Each page has a sandbox of its own: a repository with a program that leaks and whose Keras is a stand-in, so that an
experiment takes seconds. Only one page runs its experiments; the others' are held to the application's parser.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from greenfix.reference import pages
from tests.documented import (
    Kind,
    Shown,
    UnknownCommand,
    check,
    commands_in,
    kind_of,
    missing_output,
    unknown_in_mention,
)
from tests.greenfix_command import KERAS, LEAKING
from tests.repositories import git

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
GENERATED = pages(json.loads((DOCS / "scan.schema.json").read_text()))
MEASURING_PAGE = DOCS / "how-to" / "your-program.md"
TUTORIAL = DOCS / "tutorial.md"
READINGS = "experiment,block,arm,energy_joules\na,1,original,60.8\na,1,candidate,36.6\n"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two commits with what the pages name: path/to/repo, readings, a program of the corpus."""
    folder = tmp_path / "work" / "greenfix"
    (folder / "path" / "to" / "repo").mkdir(parents=True)
    for file in (folder / "train.py", folder / "path" / "to" / "repo" / "train.py"):
        file.write_text(LEAKING)
    (folder / "readings.csv").write_text(READINGS)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for message in ("first", "second"):
        (folder / "notes.txt").write_text(message)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", f"--message={message}")
    shutil.copytree(ROOT / "corpus" / "imr-kfold-graph", folder / "corpus" / "imr-kfold-graph")
    packages, programs = tmp_path / "packages", tmp_path / "bin"
    (packages / "keras").mkdir(parents=True)
    (packages / "keras" / "__init__.py").write_text(KERAS)
    programs.mkdir()
    (programs / "greenfix").write_text(f'#!/bin/sh\nexec {sys.executable} -m greenfix "$@"\n')
    (programs / "greenfix").chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(packages), os.environ.get("PYTHONPATH", "")))))
    monkeypatch.setenv("PATH", os.pathsep.join((str(programs), os.environ["PATH"])))
    return folder


def run(shown: Shown, folder: Path) -> Path:
    """Run one line as bash does; return the folder that it leaves the shell in."""
    script = f"{shown.line}\ncode=$?\nprintf '\\n%s' \"$PWD\"\nexit $code"
    done = subprocess.run(
        ["bash", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    printed, _, after = done.stdout.rpartition("\n")
    found_something = {0, 1, 3} if kind_of(shown) is Kind.RUN_DEAR else {0, 1}
    allowed = found_something if shown.words[0] == "greenfix" else {0}
    assert done.returncode in allowed, f"{shown.line}\n{printed}{done.stderr}"
    missing = None if kind_of(shown) is Kind.RUN_DEAR else missing_output(shown.output, f"{printed}\n{done.stderr}")
    assert missing is None, f"{shown.line} does not print {missing!r}:\n{printed}\n{done.stderr}"
    return Path(after)


def decide(markdown: str) -> None:
    """Hold every command to what there is, without running any."""
    for shown in commands_in(markdown):
        kind_of(shown)
        check(shown, ROOT)


def committed_as_fix_does(folder: Path) -> None:
    """What ``greenfix fix`` leaves behind in the tutorial, whose real program needs TensorFlow and four minutes."""
    scan = subprocess.run(["greenfix", "scan", "--format", "json"], check=False, capture_output=True, cwd=folder)
    diff = json.loads(scan.stdout)["findings"][0]["strategies"][0]["diff"]
    trailers = "Greenfix-Rule: IMR001\nGreenfix-Strategy: clear-session\nEnergy-Provenance: estimated"
    git(folder, "switch", "--quiet", "--create", "greenfix/imr001/train-c89ac54c")
    subprocess.run(["git", "apply"], check=True, input=diff.encode(), cwd=folder)
    git(folder, "commit", "--quiet", "--all", f"--message=Save energy\n\n{trailers}")
    git(folder, "switch", "--quiet", "main")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_a_page_does_what_the_page_says(page: Path, sandbox: Path) -> None:
    folder = sandbox
    for shown in commands_in(page.read_text()):
        kind = kind_of(shown)
        if kind is Kind.RUN or (kind is Kind.RUN_DEAR and page == MEASURING_PAGE):
            folder = run(shown, folder)
        else:
            check(shown, ROOT)
        if page == TUTORIAL and shown.words[:2] == ["greenfix", "fix"]:
            committed_as_fix_does(folder)
    if page == TUTORIAL:
        scan = subprocess.run(["greenfix", "scan"], check=False, capture_output=True, cwd=folder)
        assert scan.returncode == 0, "after the merge nothing is found"


@pytest.mark.parametrize("name", GENERATED)
def test_every_command_of_a_generated_page_is_one(name: str) -> None:
    decide(GENERATED[name])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_running_text_exists(page: Path) -> None:
    for mention in re.findall(r"`(greenfix [a-z][^`\n]*)`", page.read_text()):
        assert not unknown_in_mention(mention.split()[1:]), mention


@pytest.mark.parametrize(
    "markdown",
    [
        "```sh\nrm -rf build\n```",
        "```sh\nmake everything\n```",
        "```sh\npip install 'greenfix[cluster]'\n```",
        "```sh\npip install tensorflow\n```",
        "```sh\npython benchmarks/missing.py\n```",
        "```\n$ greenfix scan\n```",
        "```console\noutput without a prompt\n```",
    ],
)
def test_a_command_of_no_category_or_without_its_object_fails(markdown: str) -> None:
    with pytest.raises(UnknownCommand):
        decide(markdown)


@pytest.mark.parametrize(
    "line",
    ["greenfix scam", "greenfix scan --dif", "greenfix fix . --max-blocks 1000 -- python x.py", "greenfix verify ."],
)
def test_a_line_that_greenfix_would_refuse_fails(line: str) -> None:
    with pytest.raises(Exception, match=r"No such|less than or equal|Missing"):
        check(Shown(line), ROOT)


def test_a_mention_of_an_option_that_does_not_exist_is_seen() -> None:
    assert unknown_in_mention(["scan", "--frobnicate"]) == {"--frobnicate"}
    assert unknown_in_mention(["frobnicate"]) == {"frobnicate"}
    assert unknown_in_mention(["fix", ".", "--", "python", "train.py", "--epochs"]) == set()


def test_output_that_a_command_does_not_print_is_seen(sandbox: Path) -> None:
    with pytest.raises(AssertionError, match="does not print 'b'"):
        run(Shown("echo a", ("a", "b")), sandbox)
    with pytest.raises(AssertionError, match="No such option"):
        run(Shown("greenfix scan --dif"), sandbox)


def test_comments_and_what_follows_an_operator_are_no_words() -> None:
    assert Shown("greenfix scan --diff  # why").words == ["greenfix", "scan", "--diff"]
    assert Shown("greenfix scan > findings.json").words == ["greenfix", "scan"]
