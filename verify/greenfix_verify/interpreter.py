"""Which Python runs the target: its own, never greenfix's.

greenfix usually lives in an environment of its own, without TensorFlow, and its ``bin`` may stand first on PATH. So a
plain ``python`` is looked for where the target's environment would be, in this order: the repository's ``.venv`` or
``venv``, the active virtual environment, uv, poetry, conda, PATH. greenfix's own environment counts as the target's
only when TensorFlow or Keras is installed in it, that is when greenfix was installed into the project's environment.

poetry is asked once for the interpreter's path, and the run starts that directly: ``poetry run`` would add half a
second of energy to every run of both arms and dilute their ratio. uv is not asked: its environment is ``.venv`` or
UV_PROJECT_ENVIRONMENT, and where it has made none yet, ``uv run`` would make one in the user's repository.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from greenfix_verify.errors import CommandError

ASK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python and how it was found, in words."""

    path: Path
    how: str


def find_interpreter(repository: Path, environment: Mapping[str, str], name: str = "python") -> Interpreter:
    """Return the target's interpreter called ``name`` (``python``, ``python3``, ``python3.10`` ...).

    Raises:
        CommandError: there is none; the message lists the places.
    """
    names = (name, "python3" if name == "python" else "python") if name in ("python", "python3") else (name,)
    tried: list[str] = []
    for directory, how in _places(repository, environment):
        found = shutil.which(names[0], path=directory) or shutil.which(names[-1], path=directory)
        if found:
            return Interpreter(Path(found), how)
        tried.append(str(directory))
    on_path = search_path(environment)
    for candidate in names:
        found = shutil.which(candidate, path=on_path)
        if found:
            argv = (found, "-c", "import sys; print(sys.executable)")
            return Interpreter(_said_path(argv, environment, repository), f"{found} on PATH")
    places = ", ".join([*tried, f"PATH ({on_path})"])
    raise CommandError(f"no {name} found for {repository}; looked in {places}")


def search_path(environment: Mapping[str, str]) -> str:
    """Return PATH without greenfix's own environment, unless that is the target's as well."""
    entries = environment.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if entry and not _is_ours(Path(entry).parent))


def _places(repository: Path, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for name in (".venv", "venv"):
        if (repository / name / "bin").is_dir():
            yield repository / name / "bin", f"the repository's {name}"
    active = environment.get("VIRTUAL_ENV")
    if active and not _is_ours(Path(active)):
        yield Path(active, "bin"), "VIRTUAL_ENV"
    if environment.get("UV_PROJECT_ENVIRONMENT"):
        yield repository / environment["UV_PROJECT_ENVIRONMENT"] / "bin", "UV_PROJECT_ENVIRONMENT"
    if (repository / "poetry.lock").is_file() and shutil.which("poetry", path=environment.get("PATH")):
        yield _poetry(repository, environment).parent, "poetry.lock, asked poetry"
    conda = environment.get("CONDA_PREFIX")
    if conda and not _is_ours(Path(conda)):
        yield Path(conda, "bin"), "CONDA_PREFIX"


def _poetry(repository: Path, environment: Mapping[str, str]) -> Path:
    argv = ("poetry", "--directory", str(repository), "env", "info", "--executable")
    plain = {key: value for key, value in environment.items() if key != "VIRTUAL_ENV"}
    return _said_path(argv, plain, repository)


def _said_path(argv: tuple[str, ...], environment: Mapping[str, str], directory: Path) -> Path:
    """Return the interpreter that a command prints. A shim of pyenv, say, is a shell script that costs 0.1 s a run."""
    try:
        said = subprocess.run(
            argv, capture_output=True, text=True, timeout=ASK_SECONDS, check=True, env=dict(environment), cwd=directory
        )
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{' '.join(argv[:2])} found no interpreter: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{' '.join(argv[:2])} gave no answer: {error}") from error
    lines = said.stdout.split("\n")
    path = Path(next((line.strip() for line in reversed(lines) if line.strip()), ""))
    if not path.is_absolute():
        raise CommandError(f"{' '.join(argv[:2])} named no interpreter: {said.stdout.strip()!r}")
    return path


def _is_ours(prefix: Path) -> bool:
    """Whether ``prefix`` is the environment greenfix runs in and nobody trains models in."""
    if prefix.resolve() != Path(sys.prefix).resolve() or sys.prefix == sys.base_prefix:
        return False
    return not any(importlib.util.find_spec(name) for name in ("tensorflow", "keras", "tf_keras"))
