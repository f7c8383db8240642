"""A small GitHub on loopback that remembers pull requests. Every request and answer is held to GitHub's description.

An answer is what the description requires (made from it) with what this GitHub knows laid over. The checking is done by
openapi-core here, and by Prism where ``make contract`` puts it in between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

DESCRIPTION = Path(__file__).with_name("github.openapi.json")
TOKEN = "ghp_of_a_test"  # noqa: S105 - opens nothing
REPOSITORY = "octo/app"
_ROOT = f"/repos/{REPOSITORY}"
_WHEN = "2026-06-22T12:00:00Z"
Answer = tuple[int, Any]


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return found


@cache
def _description() -> OpenAPI:
    return OpenAPI.from_dict(_document())


@dataclass
class FakeGitHub:
    """What this GitHub knows.

    Attributes:
        url: by which clients reach it; links in answers begin with it.
        pulls: pull requests by number, as people see them.
        comments: by number of the pull request.
        labels: the same.
        calls: writing requests in order, ``POST /repos/...``.
        broken: what did not match the description, in words.
        refusal: the answer to every writing request, if any: status, body, headers.
    """

    url: str = ""
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    labels: dict[int, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refusal: tuple[int, dict[str, Any], dict[str, str]] | None = None
    authorizations: set[str] = field(default_factory=set)

    def add(self, branch: str, state: str = "open", body: str = "", merged: bool = False, owner: str = "octo") -> int:
        """A pull request that is there already; of a fork if ``owner`` is another."""
        number = len(self.pulls) + 1
        self.pulls[number] = {
            "number": number,
            "state": state,
            "title": "a title",
            "body": body,
            "draft": False,
            "merged_at": _WHEN if merged else None,
            "head": (owner, branch),
            "base": "main",
        }
        return number

    def answer(self, method: str, target: str, query: Mapping[str, str], said: Any) -> Answer:
        """What GitHub would answer."""
        if method != "GET" and self.refusal is not None:
            return self.refusal[0], self.refusal[1]
        if target == _ROOT:
            return 200, self._filled("full-repository", self._repository())
        if target == f"{_ROOT}/pulls":
            return self._pulls(query) if method == "GET" else self._create(said)
        match = re.fullmatch(rf"{_ROOT}/(pulls|issues)/(\d+)(/comments|/labels)?", target)
        if match is None or int(match[2]) not in self.pulls:
            return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
        return self._of_one(method, int(match[2]), match[3] or "", said)

    def _of_one(self, method: str, number: int, part: str, said: Any) -> Answer:
        if part == "/comments":
            self.comments.setdefault(number, []).append(said["body"])
            return 201, self._filled("issue-comment", {"body": said["body"]})
        if part == "/labels":
            self.labels.setdefault(number, []).extend(said)
            return 200, [self._filled("label", {"name": name}) for name in self.labels[number]]
        if method == "PATCH":
            self.pulls[number] |= said
        return 200, self._pull("pull-request", number)

    def _pulls(self, query: Mapping[str, str]) -> Answer:
        wanted = query.get("state", "open")
        chosen = [
            number
            for number, pull in sorted(self.pulls.items(), reverse=True)
            if wanted in {"all", pull["state"]} and query.get("head", ":".join(pull["head"])) == ":".join(pull["head"])
        ]
        return 200, [self._pull("pull-request-simple", number) for number in chosen]

    def _create(self, said: dict[str, Any]) -> Answer:
        branch = said["head"]
        if any(pull["head"] == ("octo", branch) and pull["state"] == "open" for pull in self.pulls.values()):
            message = f"A pull request already exists for octo:{branch}."
            error = {"resource": "PullRequest", "code": "custom", "message": message}
            return 422, {
                "message": "Validation Failed",
                "errors": [error],
                "documentation_url": "https://docs.github.com",
            }
        number = self.add(branch, body=said["body"])
        self.pulls[number] |= {key: said[key] for key in ("title", "base", "draft") if key in said}
        return 201, self._pull("pull-request", number)

    def _pull(self, schema: str, number: int) -> dict[str, Any]:
        pull = self.pulls[number]
        owner, branch = pull["head"]
        known = {key: value for key, value in pull.items() if key not in {"head", "base"}}
        made = self._filled(schema, known)
        made["head"] |= {"ref": branch, "repo": self._filled("repository", self._repository(f"{owner}/app"))}
        made["base"] |= {"ref": pull["base"]}
        made["url"] = f"{self.url}{_ROOT}/pulls/{number}"
        made["issue_url"] = f"{self.url}{_ROOT}/issues/{number}"
        made["html_url"] = f"https://github.com/{REPOSITORY}/pull/{number}"
        if schema == "pull-request":
            made["merged"] = bool(pull["merged_at"])
        return made

    def _repository(self, name: str = REPOSITORY) -> dict[str, Any]:
        return {"full_name": name, "name": "app", "default_branch": "main", "url": f"{self.url}/repos/{name}"}

    def _filled(self, schema: str, known: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = _smallest({"$ref": f"#/components/schemas/{schema}"})
        return {**made, **known}

    def serve(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Check the request, answer it, check the answer."""
        parts = urlsplit(url)
        if headers.get("Authorization"):
            self.authorizations.add(headers["Authorization"])
        if method != "GET":
            self.calls.append(f"{method} {parts.path}")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        request = MockRequest("http://127.0.0.1", method, parts.path, args=query, headers={**headers}, data=body)
        authorized = headers.get("Authorization", "").partition(" ")[2] in {TOKEN, ""}
        if authorized:
            status, answer = self.answer(method, parts.path, query, json.loads(body) if body else None)
        else:
            status, answer = 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
        data = json.dumps(answer).encode()
        if authorized and self.refusal is None:
            self._check(request, MockResponse(data, status))
        return status, data

    def _check(self, request: MockRequest, response: MockResponse) -> None:
        try:
            _description().validate_request(request)
            _description().validate_response(request, response)
        except OpenAPIError as error:
            self.broken.append(f"{request.method} {request.path} {response.status_code}: {error!r} {error.__cause__!r}")


def _smallest(schema: dict[str, Any]) -> Any:
    """The smallest value that the description allows: only what it requires."""
    while "$ref" in schema:
        schema = _document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("nullable"):
        return None
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return _smallest(schema[key][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object" or "properties" in schema:
        return {name: _smallest(schema["properties"][name]) for name in schema.get("required", ())}
    if schema.get("type") == "array":
        return []
    text = {"date-time": _WHEN, "uri": "https://example.org/"}.get(schema.get("format", ""), "text")
    return {"integer": 1, "number": 1.0, "boolean": False}.get(schema.get("type", ""), text)


@dataclass
class Present:
    """Where the GitHub of the present test is, so that one server and one Prism do for all tests."""

    github: FakeGitHub = field(default_factory=FakeGitHub)


@contextmanager
def served(present: Present) -> Iterator[str]:
    """The GitHub of ``present`` on loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            github = present.github
            headers = {name.title(): value for name, value in self.headers.items()}  # Prism writes them small
            status, data = github.serve(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in (github.refusal[2] if github.refusal and self.command != "GET" else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PATCH = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Be quiet."""

    with listening(Handler) as address:
        yield address


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve ``handler`` on loopback; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
