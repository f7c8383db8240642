"""Where greenfix keeps what belongs to the user and to no repository."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """What must last: measurements of this user's machines. ``GREENFIX_STATE_DIR``, else the user's state folder."""
    import platformdirs

    return Path(os.environ.get("GREENFIX_STATE_DIR") or platformdirs.user_state_path("greenfix"))
