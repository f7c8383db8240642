"""The application: one story in a thread, the screens that show it, and a clean way out at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from greenfix_verify.events import CommandRan
from textual import work
from textual.app import App, AutopilotCallbackType, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.types import CSSPathType

from greenfix.detached.control import Control
from greenfix.settings import Appearance
from greenfix.tui.command_log import CommandLog, CommandLogDialog
from greenfix.tui.dialogs import STOPPING, AskDialog, StoppingDialog, TextDialog, help_text, is_ours
from greenfix.tui.findings.screen import FindingsScreen
from greenfix.tui.front import ScreenFront, StoryEnded
from greenfix.tui.keymap import keymap_of
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session, Stage
from greenfix.tui.themes import LIGHT, remember, theme_named

if TYPE_CHECKING:  # draws in all that scans and measures: the first screen need not wait for it
    from greenfix.front import Front
    from greenfix.outcome import Outcome

Story = Callable[["Front", threading.Event], "Outcome"]
PullRequest = Callable[["Outcome", bool], str]
"""Opens the pull request of an outcome with a commit, or only says what it would do (dry run); returns what to read."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 5.0
"""So long may the screen take to end after the story, when the terminal that it writes to is gone."""


class ReviewApp(App[None]):
    """Shows ``story`` and answers it. The event that the story gets is set when the person leaves.

    The story runs in a thread of its own from the first paint on, and the app ends only after it: whoever calls
    ``review`` gets what the story returned, or the error that it raised. ``detach`` is called before the story is
    stopped if it shall go on in the background; where it is None, it cannot.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = ["app.tcss", "findings/findings.tcss"]  # later screens bring theirs
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Quit", id="app.quit"),
        Binding("ctrl+c", "leave", "Quit", show=False),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help"),
        Binding("at", "commands", "Commands that ran", key_display="@", show=False, id="app.commands"),
        Binding("1", "look('findings')", "Look at the findings", show=False, id="app.findings"),
        Binding("2", "look('plan')", "Look at the plan", show=False, id="app.plan"),
        Binding("3", "look('verify')", "Look at the experiment", show=False, id="app.verify"),
        Binding("4", "look('verdict')", "Look at the verdict", show=False, id="app.verdict"),
        Binding("5", "look('commit')", "Look at the commit", show=False, id="app.commit"),
    ]

    class Told(Message):
        """There is something in the channel."""

    def __init__(
        self,
        story: Story,
        title: str,
        appearance: Appearance | None = None,
        pull_request: PullRequest | None = None,
        detach: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        appearance = appearance or Appearance()
        self.register_theme(LIGHT)
        self.theme = theme_named(appearance.theme)
        self.set_keymap(keymap_of(appearance.keys))
        self.title = title
        self.commands = CommandLog()
        self.session = Session(title, detachable=detach is not None)
        self.front = ScreenFront(lambda: self.post_message(self.Told()))
        self._story = story
        self._let_go = detach
        self._outcome: Future[Outcome] = Future()
        self._painted = threading.Event()
        self._opening = pull_request

    def review(self, *, headless: bool = False, auto_pilot: AutopilotCallbackType | None = None) -> Outcome:
        """Run until the person leaves; return what the story returned.

        Raises:
            GreenfixError, VerifyError, CodemodsError: whatever the story raised, after the screen is restored.
        """
        self.run(headless=headless, auto_pilot=auto_pilot)
        return self._outcome.result()

    @property
    def outcome(self) -> Outcome:
        """What the story returned; raises what it raised, and InvalidStateError before its end."""
        return self._outcome.result(timeout=0)

    def on_mount(self) -> None:
        """The story begins; a signal leaves as ``q`` does, so that no tree and no process is left behind."""
        self.push_screen(self.stage_screen(Stage.FINDINGS))
        with suppress(NotImplementedError, ValueError, RuntimeError):  # only the main thread hears signals
            for number in SIGNALS:
                asyncio.get_running_loop().add_signal_handler(number, self._leave)
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hang_up)
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        self._tell_story()
        self.call_after_refresh(self._painted.set)

    def on_unmount(self) -> None:
        """However the app ends, the story is not left waiting for an answer."""
        self.front.leave()
        self._painted.set()

    @work(thread=True, exit_on_error=False)
    def _tell_story(self) -> None:
        self._painted.wait()  # what the story imports would take the time of the first paint
        try:
            self._outcome.set_result(self._story(self.front, self.front.cancel))
        except BaseException as error:  # raised again by review(), in the thread that called it
            self._outcome.set_exception(error)
        self.front.tell(StoryEnded())

    def on_review_app_told(self) -> None:
        """Take in everything that was told, then draw once."""
        before = self.session.stage
        for told in self.front.take():
            if isinstance(told, CommandRan):
                self.commands.add(told)
            self.session.hear(told)
        if self.session.ended and (self.session.leaving or self._outcome.exception() is not None):
            self.exit()
        elif self.session.stage is not before and not self.session.leaving:
            self.action_look(self.session.stage)
        self._draw()

    def stage_screen(self, stage: Stage) -> StoryScreen:
        """The screen of a stage, made when the story comes to it: plots and editors cost the first paint 0.15 s."""
        if not self.is_screen_installed(stage):
            self.install_screen(self._made(stage), stage)
        screen = self.get_screen(stage)
        assert isinstance(screen, StoryScreen)  # noqa: S101  what was installed, for the type checker
        return screen

    def _made(self, stage: Stage) -> StoryScreen:
        if stage is Stage.FINDINGS:
            return FindingsScreen(self.session)
        from greenfix.tui.later import CommitScreen, PlanScreen, VerdictScreen, VerifyScreen

        if stage is Stage.COMMIT:
            return CommitScreen(self.session, self._pull_request())
        if stage is Stage.PLAN:
            return PlanScreen(self.session)
        return VerifyScreen(self.session) if stage is Stage.VERIFY else VerdictScreen(self.session)

    def _pull_request(self) -> Callable[[bool], str] | None:
        opening = self._opening
        return None if opening is None else lambda dry_run: opening(self._outcome.result(), dry_run)

    def on_story_screen_pause_asked(self, message: StoryScreen.PauseAsked) -> None:
        """Tell the story's thread, or the process that the story only follows."""
        (self._control or self.front).pause(message.paused)

    def on_story_screen_enough_asked(self) -> None:
        """Tell the story's thread, or the process that the story only follows."""
        (self._control or self.front).stop()

    @property
    def _control(self) -> Control | None:
        detached = self.session.detached
        return Control(detached.folder) if detached is not None and self.session.following else None

    def on_story_screen_detach_asked(self) -> None:
        """Leave, and let it go on, after a question: it costs a block."""
        self.push_screen(AskDialog(self.session.detaching_costs), lambda sure: self._detach_now() if sure else None)

    def _detach_now(self) -> None:
        if self._let_go is not None and self.session.measuring:
            self._let_go()
            self._leave("Detaching: the experiment goes on in a process of its own.")

    def on_story_screen_end_asked(self) -> None:
        """End the detached experiment, or forget its verdict, after a question."""
        self.push_screen(AskDialog(self.session.ending_means), lambda sure: self._end_now() if sure else None)

    def _end_now(self) -> None:
        if self._control is not None:
            self._control.end()
        elif self.session.detached is not None:
            Control(self.session.detached.folder).forget()
            self._leave()

    def on_story_screen_moved(self) -> None:
        """The person answered: follow the story."""
        self.action_look(self.session.stage)
        self._draw()

    def _theme_chosen(self, theme: Theme) -> None:
        """Begin with it next time; what settings say is stronger then."""
        try:
            remember(theme.name)
        except OSError as error:
            self.notify(f"The theme will not be remembered: {error.strerror}.", severity="warning", markup=False)

    def _draw(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, StoryScreen | CommandLogDialog):
                screen.renew()

    def action_look(self, stage: str) -> None:
        """Show a stage that the story has reached."""
        wanted, order = Stage(stage), list(Stage)
        if order.index(wanted) > order.index(self.session.stage):
            self.notify(f"The story has not come to its {stage} yet.")
            return
        while isinstance(self.screen, ModalScreen):
            self.pop_screen()
        target = self.stage_screen(wanted)
        if self.screen is not target:
            self.switch_screen(target)

    def action_help(self) -> None:
        """Explain the screen and its keys."""
        if isinstance(self.screen, StoryScreen):
            text = help_text(self.screen, self.screen.HELP)
            self.push_screen(TextDialog(f"{self.screen.stage.capitalize()}: help", text))

    def action_commands(self) -> None:
        """Show every command that ran."""
        self.push_screen(CommandLogDialog(self.commands))

    async def action_quit(self) -> None:
        """Quit from the palette."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave, after a question when something would be lost."""
        if self.session.leaving:
            return
        if self.session.doubt:
            self.push_screen(AskDialog(self.session.doubt), lambda sure: self._leave() if sure else None)
        else:
            self._leave()

    def _leave(self, notice: str = STOPPING) -> None:
        """Stop the story and wait for its end."""
        if self.session.ended:
            self.exit()
        elif not self.session.leaving:
            self.session.leaving = True
            self.front.leave()
            if not self.session.following:
                self.push_screen(StoppingDialog(notice))

    def _hang_up(self) -> None:
        """The terminal is gone: stop the story in order, and do not wait for somebody to take what Textual writes."""
        self._leave()
        threading.Thread(target=self._end_without_terminal, daemon=True).start()

    def _end_without_terminal(self) -> None:
        wait([self._outcome])
        threading.Event().wait(GRACE_SECONDS)
        os._exit(128 + signal.SIGHUP)  # whoever ended in order is not here any more

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the screen can do now, then Textual's own commands."""
        offered = {"Keys", "Quit", "palette"}  # ? shows the keys
        if self.is_web:
            offered.add("Screenshot")  # it would be saved where the server runs
        for active in screen.active_bindings.values() if isinstance(screen, StoryScreen) else ():
            binding = active.binding
            if active.enabled and is_ours(binding) and binding.description not in offered:
                offered.add(binding.description)
                run = partial(self.run_action, binding.action, active.node)
                yield SystemCommand(binding.description, active.tooltip or f"Key {self.get_key_display(binding)}", run)
        yield SystemCommand("Quit", "Key q", self.action_leave)
        yield from (each for each in super().get_system_commands(screen) if each.title not in offered)
