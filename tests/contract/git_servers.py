"""git servers on loopback: smart HTTP that asks for a token, and ``git daemon``."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.contract.fake_github import listening
from tests.repositories import git


@dataclass
class GitServer:
    """A folder of bare repositories that is served at ``url``.

    ``passwords`` that clients gave, and ``exposed``: command lines of any process that held the token meanwhile.
    """

    folder: Path
    url: str = ""
    repository: Path = Path()
    passwords: set[str] = field(default_factory=set)
    exposed: list[str] = field(default_factory=list)

    def make(self, name: str) -> Path:
        """A new bare repository."""
        self.repository = self.folder / name
        self.repository.mkdir(parents=True)
        git(self.repository, "init", "--quiet", "--bare", "--initial-branch=main")
        return self.repository

    def tips(self) -> dict[str, str]:
        """Commits by branch."""
        said = git(self.repository, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return dict(line.split() for line in said.splitlines())

    def commit(self, branch: str, name: str, text: str) -> str:
        """Commit a file to ``branch`` as somebody else does, and return the commit."""
        with tempfile.TemporaryDirectory() as folder:
            git(Path(folder), "clone", "--quiet", "--branch", branch, str(self.repository), "theirs")
            theirs = Path(folder, "theirs")
            (theirs / name).write_text(text)
            git(theirs, "add", "--all")
            git(theirs, "commit", "--quiet", "--message=by a person")
            git(theirs, "push", "--quiet")
            return git(theirs, "rev-parse", "HEAD")


@contextmanager
def smart_http(folder: Path, token: str) -> Iterator[GitServer]:
    """``git http-backend`` behind basic authentication with ``token`` as the password."""
    server = GitServer(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            given = self.headers.get("Authorization", "")
            if not given:
                self._end(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
                return
            password = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")[2]
            server.passwords.add(password)
            server.exposed += _holding(token)
            if password != token:
                self._end(403, [], b"")
                return
            said = subprocess.run(
                ["git", "http-backend"], input=body, env=self._variables(), capture_output=True, check=True
            ).stdout
            head, _, answer = said.partition(b"\r\n\r\n")
            headers = [tuple(line.split(": ", 1)) for line in head.decode().splitlines()]
            status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
            self._end(status, [(name, value) for name, value in headers if name != "Status"], answer)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def _variables(self) -> dict[str, str]:
            path, _, query = self.path.partition("?")
            return {
                **os.environ,
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "octo",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }

        def _end(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Be quiet."""

    with listening(Handler) as server.url:
        yield server


@contextmanager
def daemon(folder: Path) -> Iterator[GitServer]:
    """``git daemon`` that takes pushes."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = ["git", "daemon", "--verbose", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1", "--reuseaddr"]
    process = subprocess.Popen(
        [*argv, f"--port={port}", f"--base-path={folder}", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        assert "Ready" in process.stderr.readline()
        yield GitServer(folder, f"git://127.0.0.1:{port}")
    finally:
        os.killpg(process.pid, 15)  # git starts the daemon as a child
        process.communicate()


def _holding(token: str) -> list[str]:
    """Command lines of processes that hold ``token``: anybody on the machine can read them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended, or is not ours to read
            continue
        if token in line:
            found.append(line)
    return found
