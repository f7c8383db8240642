"""A small GitLab on loopback that remembers merge requests. GitLab publishes no description to hold it to, so it
refuses what it does not know: another path, method or field is an answer 404 or 400."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.contract.fake_github import listening

TOKEN = "glpat-of-a-test"  # noqa: S105 - opens nothing
PROJECT = "group/app"
_ROOT = "/api/v4/projects/group%2Fapp"
_FIELDS = {"source_branch", "target_branch", "title", "description", "labels", "state_event", "body"}
_STATES = {"opened", "closed", "merged", "locked", "all"}


@dataclass
class FakeGitLab:
    """Merge requests by number, notes by number, and the writing requests in order."""

    requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refusal: tuple[int, str] | None = None

    def add(self, branch: str, title: str, body: str = "", source: int = 1) -> dict[str, Any]:
        """A merge request that is there already; of a fork if ``source`` is not 1."""
        number = len(self.requests) + 1
        self.requests[number] = {
            "id": 1000 + number,
            "iid": number,
            "state": "opened",
            "title": title,
            "description": body,
            "source_branch": branch,
            "target_branch": "main",
            "labels": [],
            "source_project_id": source,
            "target_project_id": 1,
            "project_id": 1,
            "web_url": f"https://gitlab.com/{PROJECT}/-/merge_requests/{number}",
        }
        return self.requests[number]

    def answer(self, method: str, url: str, said: dict[str, Any]) -> tuple[int, Any]:
        """What GitLab would answer."""
        parts = urlsplit(url.replace("/projects/1/", "/projects/group%2Fapp/"))  # a project has a number, too
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if method != "GET":
            self.calls.append(f"{method} {parts.path.removeprefix('/api/v4')}")
            if self.refusal:
                return self.refusal[0], {"message": self.refusal[1]}
        if unknown := {*said} - _FIELDS:
            return 400, {"error": f"{unknown} are unknown"}
        if parts.path == _ROOT:
            return 200, {"id": 1, "path_with_namespace": PROJECT, "default_branch": "main"}
        match = re.fullmatch(rf"{_ROOT}/merge_requests(?:/(\d+))?(/notes)?", parts.path)
        if match is None:
            return 404, {"message": "404 Not Found"}
        if match[1] is None:
            return (200, self._listed(query)) if method == "GET" else (201, self._created(said))
        return self._of_one(method, int(match[1]), said, noted=bool(match[2]))

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        state, branch = query["state"], query.get("source_branch")
        assert state in _STATES
        chosen = [each for each in self.requests.values() if branch in {None, each["source_branch"]}]
        return [each for each in reversed(chosen) if state in {"all", each["state"]}]

    def _created(self, said: dict[str, Any]) -> dict[str, Any]:
        made = self.add(said["source_branch"], said["title"], said["description"])
        made["labels"] = said["labels"]
        return made

    def _of_one(self, method: str, number: int, said: dict[str, Any], *, noted: bool) -> tuple[int, Any]:
        if noted:
            self.notes.setdefault(number, []).append(said["body"])
            return 201, {"id": 1, "body": said["body"]}
        if method == "PUT":
            closing = {"state": "closed"} if said.pop("state_event", "") == "close" else {}
            self.requests[number] |= {**said, **closing}
        return 200, self.requests[number]


@contextmanager
def served(gitlab: FakeGitLab) -> Iterator[str]:
    """``gitlab`` on loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = 401, {"message": "401 Unauthorized"}
            if self.headers.get("PRIVATE-TOKEN") == TOKEN:
                status, answer = gitlab.answer(self.command, self.path, json.loads(body) if body else {})
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Be quiet."""

    with listening(Handler) as address:
        yield address
