"""The part of the witness that every Python of a diagnosed run imports first. Standard library only, Python 3.8 on.

It starts the witness, tells it when a module that it wants to watch has been loaded, and lets nobody follow lines
while a library is being imported: TensorFlow's own import makes millions of calls. Then it steps aside: its folder
leaves ``sys.path``, and the environment's real ``sitecustomize`` runs as if alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

FOLDER = Path(__file__).resolve().parent


class Loader:
    """The real loader of a library, then a word to the witness. Gone from the module when it is loaded."""

    def __init__(self, real: Any, witness: Any) -> None:
        self._real = real
        self._witness = witness

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: ModuleSpec) -> Any:
        """Leave it to the real loader."""
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Load the module with no line followed meanwhile, then let the witness look at it."""
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        with self._witness.unfollowed():
            self._real.exec_module(module)
        self._witness.loaded(module)


class Finder:
    """Finds watched modules, and packages that do not belong to the program, by asking the other finders."""

    def __init__(self, witness: Any) -> None:
        self._witness = witness

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Find a module with our loader around the real one."""
        if "." in name and name not in self._witness.WATCHED:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self or not hasattr(finder, "find_spec") else finder.find_spec(name, path, target)
            if spec is not None:
                loader: Any = spec.loader
                if hasattr(loader, "exec_module") and not self._witness.belongs(spec.origin or ""):
                    loader = Loader(loader, self._witness)
                    spec.loader = loader
                return spec
        return None


def step_aside() -> None:
    """Import the sitecustomize that this one hides. Without one, this module stays, as ``import`` demands."""
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
    ours = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401  the real one, if there is one
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)


def begin() -> None:
    """Start the witness. If it cannot start, the run is as it would be, and a file beside the notes says why."""
    try:
        import greenfix_witness  # type: ignore[import-not-found]  # found through FOLDER, in the target only

        greenfix_witness.start()
        sys.meta_path.insert(0, Finder(greenfix_witness))
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        Path(os.environ["GREENFIX_WITNESS"], f"{os.getpid()}.error.txt").write_text(why, encoding="utf-8")


if __name__ == "sitecustomize" and os.environ.get("GREENFIX_WITNESS"):
    begin()
    step_aside()
