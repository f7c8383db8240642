"""Progress bars: functions that iterate what they are given first, and draw."""

from __future__ import annotations

PROGRESS = frozenset({"tqdm", "tqdm_notebook", "progressbar", "progress_bar", "master_bar", "alive_it"})
"""By their last name: of tqdm, progressbar2, fastprogress, alive-progress."""

COUNTING = frozenset({"range", "trange", "tnrange"})
"""``range``, and tqdm's bars over one."""
