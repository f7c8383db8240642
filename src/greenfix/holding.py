"""Pausing: between blocks only.

The arms of a block are meant to meet the same machine, back to back. A pause inside a block would put whatever the
person does meanwhile into one pair, so a pause begins when the block is over. What follows it may be colder or warmer
than what went before; both arms meet that alike, their order is random, and where a counter measures the cool-down
waits until the machine is as before the first run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Event

from greenfix_verify.events import Listener
from greenfix_verify.executor import Executor, Site
from greenfix_verify.run import Arm, Run
from greenfix_verify.schedule import PlannedBlock


class HoldingExecutor:
    """An executor that calls ``hold`` before each block."""

    def __init__(self, executor: Executor, hold: Callable[[], None]) -> None:
        self._executor = executor
        self._hold = hold

    def survey(self, cancel: Event) -> Site:
        """Describe the place."""
        return self._executor.survey(cancel)

    def run_block(self, block: PlannedBlock, arms: Mapping[str, Arm], tell: Listener, cancel: Event) -> Iterator[Run]:
        """Wait, then run the block."""
        self._hold()
        yield from self._executor.run_block(block, arms, tell, cancel)

    def close(self) -> None:
        """Give back whatever it holds."""
        self._executor.close()
