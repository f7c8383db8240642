"""Every command that README and documentation show is run, and prints what they show.

Each page has a sandbox of its own: a repository with a program that leaks, whose Keras is a stand-in, so that an
experiment takes seconds. The commands that are not run stand in ``NOT_RUN``, each with the reason.
"""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from greenfix.reference import pages
from tests.documented import NOT_RUN, Shown, UnknownCommand, check, commands_in, missing_output, unknown_in_mention
from tests.sandbox import ROOT, copy_of, make_template, variables

DOCS = ROOT / "docs"
GENERATED = pages(json.loads((DOCS / "scan.schema.json").read_text()))
PAGES = {
    **{
        str(page.relative_to(ROOT)): page.read_text()
        for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
    },
    **GENERATED,
}
SHOWN = {page: [*commands_in(text)] for page, text in PAGES.items()}
HELP = "reference/commands.md"
"""Holds the examples of every command's help."""
WITH_RESULTS = {"docs/tutorial.md", "docs/how-to/your-program.md"}
"""Pages whose experiments run to their end."""
NOT_COMPARED = {
    ("docs/tutorial.md", "greenfix diagnose"): "bytes and traces are TensorFlow's own",
    (
        "docs/diagnosis.md",
        "greenfix diagnose",
    ): "bytes are TensorFlow's own, and it shows four findings",
}
"""Output that the stand-in cannot print."""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documented")
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        make_template(folder)
    return folder


