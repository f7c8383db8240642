from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from greenfix.cli import measuring
from tests.greenfix_command import Greenfix


@pytest.fixture
def echo() -> typer.Typer:
    """A command with the options of ``fix`` that only says what they are."""
    app = typer.Typer()

    @app.command()
    def command(
        repository: Annotated[Path, typer.Argument(is_eager=True, callback=measuring.settings_as_defaults)],
        command: Annotated[list[str] | None, typer.Argument()] = None,
        max_blocks: measuring.Blocks = 24,
        cooldown: measuring.Cooldown = 0.0,
        no_seed: measuring.NoSeed = False,
    ) -> None:
        typer.echo(f"{command} {max_blocks} {cooldown} {no_seed}")

    return app


def test_settings_are_the_defaults_of_the_options_and_options_win(echo: typer.Typer, tmp_path: Path) -> None:
    text = "max-blocks = 8\ncooldown = 2\nno-seed = true\nentrypoint = ['python', 'train.py']\n"
    (tmp_path / "greenfix.toml").write_text(text)
    run = CliRunner().invoke
    assert run(echo, [str(tmp_path)]).output == "['python', 'train.py'] 8 2.0 True\n"
    given = [str(tmp_path), "--max-blocks", "5", "--", "make", "train"]
    assert run(echo, given).output == "['make', 'train'] 5 2.0 True\n"


def test_without_settings_the_options_keep_their_defaults(echo: typer.Typer, tmp_path: Path) -> None:
    assert CliRunner().invoke(echo, [str(tmp_path)]).output == "None 24 0.0 False\n"


def test_a_wrong_setting_stops_fix_before_it_starts(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "greenfix.toml").write_text("max-blocks = 1\n")
    done = greenfix("fix", leaking, "--yes")
    assert done.returncode == 2
    assert done.stderr == (
        f"greenfix: {leaking}/greenfix.toml: max-blocks must be greater than or equal to 2, not 1.\n"
    )


@pytest.mark.parametrize(
    "setting", ['exclude = ["train.py"]', 'ignore = ["IMR"]', 'per-file-ignores = {"*" = ["IMR"]}']
)
def test_fix_leaves_out_what_is_excluded_or_ignored(greenfix: Greenfix, leaking: Path, setting: str) -> None:
    (leaking / "greenfix.toml").write_text(f"{setting}\n")
    done = greenfix("fix", leaking, "--yes")
    assert done.returncode == 0
    assert "Nothing found" in done.stderr


def test_the_entrypoint_of_the_settings_is_what_fix_runs(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "greenfix.toml").write_text("entrypoint = ['python', '-m', 'nowhere.at.all']\n")
    done = greenfix("fix", leaking, "--yes", "--max-blocks", "5")
    assert "nowhere.at.all" in done.stderr
