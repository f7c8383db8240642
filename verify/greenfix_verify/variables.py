"""Variables that the measured program gets besides those it inherits: the same in every run, and kept with the policy.

They stand in the evidence, in the ledger and in the command that repeats an experiment. So what looks like a secret is
refused: whoever needs one sets it in the environment of greenfix, from which the program inherits it unrecorded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from greenfix_verify.errors import PolicyError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME = re.compile(
    r"(?i)(^|_)(token|secrets?|passwords?|passwd|passphrase|credentials?|(api|access|private)_?keys?|auth)(_|$)"
)
_SECRET_VALUE = re.compile(
    r"(gh[oprsu]_|github_pat_|glpat-|hf_|sk-|xox[abp]-|AKIA|AIza|eyJ)[\w.-]{8,}"  # as the services begin theirs
    r"|://[^/\s:@]+:[^/\s@]+@"  # an address with a password
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_OURS = ("GREENFIX_", "CODECARBON_")


def variables(assignments: Sequence[str]) -> dict[str, str]:
    """Return what ``KEY=VALUE`` texts set; of two with one name the later one counts.

    Raises:
        PolicyError: one is no assignment, belongs to the measurement, or looks like a secret. A value is never quoted.
    """
    return dict(_assigned(each) for each in assignments)


def _assigned(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not _NAME.fullmatch(name) or "\0" in value:
        shown = name if _NAME.fullmatch(name) else "what is given"
        raise PolicyError(f"--env needs KEY=VALUE, and {shown} is none")
    if name.startswith(_OURS):
        raise PolicyError(f"--env {name}: these variables belong to the measurement")
    if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value):
        raise PolicyError(
            f"--env {name} looks like a secret, and what is given here is kept with the evidence; "
            "set it in the environment of greenfix instead"
        )
    return name, value
