"""What every screen has: themes, keys of a person's own, the palette, the command log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from greenfix_verify.events import CommandRan
from textual.binding import Binding
from textual.color import Color
from textual.command import CommandPalette
from textual.widgets import DataTable, Static

from greenfix.folders import state_folder
from greenfix.settings import Appearance, Settings, SettingsError, load_appearance, load_settings
from greenfix.tui.app import ReviewApp
from greenfix.tui.command_log import KEPT, CommandLog, CommandLogDialog
from greenfix.tui.dialogs import AskDialog, TextDialog
from greenfix.tui.keymap import keymap_of
from greenfix.tui.session import Stage
from greenfix.tui.themes import LIGHT, THEMES, remember, theme_named
from tests.tui.scripted import Gate, Scripted, candidates, reviewing, scanning, settle, whole_story

STATUS = CommandRan(("git", "status", "-z"), Path("/work"), 0, 0.02)
TRAIN = CommandRan(("python", "train.py"), Path("/tree"), 1, 41.3)
HELPER = CommandRan(("git", "cat-file", "--batch"), Path("/work"), None, 0.01)


def app_of(*steps: Any, theme: str = "", **keys: str) -> ReviewApp:
    named = {name.replace("_", "."): value for name, value in keys.items()}
    return ReviewApp(Scripted(steps), "repository", Appearance(theme, named))


@pytest.mark.parametrize(
    ("name", "textual"),
    [
        ("", "textual-dark"),
        ("dark", "textual-dark"),
        ("light", "greenfix-light"),
        ("ansi", "ansi-dark"),
        ("nord", "nord"),
    ],
)
def test_a_theme_is_called_as_a_person_would_call_it(name: str, textual: str) -> None:
    assert theme_named(name) == textual
    assert app_of(theme=name).theme == textual


@pytest.mark.parametrize(("name", "hint"), [("drak", "Did you mean dark?"), ("qqq", "Known themes: dark, light, ansi")])
def test_an_unknown_theme_is_refused_with_what_there_is(name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(hint)):
        theme_named(name)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"app.qiut": "x"}, "'app.qiut' is no binding. Did you mean app.quit?"),
        ({"zzz": "x"}, "Known ids: app.commands, "),
        ({"app.quit": "ctlr+x"}, "app.quit: 'ctlr+x' is no key."),
        ({"app.quit": ""}, "app.quit: '' is no key."),
        ({"app.quit": "x"}, "x would be both 'Quit' and 'Reject'."),
        ({"app.quit": "?"}, "question_mark would be both 'Quit' and 'Help'."),
        ({"app.quit": "f2", "app.help": "f2"}, "f2 would be both 'Quit' and 'Help'."),
    ],
)
def test_a_keymap_that_cannot_work_is_refused_with_why(keys: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        keymap_of(keys)


def test_every_key_of_a_screen_has_an_id_of_its_own() -> None:
    app = app_of()
    shown = [app, *(app.stage_screen(stage) for stage in Stage)]
    own = [binding for each in shown for kind in type(each).__mro__ if kind.__module__.startswith("greenfix.")
           for binding in Binding.make_bindings(kind.__dict__.get("BINDINGS", []))]  # fmt: skip
    named = {binding.id for binding in own}
    assert {"app.quit", "findings.verify", "plan.measure", "verify.pause", "verdict.more", "commit.commit"} <= named
    assert [binding.description for binding in own if binding.id is None and binding.show] == []


def test_keys_may_change_places_and_have_any_name() -> None:
    keys = {"app.quit": "?, ctrl+w,f12", "app.help": "q", "app.commands": "comma"}
    assert keymap_of(keys) == {
        "app.quit": "question_mark,ctrl+w,f12", "app.help": "q", "app.commands": "comma",
    }  # fmt: skip


async def test_a_key_of_ones_own_works_and_the_old_one_no_longer_does() -> None:
    app = app_of(reviewing(candidates()), app_help="f2")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.review.open)
        await pilot.press("question_mark")
        await pilot.pause()
        assert not isinstance(app.screen, TextDialog)
        await pilot.press("f2")
        await settle(pilot, lambda: isinstance(app.screen, TextDialog))
        said = str(app.screen.query_one(Static).render())
        assert "f2  Help" in said
        assert "@  Commands that ran" in said
        assert "^p  Open the command palette" in said


async def test_ctrl_q_leaves_whatever_the_keymap_says() -> None:
    app = app_of(reviewing(candidates()), app_quit="f2")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.review.open)
        await pilot.press("space", "ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, AskDialog))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own configuration file, which does not exist yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "greenfix").mkdir()
    return tmp_path / "greenfix" / "greenfix.toml"


def test_a_persons_own_taste_wins_over_the_projects(mine: Path, tmp_path: Path) -> None:
    text = '[tool.greenfix]\ntheme = "light"\n[tool.greenfix.keys]\n"app.quit" = "f2"\n"app.help" = "f3"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    settings = load_settings(tmp_path)
    assert load_appearance(settings) == Appearance("light", {"app.quit": "f2", "app.help": "f3"})
    mine.write_text('theme = "nord"\n[keys]\n"app.help" = "f4"\n')
    assert load_appearance(settings) == Appearance("nord", {"app.quit": "f2", "app.help": "f4"})
    assert settings.measuring == {}


def test_a_persons_own_file_holds_nothing_of_a_project(mine: Path) -> None:
    assert load_appearance(Settings()) == Appearance()
    mine.write_text("max-blocks = 3\n")
    with pytest.raises(SettingsError, match="max-blocks belongs to a project"):
        load_appearance(Settings())


async def test_the_command_log_grows_while_it_is_open_and_shows_each_command_in_full() -> None:
    gate = Gate()
    app = app_of(STATUS, HELPER, *scanning(candidates()), gate, TRAIN, reviewing(candidates()))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: app.commands.ran == 2)
        await pilot.press("at")
        await settle(pilot, lambda: isinstance(app.screen, CommandLogDialog))
        table = app.screen.query_one(DataTable)
        detail = app.screen.query_one("#command-detail", Static)
        assert [str(cell) for cell in table.get_row_at(0)] == ["✓ 0", "0.02", "git status -z"]
        assert [str(cell) for cell in table.get_row_at(1)] == ["▶", "0.01", "git cat-file --batch"]
        gate.open()
        await settle(pilot, lambda: table.row_count == 3 and "train.py" in str(detail.render()))
        assert [str(cell) for cell in table.get_row_at(2)] == ["✗ 1", "41.30", "python train.py"]
        assert str(detail.render()) == "in /tree\n$ python train.py"
        await pilot.press("up", "up", "y")
        assert app.clipboard == "git status -z"
        await pilot.press("escape")
        assert not isinstance(app.screen, CommandLogDialog)


def test_the_command_log_keeps_the_last_commands_and_counts_all() -> None:
    log = CommandLog()
    for _ in range(KEPT + 1):
        log.add(STATUS)
    log.add(TRAIN)
    assert (len(log.commands), log.ran, log.commands[-1]) == (KEPT, KEPT + 2, TRAIN)


async def test_the_palette_offers_what_the_screen_can_do_each_once() -> None:
    app = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.review.open)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert len(titles) == len(set(titles))
        assert {"Accept", "Verify", "Help", "Commands that ran", "Quit", "Theme"} <= set(titles)
        await pilot.press("ctrl+p")
        await settle(pilot, lambda: isinstance(app.screen, CommandPalette))


@pytest.mark.parametrize("theme", ["ansi", "ansi-light", "light", "dark"])
async def test_without_colours_the_screens_are_grey_and_every_state_has_a_symbol(
    theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(*whole_story(), theme=theme)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.review.open)
        await pilot.press("down", "x", "up", "space")
        picture = app.export_screenshot()
        for symbol in "✓✗·":
            assert symbol in picture
        assert _colours(picture) == []
        await pilot.press("v")
        await settle(pilot, lambda: app.session.planner is not None)
        await pilot.press("v")
        await settle(pilot, lambda: app.session.concluding)
        picture = app.export_screenshot()
        assert "✓&#160;clear-session:&#160;saves" in picture
        assert _colours(picture) == []


def _colours(picture: str) -> list[str]:
    """The colours of text and backgrounds that are no greys; Rich's own for text without a style does not count."""
    found = set(re.findall(r"-r\d+ \{ fill: (#[0-9a-f]{6})|<rect fill=\"(#[0-9a-f]{6})\" x=", picture))
    codes = {"".join(pair) for pair in found} - {"#c5c8c6"}
    assert codes
    return sorted(code for code in codes if not code[1:3] == code[3:5] == code[5:7])


