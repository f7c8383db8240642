"""The action, the hooks and the template: valid, deaf to injection, and never measuring a stranger's code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.action import ROOT, examples, load, run_step, step

ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
TEMPLATE = ROOT / "templates" / "greenfix.gitlab-ci.yml"


def valid(schema: str, *files: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_action_template_and_documented_workflows_fit_their_schemas(tmp_path: Path) -> None:
    valid("github-actions", ACTION)
    valid("gitlab-ci", TEMPLATE)
    files = []
    for number, text in enumerate(examples(ROOT / "docs" / "ci.md")):
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(text)
    assert len(files) == 2
    valid("github-workflows", *files)


def test_the_hooks_are_a_valid_manifest_and_their_commands_exist() -> None:
    check = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    hooks = {hook["id"]: hook for hook in load(HOOKS)}
    assert hooks["greenfix"]["entry"] == "greenfix scan"
    assert hooks["greenfix-fix"]["entry"] == "greenfix fix . --yes"
    assert hooks["greenfix-fix"]["stages"] == ["manual"]


def test_no_expression_stands_in_a_script() -> None:
    steps = load(ACTION)["runs"]["steps"]
    scripts = [text for each in steps for text in (each.get("run"), each.get("with", {}).get("script")) if text]
    assert len(scripts) == 5
    assert [text for text in scripts if "${{" in text] == []


def test_every_variable_of_a_script_comes_from_its_step_or_the_runner() -> None:
    runner = {"RUNNER_TEMP", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"}
    for each in load(ACTION)["runs"]["steps"]:
        used = set(re.findall(r"\$\{?([A-Z_]+)", each.get("run", "")))
        assert used <= runner | set(each.get("env", {})), each


@pytest.mark.parametrize(
    ("event", "head", "own"),
    [
        ("push", "", "true"),
        ("schedule", "", "true"),
        ("pull_request", "me/project", "true"),
        ("pull_request", "stranger/project", "false"),
        ("pull_request", "", "false"),  # the fork was deleted
        ("pull_request_target", "me/project", "false"),
        ("workflow_run", "", "false"),
        ("issue_comment", "", "false"),
        ("discussion", "", "false"),
    ],
)
def test_only_events_of_the_repository_itself_are_measured(tmp_path: Path, event: str, head: str, own: str) -> None:
    given = {"MODE": "verify", "EVENT": event, "REPOSITORY": "me/project", "HEAD_REPOSITORY": head}
    done, outputs, _ = run_step("guard", tmp_path, given)
    assert (done.returncode, outputs["own"]) == (0, own)
    assert ("greenfix measures no code of forks" in done.stdout) == (own == "false")


def test_measuring_and_commenting_ask_the_guard() -> None:
    steps = load(ACTION)["runs"]["steps"]
    assert "steps.guard.outputs.own == 'true'" in step("verify")["if"]
    [comment] = [each for each in steps if "uses" in each]
    assert "steps.guard.outputs.own == 'true'" in comment["if"]


def test_a_wrong_mode_is_an_error(tmp_path: Path) -> None:
    done, _, _ = run_step("guard", tmp_path, {"MODE": "fix", "EVENT": "push"})
    assert done.returncode == 2


def test_a_scan_leaves_sarif_comment_and_annotations_and_fails_with_its_findings(tmp_path: Path) -> None:
    given = {"TARGET": "a b; touch pwned", "FAIL_ON": "new", "OPTIONS": "--select IMR", "GREENFIX_EXIT": "0"}
    done, outputs, calls = run_step("scan", tmp_path, given)
    assert done.returncode == 0, done.stderr
    assert calls == [
        "scan|a b; touch pwned|--format|sarif|--fail-on|none|--select|IMR|",
        "scan|a b; touch pwned|--format|markdown|--select|IMR|",
        "scan|a b; touch pwned|--format|github|--select|IMR|--fail-on|new|",
    ]
    assert (Path(outputs["sarif"]).read_text(), outputs["quiet"]) == ("scan says\n", "true")
    assert not (tmp_path / "pwned").exists()


def test_a_measurement_compares_head_with_the_merge_base_and_keeps_its_exit_code(tmp_path: Path) -> None:
    given = {"COMMAND": "python train.py *", "BASE": "b" * 40, "HEAD": "c" * 40, "OPTIONS": "--budget 1h"}
    done, outputs, calls = run_step("verify", tmp_path, given)
    assert done.returncode == 0, done.stderr
    file = outputs["evidence"]
    assert calls == [
        f"verify|.|--baseline|{'b' * 40}|--merge-base|--candidate|{'c' * 40}|--fail-on|cost|--evidence|{file}"
        "|--budget|1h|--|python|train.py|*|",
        f"report|{file}|--check|--format|markdown|",
    ]
    assert (tmp_path / "summary").read_text() == "report says\n"
    failed, _, calls = run_step("verify", tmp_path, {**given, "GREENFIX_EXIT": "1", "BASE": "", "HEAD": ""})
    assert failed.returncode == 1
    assert calls[0].startswith("verify|.|--baseline|HEAD~1|--merge-base|--candidate|HEAD|")


COMMENTING = """
const calls = []
const rest = {issues: {
  listComments: 'list',
  updateComment: async given => calls.push(['update', given]),
  createComment: async given => calls.push(['create', given]),
}}
const github = {rest, paginate: async () => JSON.parse(process.env.COMMENTS)}
const context = {repo: {owner: 'me', repo: 'project'}, issue: {number: 7}}
;(async () => { %s })().then(() => console.log(JSON.stringify(calls)))
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize(
    ("comments", "quiet", "expected"),
    [
        ([], "false", "create"),
        ([], "true", ""),
        ([{"id": 5, "user": {"type": "Bot"}, "body": "<!-- greenfix scan -->\nold"}], "true", "update"),
        ([{"id": 5, "user": {"type": "User"}, "body": "<!-- greenfix scan -->\nforged"}], "false", "create"),
        ([{"id": 5, "user": {"type": "Bot"}, "body": "<!-- greenfix verify -->\nother"}], "false", "create"),
    ],
)
def test_there_is_one_comment_a_mode_and_nothing_is_said_about_nothing(
    tmp_path: Path, comments: list[object], quiet: str, expected: str
) -> None:
    (tmp_path / "body.md").write_text("what was found " * 10_000)
    [script] = [each["with"]["script"] for each in load(ACTION)["runs"]["steps"] if "uses" in each]
    given = {"MODE": "scan", "QUIET": quiet, "BODY": str(tmp_path / "body.md"), "COMMENTS": json.dumps(comments)}
    node = str(shutil.which("node"))
    done = subprocess.run([node, "-e", COMMENTING % script], env=given, capture_output=True, text=True, check=True)
    calls = json.loads(done.stdout)
    assert [kind for kind, _ in calls] == ([expected] if expected else [])
    for kind, given_body in calls:
        assert given_body["body"].startswith("<!-- greenfix scan -->\nwhat was found")
        assert len(given_body["body"]) == 65_000
        assert given_body.get("comment_id") == (5 if kind == "update" else None)


def test_the_gitlab_job_that_measures_never_runs_for_forks_and_quotes_what_it_is_given() -> None:
    job = load(TEMPLATE)["greenfix-verify"]
    [never, only] = job["rules"]
    assert never["when"] == "never"
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID" in only["if"]
    script = "\n".join(job["script"])
    unquoted = re.findall(r"(?<![\"\w{])\$\{?(\w+)", script)
    assert unquoted == ["GREENFIX_COMMAND"]
