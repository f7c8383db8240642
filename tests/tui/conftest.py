"""The screens' tests share one scripted story."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that ``tests.tui.scripted`` is found however pytest is started

if importlib.util.find_spec("greenfix_verify.evidence") is None:  # until the measurement branch is merged
    stand_in = types.ModuleType("greenfix_verify.evidence")
    stand_in.Evidence = object  # type: ignore[attr-defined]  # the screens never look into it
    sys.modules["greenfix_verify.evidence"] = stand_in
