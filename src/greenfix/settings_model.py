"""Which settings there are, of which type, and what they may hold. Apart, because pydantic is imported late."""

from __future__ import annotations

from typing import Annotated, Literal

from greenfix_codemods.rules import all_rules
from greenfix_codemods.selection import glob_pattern
from greenfix_verify.policy import Policy
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_POLICY = Policy()


def _code(text: str) -> str:
    codes = [rule.code for rule in all_rules()]
    if text and any(code.startswith(text) for code in codes):
        return text
    raise ValueError(f"is no rule and no beginning of one such as IMR; the rules are {', '.join(codes)}")


def _glob(text: str) -> str:
    glob_pattern(text)
    return text


def _word(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _seconds_or_auto(value: float | str) -> float | str:
    if value == "auto" or (isinstance(value, float | int) and value >= 0):
        return value
    raise ValueError('is neither "auto" nor a number of seconds')


def _key(name: str) -> str:
    return name.replace("_", "-")


Code = Annotated[str, AfterValidator(_code)]
Glob = Annotated[str, AfterValidator(_glob)]
Cooldown = Annotated[float | str, AfterValidator(_seconds_or_auto)]
Word = Annotated[str, AfterValidator(_word)]


class SettingsModel(BaseModel):
    """Every setting, in the order of ``docs/configuration.md``. A setting that is absent leaves the option's default.

    The bounds are those of the options in ``cli/measuring.py``.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=_key)

    select: list[Code] = Field(default=[], description="codes of rules, or their beginnings, that run; empty: all")
    ignore: list[Code] = Field(default=[], description="codes of rules, or their beginnings, that do not run")
    per_file_ignores: dict[Glob, list[Code]] = Field(default={}, description="rules that do not run in some files")
    exclude: list[Glob] = Field(default=[], description="files and folders that are not looked at")
    confidence: Literal["high", "medium", "low"] = Field(
        default="medium",
        description="the least confidence that is reported; unset: fix offers the rest too",
    )
    baseline: Word | None = Field(default=None, description="file of the findings that are known already")
    entrypoint: list[Word] = Field(default=[], description="the program to measure")
    allow_estimated: bool = Field(
        default=_POLICY.allow_estimated, description="accept energy that no hardware counter measured"
    )
    timeout: float = Field(default=3600.0, ge=0.1, description="seconds after which a run is stopped")
    max_blocks: int = Field(default=_POLICY.maximum_blocks, ge=2, le=100, description="blocks at the latest")
    warmup: int = Field(default=_POLICY.warmup_blocks, ge=0, description="blocks that are run and discarded first")
    cooldown: Cooldown = Field(
        default="auto",
        description="seconds to wait before each run; auto: until it is as cool and idle as before",
    )
    min_saving: float = Field(default=_POLICY.minimum_saving, ge=0, le=1, description="a smaller saving is no saving")
    seed: int = Field(default=_POLICY.seed, description="of the order of runs and of the program's random numbers")
    no_seed: bool = Field(default=False, description="do not seed the program's random numbers")
    no_observe: bool = Field(default=False, description="do not record Keras histories in the runs")
    budget: list[Word] = Field(default=[], description="times or energies beyond which no further block starts")
    metrics: str = Field(default="", description="JSON or CSV file of metrics that the program writes")
    metric_pattern: str = Field(default="", description="metrics on standard output, as a regular expression")
    output_file: list[Word] = Field(default=[], description="files that must come out the same")
    env: list[Word] = Field(default=[], description="variables of the measured program, each KEY=VALUE")
    max_open: int = Field(default=5, ge=0, description="pull requests of greenfix that may be open")
    max_new: int = Field(default=2, ge=0, description="pull requests that one run may open")
    theme: Word | None = Field(default=None, description="colours of the screens")
    keys: dict[Word, Word] = Field(default={}, description="keys of the screens, by what they do")

    @classmethod
    def names(cls) -> list[str]:
        """The keys as they are written."""
        return [_key(name) for name in cls.model_fields]
