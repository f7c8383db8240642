"""What to run: the command that a person gave, that was used before, or that the findings suggest."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from greenfix_codemods.files import python_files
from greenfix_codemods.reach import reachable_files, reached_from
from greenfix_codemods.semantics.module import Module, Project

from greenfix.errors import EntrypointError
from greenfix.settings import load_settings

LISTED = 5
"""Names in an error: whoever has more looks at the plan screen."""


@dataclass(frozen=True, slots=True)
class Entrypoint:
    """A command that runs files with accepted findings. ``runs`` are those files, ``why`` how it was found."""

    words: tuple[str, ...]
    runs: frozenset[str]
    why: str

    @property
    def text(self) -> str:
        """As a person types it."""
        return shlex.join(self.words)


def known_command(given: Sequence[str], tree: Path) -> tuple[str, ...]:
    """The command to measure: as given, else the setting ``entrypoint``, else nothing.

    Raises:
        SettingsError: the settings are malformed.
        EntrypointError: it is a notebook for Python to run.
    """
    words = tuple(given) or tuple(load_settings(tree).values.get("entrypoint", ()))
    return runnable(words)


def runnable(words: Sequence[str]) -> tuple[str, ...]:
    """``words``, unless Python is asked to run a notebook.

    Raises:
        EntrypointError: it is; the message says what works.
    """
    for program, script in pairwise(("python", *words)):
        if script.endswith(".ipynb") and Path(program).name.startswith("python"):
            raise EntrypointError(
                f"{script} is a notebook, which Python cannot run.",
                f"Name a command that runs it: `-- jupyter nbconvert --to notebook --execute --stdout {script}`.",
            )
    return tuple(words)


def entrypoints(tree: Path, changed: Collection[str]) -> tuple[Entrypoint, ...]:
    """The programs of the project that run a file in ``changed``, the likeliest first.

    A program is a file with an ``if __name__ == "__main__":``, a ``__main__.py``, or a file that runs a changed one
    and that no other program imports. Those that run more of the changed files come first, then the changed files
    themselves; tests come last.
    """
    project, wanted = Project(tree), frozenset(changed)
    reach = {module: reached_from(module.path, project) for module in _likely(project, changed)}
    reach = {module: reached for module, reached in reach.items() if reached & wanted}
    imported = {path for module, reached in reach.items() for path in reached if path != module.path}
    found = [
        Entrypoint(_words(module.path, tree), reached & wanted, _why(module, changed))
        for module, reached in reach.items()
        if _has_main(module) or module.path not in imported
    ]
    return tuple(sorted(found, key=lambda each: _rank(each, changed)))


def guessed_command(paths: Sequence[str], tree: Path) -> tuple[str, ...]:
    """The command that the accepted findings suggest: the one program that runs all of them.

    Args:
        paths: files with accepted findings, relative to the checkout.
        tree: the checkout.

    Raises:
        EntrypointError: none does, or several do and none of them is the only file with findings.
    """
    files = sorted(set(paths))
    found = [each for each in entrypoints(tree, files) if each.runs == frozenset(files)]
    own = [each for each in found if len(files) == 1 and each.why == ITSELF]
    chosen = own or found
    if len(chosen) == 1:
        return runnable(chosen[0].words)
    if len(files) == 1 and not found:
        return runnable(("python", files[0]))
    raise EntrypointError(
        f"Which program shall be measured? Findings were accepted in {_listed(files)}"
        + (f", and {len(found)} programs run all of it: {_listed([each.text for each in found])}." if found else "."),
        "Name it after two dashes: `greenfix fix REPO -- python train.py`.",
    )


ITSELF = "holds findings itself"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (" ..." if len(names) > LISTED else "")


def _likely(project: Project, changed: Collection[str]) -> Iterator[Module]:
    """Files with a main, the changed ones, and those that name one of them: parsing them all would take too long."""
    stems = {Path(path).parent.name if Path(path).stem == "__init__" else Path(path).stem for path in changed}
    wanted = [b"__main__", *(stem.encode() for stem in stems)]
    for file in python_files(project.root):
        path = file.relative_to(project.root).as_posix()
        named = path in changed or path.endswith("__main__.py") or _names_any(file, wanted)
        if file.suffix == ".py" and named and (module := project.load(path)) is not None:
            yield module


def _names_any(file: Path, words: Sequence[bytes]) -> bool:
    try:
        data = file.read_bytes()
    except OSError:  # its own scan reports it
        return False
    return any(word in data for word in words)


def _has_main(module: Module) -> bool:
    tests = (node.test for node in module.tree.body if isinstance(node, ast.If))
    return module.path.endswith("__main__.py") or any("__main__" in ast.dump(test) for test in tests)


def _words(path: str, tree: Path) -> tuple[str, ...]:
    """Run as a module what lies in a package: its relative imports work only then."""
    file = Path(path)
    if not (tree / file.parent / "__init__.py").is_file() or len(file.parts) == 1:
        return ("python", path)
    named = file.parent if file.name == "__main__.py" else file.with_suffix("")
    return ("python", "-m", ".".join(named.parts))


def _why(module: Module, changed: Collection[str]) -> str:
    if module.path in changed:
        return ITSELF
    return "has a main" if _has_main(module) else "imports it, and no other program imports this"


def _rank(each: Entrypoint, changed: Collection[str]) -> tuple[bool, int, bool, str]:
    is_test = "test" in each.words[-1].lower()
    return is_test, -len(each.runs), each.why != ITSELF, each.text


def measured_files(command: Sequence[str], tree: Path) -> frozenset[str] | None:
    """The project files that ``command`` can run, or None when it names no Python file or module of the project."""
    script = _script(command, tree)
    return None if script is None else reachable_files(tree, script)


def _script(command: Sequence[str], tree: Path) -> str | None:
    for word, following in pairwise((*command, "")):
        if word == "-m":
            stem = following.replace(".", "/")
            return next((path for path in (f"{stem}.py", f"{stem}/__main__.py") if (tree / path).is_file()), None)
        if word.endswith(".py"):
            path = Path(word)
            inside = path.relative_to(tree) if path.is_absolute() and path.is_relative_to(tree) else path
            return inside.as_posix() if (tree / inside).is_file() else None
    return None
