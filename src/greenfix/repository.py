"""The user's git repository: read from, never disturbed.

Arms are worktrees in a scratch folder outside the user's tree, patches are written as commit objects through an index
file of our own, and a branch is only ever created. So the user's files, index, HEAD and stash stay as they are,
whatever happens in between. Evidence and ledger live in ``.git/greenfix``: with the repository, in nobody's way.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenfix_codemods.finding import FileEdit

from greenfix.errors import BranchError, RepositoryError
from greenfix.seal import TRAILER, is_sealed, seal_of
from greenfix.worktree import Worktree, hear_nothing

if TYPE_CHECKING:
    import git

    from greenfix.events import Listener

_NO_HOOKS = "core.hooksPath=/dev/null"
_SCRATCH = "greenfix-tree-"
"""Checkouts lie in the temporary folder as ``greenfix-tree-<process id>-<random>``."""


@dataclass(frozen=True)
class Repository:
    """An open repository. Make one with :func:`open_repository`."""

    git: git.Repo
    root: Path
    tell: Listener = field(default=hear_nothing, compare=False)
    """Hears of each git command."""

    @property
    def state(self) -> Path:
        """The folder for ledger and evidence, made when asked for."""
        folder = Path(self.git.common_dir) / "greenfix"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def head(self) -> str:
        """The commit that HEAD points at, in full."""
        return self.git.head.commit.hexsha

    def resolve(self, revision: str) -> str:
        """The full hash of the commit that ``revision`` names.

        Raises:
            RepositoryError: it names no commit.
        """
        import git

        try:
            return str(self.git.git.rev_parse("--verify", "--quiet", f"{revision}^{{commit}}"))
        except git.GitCommandError as error:
            raise RepositoryError(
                f"{revision!r} names no commit of {self.root}.", "Give a branch, a tag or a commit hash."
            ) from error

    def merge_base(self, first: str, second: str) -> str:
        """The commit where the lines of two revisions part.

        Raises:
            RepositoryError: one names no commit, or git knows no common one.
        """
        import git

        first, second = self.resolve(first), self.resolve(second)
        try:
            return str(self.git.git.merge_base(first, second))
        except git.GitCommandError as error:
            raise RepositoryError(
                f"{first[:10]} and {second[:10]} have no common commit in {self.root}.",
                "In a shallow clone fetch the whole history: `git fetch --unshallow`.",
            ) from error

    def changed_files(self) -> tuple[str, ...]:
        """Files that differ from HEAD or that git does not know (and does not ignore)."""
        listing = self.git.git.status("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
        return tuple(sorted(entry[3:] for entry in listing.split("\0") if entry))

    def snapshot(self) -> str:
        """A commit object of the working tree as it is now, on top of HEAD; no ref points at it."""
        with self._own_index() as environment, self.git.git.custom_environment(**environment):
            self.git.git.read_tree("HEAD")
            self.git.git.add("--all")
            return self._commit_tree(self.git.git.write_tree(), self.head, "greenfix: uncommitted changes")

    def diff(self, before: str, after: str) -> str:
        """The unified diff between two commits."""
        return str(self.git.git.diff("--no-ext-diff", before, after))

    def commit_of(self, base: str, edits: Sequence[FileEdit], message: str, tree: Path, *, final: bool = False) -> str:
        """A commit object with ``edits`` on top of ``base``; no ref points at it.

        ``tree`` is a worktree of ``base``: the attributes there decide how line ends are stored. A ``final`` commit is
        dated today and sealed (``greenfix.seal``). Others take the date of ``base``: then the same edits are the same
        commit, and an experiment that was interrupted finds its runs again.
        """
        with self._own_index() as environment, self.git.git.custom_environment(**environment):
            self.git.git.read_tree(base)
            for edit in edits:
                mode = self.git.git.ls_tree(base, "--", edit.path).split()[0]
                self.git.git.update_index("--cacheinfo", f"{mode},{self._blob(edit, tree)},{edit.path}")
            written = self.git.git.write_tree()
            if final:
                message = self._with_trailer(message, f"{TRAILER}: {seal_of(written, base, message)}")
            return self._commit_tree(written, base, message, dated=final)

    def is_ours(self, commit: str) -> bool:
        """Whether greenfix made ``commit`` and nobody changed anything of it since."""
        tree, parents, message = self.git.git.show("--no-patch", "--format=%T%n%P%n%B", commit).split("\n", 2)
        return is_sealed(tree, parents, message)

    def message(self, commit: str) -> str:
        """The whole message of a commit."""
        return str(self.git.git.show("--no-patch", "--format=%B", commit))

    def changed_in(self, commit: str) -> tuple[str, ...]:
        """The files that a commit changes against its first parent."""
        listing = self.git.git.diff_tree("--no-commit-id", "--name-only", "--no-renames", "-r", "-z", commit)
        return tuple(filter(None, listing.split("\0")))

    def branches(self, prefix: str) -> tuple[str, ...]:
        """The local branches below ``prefix`` (``greenfix/``)."""
        listing = self.git.git.for_each_ref("--format=%(refname:lstrip=2)", f"refs/heads/{prefix}")
        return tuple(listing.splitlines())

    def has(self, commit: str) -> bool:
        """Whether the object ``commit`` is here."""
        status, _, _ = self.git.git.cat_file("-e", commit, with_extended_output=True, with_exceptions=False)
        return bool(status == 0)

    def trailers(self, commit: str) -> dict[str, str]:
        """The trailers of a commit's message."""
        said = self.git.git.show("--no-patch", "--format=%(trailers:only,unfold)", commit)
        return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)

    def contains(self, descendant: str, commit: str) -> bool:
        """Whether ``commit`` is ``descendant`` or an ancestor of it."""
        status, _, _ = self.git.git.merge_base(
            "--is-ancestor", commit, descendant, with_extended_output=True, with_exceptions=False
        )
        return bool(status == 0)

    def check_identity(self) -> None:
        """Make sure that a commit could be made, before hours of measuring.

        Raises:
            RepositoryError: git knows no name or e-mail to commit with.
        """
        import git

        try:
            self.git.git.var("GIT_COMMITTER_IDENT")
        except git.GitCommandError as error:
            raise RepositoryError(
                f"git knows no name and e-mail to commit with in {self.root}.",
                "Run `git config user.name NAME` and `git config user.email ADDRESS`.",
            ) from error

    def check_branch(self, branch: str) -> None:
        """Make sure that ``branch`` can be created.

        Raises:
            BranchError: it exists, or git does not allow the name.
        """
        import git

        try:
            self.git.git.check_ref_format("--branch", branch)
        except git.GitCommandError as error:
            raise BranchError(f"{branch!r} is no name for a branch.") from error
        if branch in {head.name for head in self.git.heads}:
            raise BranchError(
                f"The branch {branch} exists already.",
                f"Look at it with `git show {branch}`, propose it with `greenfix pr --branch {branch}`, remove it with "
                f"`git branch -D {branch}`, or give another --branch.",
            )

    def create_branch(self, branch: str, commit: str) -> None:
        """Point the new ``branch`` at ``commit``; fails when it has come into being meanwhile.

        Raises:
            BranchError: the branch exists.
        """
        import git

        try:
            self.git.git.update_ref(f"refs/heads/{branch}", commit, "0" * len(commit))
        except git.GitCommandError as error:
            raise BranchError(f"The branch {branch} could not be created: {error.stderr.strip()}") from error

    @contextmanager
    def worktree(self, commit: str) -> Iterator[Worktree]:
        """A checkout of ``commit`` in a scratch folder; gone afterwards, also after Ctrl-C."""
        scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-"))
        tree = scratch / self.root.name
        try:
            self.git.git.execute(["git", "-c", _NO_HOOKS, "worktree", "add", "--quiet", "--detach", str(tree), commit])
            yield Worktree(tree, self.root, self.tell)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            self.git.git.worktree("prune")

    @contextmanager
    def _own_index(self) -> Iterator[dict[str, str]]:
        with tempfile.TemporaryDirectory(prefix="greenfix-index-") as folder:
            yield {"GIT_INDEX_FILE": str(Path(folder, "index"))}

    def _commit_tree(self, tree: str, parent: str, message: str, *, dated: bool = False) -> str:
        date = self.git.commit(parent).committed_datetime.isoformat()
        dates = {} if dated else {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        with self.git.git.custom_environment(**dates):
            return str(self.git.git.commit_tree(tree, "-p", parent, "-m", message))

    def _with_trailer(self, message: str, trailer: str) -> str:
        with tempfile.TemporaryFile() as text:
            text.write(message.encode())
            text.seek(0)
            return str(self.git.git.execute(["git", "interpret-trailers", "--trailer", trailer], istream=text))

    def _blob(self, edit: FileEdit, tree: Path) -> str:
        with tempfile.TemporaryFile() as content:
            content.write(edit.after)
            content.seek(0)
            return str(
                self.git.git.execute(
                    ["git", "-C", str(tree), "hash-object", "-w", "--stdin", "--path", edit.path], istream=content
                )
            )


def open_repository(path: Path, tell: Listener = hear_nothing) -> Repository:
    """Open the repository that ``path`` lies in; ``tell`` hears of each git command that is run for it.

    Raises:
        RepositoryError: there is none, it is bare, or it has no commit yet.
    """
    if not path.exists():
        raise RepositoryError(f"{path} does not exist.")
    import git

    from greenfix.told_git import ToldRepo

    # Set by git around hooks; they would point every command at another repository or index.
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        os.environ.pop(name, None)
    try:
        repo = ToldRepo(path, tell)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
        raise RepositoryError(
            f"{path} is not in a git repository.",
            "greenfix measures commits: run `git init`, `git add` and `git commit` there first. "
            "`greenfix scan` works on any folder.",
        ) from error
    if repo.working_tree_dir is None:
        raise RepositoryError(f"{path} is a bare repository.", "Clone it and give the clone.")
    if not repo.head.is_valid():
        raise RepositoryError(f"{path} has no commit yet.", "greenfix measures commits: commit your program first.")
    _sweep(repo)
    return Repository(repo, Path(repo.working_tree_dir), tell)


def _sweep(repo: git.Repo) -> None:
    """Remove checkouts of a greenfix that was killed outright (kill -9, power cut) and could not do it itself."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*-*"):
        pid = folder.name.removeprefix(_SCRATCH).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
    repo.git.worktree("prune")