@pytest.fixture
def sandbox(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a page begins, in an environment of its own."""
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "GITHUB_SERVER_URL", "CI_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables(template, tmp_path).items():
        monkeypatch.setenv(name, value)
    return copy_of(template, tmp_path)


def run(shown: Shown, folder: Path, *, compare: bool = True) -> Path:
    """Run one line as bash does; return the folder that it leaves the shell in."""
    script = f"{shown.line}\ncode=$?\nprintf '\\n%s' \"$PWD\"\nexit $code"
    done = subprocess.run(
        ["bash", "-c", script],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    printed, _, after = done.stdout.rpartition("\n")
    assert done.returncode in shown.exit_codes, f"{shown.line} ends with {done.returncode}:\n{printed}"
    missing = missing_output(shown, printed) if compare else None
    assert missing is None, f"{shown.line} does not print {missing!r}:\n{printed}"
    return Path(after)


def serve(shown: Shown, folder: Path) -> None:
    """Start it on a free port, fetch its page with and without the secret in its address, end it as Ctrl-C does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        line = shown.line.replace("8000", str(free.getsockname()[1]))
    with subprocess.Popen(["bash", "-c", f"exec {line}"], stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        assert found, process.stderr.read()
        address = urlsplit(found[0])
        connection = http.client.HTTPConnection(address.netloc, timeout=30)
        statuses = []
        for path in (address.path, "/"):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        process.send_signal(signal.SIGINT)
        assert (statuses, process.wait(timeout=60)) == ([200, 403], 0)


def follow(page: str, shown: list[Shown], folder: Path) -> Path:
    """Do what a page says from its first to its last line."""
    for each in shown:
        if each.why_not_run:
            check(each, ROOT)
        elif each.serves:
            serve(each, folder)
        else:
            compare = (page, " ".join(each.words[:2])) not in NOT_COMPARED
            folder = run(each, folder, compare=compare)
    return folder


def pages_to_follow() -> list[str]:
    """All that show a command, but for those of which another page shows every line."""
    lines = {page: {each.line for each in shown} for page, shown in SHOWN.items() if page != HELP}
    return [page for page in lines if lines[page] and not any(lines[page] < other for other in lines.values())]


@pytest.mark.parametrize("page", pages_to_follow())
def test_every_command_of_a_page_does_what_the_page_says(page: str, sandbox: Path) -> None:
    if page in WITH_RESULTS:
        (sandbox / "pyproject.toml").unlink()
    last = follow(page, SHOWN[page], sandbox)
    if page == "docs/tutorial.md":
        assert subprocess.run(["greenfix", "scan"], check=False, capture_output=True, cwd=last).returncode == 0


@pytest.mark.parametrize("name", sorted({each.words[1] for each in SHOWN[HELP]}))
def test_every_example_in_the_help_of_a_command_works(name: str, sandbox: Path) -> None:
    if name == "init":
        (sandbox / "pyproject.toml").unlink()
    follow(HELP, [each for each in SHOWN[HELP] if each.words[1] == name], sandbox)


def test_what_is_not_run_is_shown_somewhere() -> None:
    lines = [each.line for shown in SHOWN.values() for each in shown]
    assert [beginning for beginning in NOT_RUN if not any(line.startswith(beginning) for line in lines)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_running_text_exists(page: str) -> None:
    for mention in re.findall(r"`(greenfix [a-z][^`\n]*)`", PAGES[page]):
        assert not unknown_in_mention(mention.split()[1:]), mention


@pytest.mark.parametrize(
    "markdown",
    [
        "```sh\nrm -rf build\n```",
        "```sh\ngreenfix frobnicate\n```",
        "```sh\npython train.py\n```",
        "```sh\nmake everything\n```",
        "```sh\npip install 'greenfix[cluster]'\n```",
        "```sh\npip install tensorflow\n```",
        "```sh\npython benchmarks/missing.py\n```",
        "```\n$ greenfix scan\n```",
        "```text\ngreenfix scan\n```",
        "```console\noutput without a prompt\n```",
    ],
)
def test_a_command_that_nobody_knows_or_without_its_object_fails(markdown: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownCommand):
        follow("", [*commands_in(markdown)], tmp_path)


@pytest.mark.parametrize("line", ["greenfix replicate --scale tpu", "greenfix pr --forge github --dri"])
def test_a_line_that_is_not_run_and_that_greenfix_would_refuse_fails(line: str) -> None:
    with pytest.raises(Exception, match=r"No such|is not one of"):
        follow("", [Shown(line)], ROOT)


def test_a_mention_of_an_option_that_does_not_exist_is_seen() -> None:
    assert unknown_in_mention(["scan", "--frobnicate"]) == {"--frobnicate"}
    assert unknown_in_mention(["frobnicate"]) == {"frobnicate"}
    assert unknown_in_mention(["fix", ".", "--", "python", "train.py", "--epochs"]) == set()


@pytest.mark.parametrize(
    ("line", "output", "said"),
    [
        ("echo a", ("a", "b"), "does not print 'b'"),
        ("printf 'a\\nb\\n'", ("b",), "does not print 'b'"),
        ("printf 'a\\nb\\n'", ("a",), "nothing more, but it prints 'b'"),
        ("greenfix scan --dif", (), "No such option"),
    ],
)
def test_what_a_command_does_not_print_is_seen(
    line: str, output: tuple[str, ...], said: str, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.documented.SHELL_WORDS", {"echo", "printf"})
    with pytest.raises(AssertionError, match=said):
        run(Shown(line, output), sandbox)


def test_numbers_are_not_compared_where_something_was_measured() -> None:
    measured = Shown("greenfix fix .", ("...", "saves: 45.1 %, p = 0.01562, 4c7dc2753f"))
    assert missing_output(measured, "block 1\n\nsaves: 7 %, p = 0.5, 91aa0753be\n") is None
    assert missing_output(measured, "costs: 7 %, p = 0.5, 91aa0753be\n") == measured.output[1]
    assert missing_output(Shown("greenfix judge", ("7 %",)), "8 %") == "7 %"


def test_comments_and_what_follows_an_operator_are_no_words() -> None:
    assert Shown("greenfix scan --diff  # why").words == ["greenfix", "scan", "--diff"]
    assert Shown("greenfix scan > findings.json").words == ["greenfix", "scan"]
