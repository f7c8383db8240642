"""Cut GitHub's OpenAPI description to the requests that greenfix makes.

``python tests/contract/cut_description.py package/generated/api.github.com.json`` (from npm's ``@octokit/openapi``)
writes ``github.openapi.json`` beside this file. Only what says nothing about the shape of requests and answers goes:
examples, prose, links to documentation. Three things are put right for the checkers:

* the host, so that a server on loopback is described;
* ``application/vnd.github+json``, which clients are told to accept, beside ``application/json``;
* labels as a plain array, which GitHub takes and its description does not mention.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LABELS = "/repos/{owner}/{repo}/issues/{issue_number}/labels"
USED = {
    "/repos/{owner}/{repo}": ("get",),
    "/repos/{owner}/{repo}/pulls": ("get", "post"),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("get", "patch"),
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("post",),
    LABELS: ("post",),
}
PROSE = ("description", "example", "examples", "externalDocs", "summary", "tags")
PROFILE = "application/vnd.github+json"


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    paths = {}
    for path, methods in USED.items():
        paths[path] = {name: _bare(whole["paths"][path][name]) for name in methods}
    for media in paths[LABELS]["post"]["requestBody"]["content"].values():
        media["schema"]["oneOf"].append({"type": "array", "items": {"type": "string"}})
    document = {
        "openapi": whole["openapi"],
        "info": {"title": whole["info"]["title"], "version": whole["info"]["version"], "license": {"name": "MIT"}},
        "servers": [{"url": "http://127.0.0.1"}],
        "paths": paths,
        "components": {},
    }
    components: dict[str, dict[str, Any]] = {}
    waiting = [*_references(paths)]
    while waiting:
        kind, name = waiting.pop().removeprefix("#/components/").split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _bare(whole["components"][kind][name])
            waiting += _references(components[kind][name])
    document["components"] = {kind: dict(sorted(found.items())) for kind, found in sorted(components.items())}
    return document


def _bare(node: Any, names: bool = False) -> Any:
    """Without prose. ``names``: the keys of this node are names of properties, headers or media types."""
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _bare(value, names=not names and key in {"properties", "headers", "content", "responses"})
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-"))
    }
    if names and "application/json" in kept:
        kept[PROFILE] = copy.deepcopy(kept["application/json"])
    if not names and "description" in node and _is_response(node):
        kept["description"] = ""
    return kept


def _is_response(node: dict[str, Any]) -> bool:
    """Responses must have a description; it may be empty."""
    return not {"properties", "type", "in", "operationId", "schema", "$ref", "oneOf", "anyOf", "allOf"} & {*node}


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for part in node for each in _references(part)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [each for part in node.values() for each in _references(part)]


if __name__ == "__main__":
    text = json.dumps(cut(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), separators=(",", ":"))
    (HERE / "github.openapi.json").write_text(text + "\n", encoding="utf-8")
