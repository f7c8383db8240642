"""The commit screen: what would be committed, editable, and locked unless the gate passed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from greenfix_codemods.finding import FileEdit
from greenfix_verify.errors import VerifyError
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, Static, TextArea

from greenfix.errors import GreenfixError
from greenfix.front import Proposal
from greenfix.message import trailer_text
from greenfix.tui.bar import TitleBar
from greenfix.tui.diff.view import DiffView
from greenfix.tui.front import ConclusionAsked
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session, Stage

OpenPullRequest = Callable[[bool], str]
"""Opens the pull request of this story's commit, or only says what it would do (dry run); returns what to read."""


class CommitScreen(StoryScreen):
    """Files, branch, message and trailers. Nothing exists before ``c``, so looking at it is the dry run.

    ``pull_request`` is None where no pull request can be opened: then there is no key for it either.
    """

    stage = Stage.COMMIT
    CSS_PATH = "commit.tcss"
    HELP = """\
The commit goes to a new branch of its own: your files, index and HEAD stay as they are. Message and branch can be
edited; the trailers say what was measured and cannot.

When the gate did not pass, the commit is locked. A reason (r) unlocks it, and stands in the message for good.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "commit", "Commit", tooltip="Make this commit", id="commit.commit"),
        Binding("e", "edit('commit-text')", "Message", tooltip="Edit the message", id="commit.message"),
        Binding("b", "edit('commit-branch')", "Branch", tooltip="Edit the branch", id="commit.branch"),
        Binding(
            "r",
            "edit('commit-reason')",
            "Reason",
            tooltip="Say why it is committed although the gate is shut",
            id="commit.reason",
        ),
        Binding(
            "p",
            "pull_request(False)",
            "Pull request",
            tooltip="Push the branch and open a pull request",
            id="commit.pull-request",
        ),
        Binding(
            "d", "pull_request(True)", "Dry run", tooltip="Show the pull request that p would open", id="commit.dry-run"
        ),
        Binding("escape", "leave_field", "Leave the field", show=False, id="commit.back"),
    ]

    def __init__(self, session: Session, pull_request: OpenPullRequest | None = None) -> None:
        super().__init__(session)
        self._pull_request = pull_request
        self._asked: ConclusionAsked | None = None
        self._forge = ""
        """What became of the pull request."""

    def compose(self) -> ComposeResult:
        """A page that scrolls; the message keeps its own lines."""
        yield TitleBar(self.session, self.stage)
        with VerticalScroll(id="commit-page"):
            yield Static(id="commit-result")
            yield Static(id="commit-gate")
            with Horizontal(id="commit-why", classes="commit-field"):
                yield Static("reason", classes="fact-name")
                yield Input(id="commit-reason", compact=True, placeholder="why it is committed all the same")
            with Horizontal(classes="commit-field"):
                yield Static("branch", classes="fact-name")
                yield Input(id="commit-branch", compact=True)
            with Horizontal(classes="commit-field"):
                yield Static("files", classes="fact-name")
                yield Static(id="commit-files")
            yield TextArea(id="commit-text", compact=True, soft_wrap=True)
            yield Static(id="commit-trailers")
            yield DiffView()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Keys are commands until a field is entered."""
        self.query_one("#commit-page").focus()
        self.query_one("#commit-text").border_title = "message"
        self.query_one(DiffView).border_title = "changes"
        self.query_one("#commit-trailers").border_title = "trailers, as measured"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Everything can be edited until the commit is made; a pull request needs the commit."""
        if action in {"commit", "edit"}:
            return self.session.concluding and (parameters != ("commit-reason",) or self._locked)
        if action == "pull_request":
            return self._pull_request is not None and self.session.commit is not None
        return super().check_action(action, parameters)

    @property
    def _locked(self) -> bool:
        trial = self.session.trial
        return trial is not None and not trial.passes

    @property
    def _reason(self) -> str:
        return self.query_one("#commit-reason", Input).value.strip() if self._locked else ""

    def action_edit(self, field: str) -> None:
        """Go to a field."""
        self.query_one(f"#{field}").focus()

    def action_leave_field(self) -> None:
        """Keys are commands again."""
        self.query_one("#commit-page").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_leave_field()

    @on(Input.Changed, "#commit-reason")
    def _reasoned(self) -> None:
        self._draw_gate()
        self._draw_trailers()

    def action_commit(self) -> None:
        """Commit what is shown, if it is not locked."""
        text = self.query_one("#commit-text", TextArea).text.strip()
        branch = self.query_one("#commit-branch", Input).value.strip()
        if self._locked and not self._reason:
            self.notify("Locked: type a reason first (r). It lands in the message.", severity="warning")
        elif not text or not branch:
            self.notify("A commit needs a message (e) and a branch (b).", severity="warning")
        else:
            self.session.propose(Proposal(branch, text, self._reason))
            self.post_message(self.Moved())

    def action_pull_request(self, dry_run: bool) -> None:  # actions take positional arguments
        """Open the pull request, or show it."""
        self._forge = "Asking the forge ..."
        self.draw()
        self._open_pull_request(dry_run)

    @work(thread=True, exclusive=True)
    def _open_pull_request(self, dry_run: bool) -> None:
        assert self._pull_request is not None  # noqa: S101  # check_action lets nobody come here without
        try:
            said = self._pull_request(dry_run)
        except (GreenfixError, VerifyError) as error:
            said = f"No pull request: {error}"
        self.app.call_from_thread(self._tell_pull_request, said)

    def _tell_pull_request(self, said: str) -> None:
        self._forge = said
        self.draw()

    def draw(self) -> None:
        """A new question fills the fields; what was edited stays when the story could not use it."""
        asked = self.session.conclusion
        if asked is not None and asked is not self._asked:
            self._fill(asked)
        for field in (*self.query(Input), *self.query(TextArea)):
            field.disabled = not self.session.concluding
        self._draw_gate()
        self._draw_trailers()
        result = list(self._result())
        self.query_one("#commit-result", Static).update(Content("\n").join(result))
        self.query_one("#commit-result").display = bool(result)

    def _fill(self, asked: ConclusionAsked) -> None:
        self._asked = asked
        self.query_one("#commit-branch", Input).value = asked.proposal.branch
        self.query_one("#commit-reason", Input).value = asked.proposal.override
        self.query_one("#commit-text", TextArea).text = asked.proposal.text
        files = "\n".join(_file_line(edit) for edit in asked.trial.patch.edits)
        self.query_one("#commit-files", Static).update(Content(files))
        self.query_one(DiffView).show(asked.trial.patch.edits)

    def _draw_gate(self) -> None:
        trial = self.session.trial
        self.query_one("#commit-why").display = self._locked
        if trial is None:
            return
        if trial.passes:
            gate = Content.assemble(("✓ the gate passes: ", "bold $text-success"), trial.why)
        elif self._reason:
            gate = Content.assemble(("! overridden: ", "bold $text-warning"), trial.why)
        else:
            gate = Content.assemble(("✗ locked: ", "bold $text-error"), trial.why, ". r types a reason to override it.")
        self.query_one("#commit-gate", Static).update(gate)

    def _draw_trailers(self) -> None:
        if self.session.trial is not None:
            trailers = trailer_text(self.session.trial, overridden=bool(self._reason))
            self.query_one("#commit-trailers", Static).update(Content(trailers))

    def _result(self) -> Iterable[Content]:
        commit, asked = self.session.commit, self.session.conclusion
        if commit is not None:
            yield Content.assemble(
                ("✓ ", "bold $text-success"), f"{commit.sha[:12]} on branch ", (commit.branch, "bold")
            )
            yield Content.assemble("look at it: ", (f"git show {commit.branch}", "bold $text-accent"))
            yield Content("Your working tree, index and HEAD are as they were. q leaves.")
        elif self.session.ended:
            yield Content("Nothing was committed. q leaves.")
        elif self.session.concluding and asked is not None and asked.proposal.refused:
            yield Content.assemble(("✗ ", "bold $text-error"), asked.proposal.refused)
        elif not self.session.concluding:
            yield Content("committing ...")
        if self._forge:
            yield Content(self._forge)


def _file_line(edit: FileEdit) -> str:
    """``train.py  +3 -1``."""
    lines = edit.diff.splitlines()[2:]  # the names of the files
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f"{edit.path}  +{added} -{removed}"
