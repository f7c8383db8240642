"""``greenfix serve`` refuses in the terminal what it could only refuse in the browser later."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenfix.cli import app
from tests.greenfix_command import Greenfix
from tests.repositories import MakeRepository


def test_what_fix_would_refuse_is_refused_before_a_browser_is_needed(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("serve", leaking, "--max-blocks", "1", "--", "python", "train.py", "--nonsense")
    assert (done.returncode, "--max-blocks" in done.stderr, "--nonsense" in done.stderr) == (2, True, False)
    assert "--nonsense" in greenfix("serve", leaking, "--nonsense").stderr
    assert "have no screens" in greenfix("serve", leaking, "--yes").stderr
    (leaking / "greenfix.toml").write_text('theme = "drak"\n')
    assert "Did you mean dark?" in greenfix("serve", leaking).stderr
    assert "is not in a git repository" in greenfix("serve", leaking.parent).stderr


def test_a_taken_port_is_said(greenfix: Greenfix, leaking: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = greenfix("serve", leaking, "--port", str(port))
    assert done.returncode == 2
    assert f"Cannot listen on port {port}: Address already in use." in done.stderr


def test_without_the_extra_it_says_what_to_install(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    monkeypatch.delitem(sys.modules, "greenfix.tui.web.server", raising=False)
    done = CliRunner().invoke(app, ["serve", str(make_repository({"train.py": "1\n"}))])
    assert done.exit_code == 2
    assert "pip install 'greenfix[serve]'" in done.output
