from __future__ import annotations

import re
from pathlib import Path

import pytest

from greenfix.errors import ExitCode
from greenfix.settings import Settings, SettingsError, add_table, load_settings
from greenfix.settings_model import SettingsModel

FULL = """\
[project]
name = "x"

[tool.greenfix]
select = ["IMR", "UTR001"]
ignore = ["IMR002"]
exclude = ["legacy/"]
baseline = "known.json"
entrypoint = ["python", "train.py"]
max-blocks = 8
cooldown = 2
no-seed = true

[tool.greenfix.per-file-ignores]
"notebooks/" = ["UTR"]
"""

WRONG = [
    ('selekt = ["IMR"]', "tool.greenfix.selekt is no setting. Did you mean select?"),
    ("zzz = 1", "tool.greenfix.zzz is no setting. Known keys: select, ignore,"),
    ("max_blocks = 3", "tool.greenfix.max_blocks is no setting. Did you mean max-blocks?"),
    ('select = "IMR"', "tool.greenfix.select must be a valid list, not 'IMR'."),
    ("select = [1]", "tool.greenfix.select[0] must be a valid string, not 1."),
    ('select = ["E501"]', "tool.greenfix.select[0]: 'E501' is no rule and no beginning of one"),
    ('ignore = [""]', "tool.greenfix.ignore[0]: '' is no rule"),
    ('exclude = ["!a"]', "tool.greenfix.exclude[0]: '!a' starts with `!`"),
    ('per-file-ignores = {"/" = ["IMR"]}', "tool.greenfix.per-file-ignores[/]: '/' is empty."),
    ('per-file-ignores = {"a" = ["X"]}', "tool.greenfix.per-file-ignores[a][0]: 'X' is no rule"),
    ("max-blocks = 1", "tool.greenfix.max-blocks must be greater than or equal to 2, not 1."),
    ('cooldown = "3"', "tool.greenfix.cooldown: '3' is neither \"auto\" nor a number of seconds"),
    ("no-seed = 1", "tool.greenfix.no-seed must be a valid boolean, not 1."),
    ('baseline = ""', "tool.greenfix.baseline: '' is empty."),
    ("x = ", "cannot be read: Invalid value"),
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src" / "app").mkdir(parents=True)
    return tmp_path


def test_the_settings_of_a_file_are_read_as_they_stand(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(FULL)
    settings = load_settings(repository / "src" / "app")
    assert settings.file == repository / "pyproject.toml"
    assert settings.baseline == repository / "known.json"
    assert settings.measuring == {
        "command": ["python", "train.py"], "max_blocks": 8, "cooldown": 2, "no_seed": True,
    }  # fmt: skip
    selection = settings.selection(repository / "src")
    assert (selection.select, selection.ignore, selection.exclude) == (("IMR", "UTR001"), ("IMR002",), ("legacy/",))
    assert selection.per_file_ignores == (("notebooks/", ("UTR",)),)
    assert (selection.scanned, selection.folder) == ("src", "")


def test_settings_below_the_scanned_folder_hold_for_their_own_folder(repository: Path) -> None:
    (repository / "src" / "greenfix.toml").write_text('exclude = ["/app"]\n')
    selection = load_settings(repository / "src" / "app").selection(repository)
    assert (selection.scanned, selection.folder) == ("", "src")


def test_the_nearest_file_with_settings_counts(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(FULL)
    (repository / "src" / "pyproject.toml").write_text("[project]\nname = 'no settings here'\n")
    assert load_settings(repository / "src").values["select"] == ["IMR", "UTR001"]
    (repository / "src" / "greenfix.toml").write_text('select = ["UTR"]\n')
    assert load_settings(repository / "src" / "app").values["select"] == ["UTR"]


def test_nothing_above_the_repository_or_outside_one_above_the_scanned_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "greenfix.toml").write_text('select = ["UTR"]\n')
    (tmp_path / "plain" / "inner").mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert load_settings(tmp_path / "repository") == Settings()
    assert load_settings(tmp_path / "plain" / "inner") == Settings()
    assert load_settings(tmp_path / "train.py").file == tmp_path / "greenfix.toml"


def test_without_settings_everything_has_its_default(repository: Path) -> None:
    settings = load_settings(repository)
    assert (settings.file, settings.baseline, settings.measuring) == (None, None, {})
    assert settings.selection(repository).reports("IMR001", "a.py")


def test_an_empty_table_is_fine(repository: Path) -> None:
    (repository / "greenfix.toml").write_text("")
    assert load_settings(repository) == Settings(repository / "greenfix.toml")


def test_what_is_given_on_the_command_line_replaces_the_setting(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(FULL)
    selection = load_settings(repository).selection(repository, select=["UTR"], exclude=["a/"])
    assert (selection.select, selection.ignore, selection.exclude) == (("UTR",), ("IMR002",), ("a/",))


def test_a_wrong_option_names_the_option(repository: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape("--select[0]: 'X' is no rule")):
        load_settings(repository).selection(repository, select=["X"])


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text for text, _ in WRONG])
def test_a_mistake_is_said_with_file_key_and_what_is_allowed(repository: Path, text: str, said: str) -> None:
    file = repository / "pyproject.toml"
    file.write_text(f"[tool.greenfix]\n{text}\n")
    with pytest.raises(SettingsError, match=re.escape(said)) as caught:
        load_settings(repository)
    assert caught.value.what.startswith(str(file))
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_mistake_in_a_file_of_our_own_names_the_bare_key(repository: Path) -> None:
    (repository / "greenfix.toml").write_text("seed = 'x'\n")
    with pytest.raises(SettingsError, match=r"greenfix\.toml: seed must be a valid integer"):
        load_settings(repository)


@pytest.mark.parametrize("text", ["[tool]\ngreenfix = 3\n", "tool = {greenfix = []}\n"])
def test_something_else_than_a_table_is_refused(repository: Path, text: str) -> None:
    (repository / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"is no table"):
        load_settings(repository)


def test_a_tool_that_is_no_table_holds_no_settings(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("tool = 3\n")
    assert load_settings(repository).file is None


def test_two_files_with_settings_in_one_folder_are_refused(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(FULL)
    (repository / "greenfix.toml").write_text("")
    with pytest.raises(SettingsError, match=r"Keep one of them"):
        load_settings(repository)


def test_a_file_that_is_not_text_is_said(repository: Path) -> None:
    (repository / "greenfix.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(repository)


def test_every_setting_is_documented_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \|", page, re.MULTILINE))
    assert rows == {
        key: _as_written(field.default)
        for key, field in zip(SettingsModel.names(), SettingsModel.model_fields.values(), strict=True)
    }


def _as_written(default: object) -> str:
    if default is None:
        return "none"
    return f"`{str(default).lower()}`" if isinstance(default, int | float) or default in ("auto", "medium") else "empty"


def test_the_examples_of_the_page_are_valid(repository: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 2
    used: set[str] = set()
    for example in examples:
        name = "pyproject.toml" if "[tool.greenfix]" in example else "greenfix.toml"
        (repository / name).write_text(example)
        used |= set(load_settings(repository).values)
        (repository / name).unlink()
    assert used == set(SettingsModel.names())


@pytest.mark.parametrize("before", [None, "[project]\nname = 'x'", "[project]\nname = 'x'\n"])
def test_a_table_is_added_to_a_file_and_never_twice(repository: Path, before: str | None) -> None:
    if before is not None:
        (repository / "pyproject.toml").write_text(before)
    assert add_table(repository, "[tool.greenfix]\nseed = 3\n") == repository / "pyproject.toml"
    assert (repository / "pyproject.toml").read_text().startswith(before or "[tool")
    assert load_settings(repository).values == {"seed": 3}
    with pytest.raises(SettingsError, match="has settings already"):
        add_table(repository, "[tool.greenfix]\n")


def test_a_table_for_a_folder_that_is_missing_is_refused(repository: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written: No such file"):
        add_table(repository / "missing", "[tool.greenfix]\n")