async def test_the_theme_that_was_chosen_last_comes_back() -> None:
    app = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        app.theme = "nord"
        await settle(pilot, (state_folder() / "theme").exists)
    assert app_of().theme == "nord"


def test_a_theme_in_the_settings_is_stronger_than_the_one_chosen_last() -> None:
    remember("nord")
    assert app_of(theme="light").theme == "greenfix-light"
    assert app_of(theme="dark").theme == "textual-dark"


@pytest.mark.parametrize("kept", [b"a theme of another version\n", b"\xff\xfe", b""])
def test_a_kept_theme_that_means_nothing_is_as_none(kept: bytes) -> None:
    remember("nord")
    (state_folder() / "theme").write_bytes(kept)
    assert theme_named("") == "textual-dark"


async def test_a_theme_that_cannot_be_kept_is_said_and_used() -> None:
    state_folder().parent.mkdir(parents=True, exist_ok=True)
    state_folder().write_text("a file where the folder should be")
    app = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        app.theme = "nord"
        await settle(pilot, lambda: [each for each in app._notifications if "not be remembered" in each.message])
        assert app.theme == "nord"


READ = ("text-accent", "text-warning", "text-success", "text-error", "text-primary", "footer-key-foreground")


@pytest.mark.parametrize("theme", ["textual-dark", LIGHT.name])
def test_every_text_of_our_themes_can_be_read(theme: str) -> None:
    """4.5 : 1, as WCAG 2.2 asks for in AA; the footer's dark keys are Textual's own."""
    colours = THEMES[theme].to_color_system().generate()
    for below in ("background", "surface", "panel"):
        ground = Color.parse(colours[below])
        for name in READ:
            text = Color.parse(colours.get(name, colours["text-accent"]))
            assert _contrast(text, ground) >= 4.5, (name, below)


def _contrast(one: Color, other: Color) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
