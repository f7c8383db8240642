"""The real CodeCarbon on a trivial program: what it says, and that nothing and nobody can change it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from greenfix_verify.command import Command
from greenfix_verify.errors import MeterError
from greenfix_verify.evidence import Evidence
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.experiment import measure
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.meter.server import settings
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, Provenance

from tests.measuring import arms, never, undecided

pytestmark = pytest.mark.experiment

HOSTILE = """[codecarbon]
force_cpu_power = 5000
force_ram_power = 5000
pue = 7
tracking_mode = process
log_level = debug
save_to_file = true
"""


@pytest.fixture
def meter() -> Iterator[CodeCarbonMeter]:
    meter = CodeCarbonMeter()
    yield meter
    meter.close()


def test_every_component_says_where_its_number_comes_from(meter: CodeCarbonMeter) -> None:
    description = meter.describe()
    meter.start()
    parts = meter.stop()
    assert {part.component for part in parts} >= {Component.CPU, Component.RAM}
    assert {part.component.value: part.provenance for part in parts} == description.provenance
    assert {part.component.value: part.source for part in parts} == description.sources
    assert next(part for part in parts if part.component is Component.RAM).provenance is Provenance.ESTIMATED
    assert all(part.joules > 0 for part in parts)
    assert description.thread_watts > 0


def test_no_configuration_file_and_no_variable_changes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = CodeCarbonMeter()
    said = plain.describe()
    plain.close()
    (tmp_path / ".codecarbon.config").write_text(HOSTILE)
    (tmp_path / "json.py").write_text("raise RuntimeError('imported from the working directory')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CODECARBON_FORCE_RAM_POWER", "5000")
    monkeypatch.setenv("codecarbon_pue", "9")
    hostile = CodeCarbonMeter()
    try:
        described = hostile.describe()
        hostile.start()
        joules = sum(part.joules for part in hostile.stop())
    finally:
        hostile.close()
    assert described == said
    assert joules < 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == [".codecarbon.config", "json.py"]


def test_every_option_of_the_installed_codecarbon_is_given() -> None:
    code = (
        "import inspect, codecarbon.emissions_tracker as t; print(*sorted(set(inspect.signature(t.BaseEmissionsTracker"
        ".__init__).parameters) | set(inspect.signature(t.OfflineEmissionsTracker.__init__).parameters)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    options = set(said.stdout.split()) - {"self", "args", "kwargs"}
    deprecated = {name for name in options if name.startswith("save_to_")} | {"co2_signal_api_token"}
    assert options - deprecated == set(settings("/", None))


def test_it_is_silent_and_leaves_signals_and_files_alone(tmp_path: Path) -> None:
    code = (
        "import signal\n"
        "from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter\n"
        "before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]\n"
        "meter = CodeCarbonMeter(); meter.start(); meter.stop(); meter.close()\n"
        "assert before == [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_two_meters_read_at_once_because_nothing_is_locked(meter: CodeCarbonMeter) -> None:
    other = CodeCarbonMeter()
    try:
        for each in (meter, other):
            each.start()
        assert all(each.stop() for each in (meter, other))
    finally:
        other.close()


def test_greenfix_itself_never_imports_codecarbon() -> None:
    code = (
        "import sys, greenfix_verify.experiment, greenfix_verify.meter.codecarbon_meter\n"
        "print(sorted({'codecarbon', 'pandas', 'psutil', 'pynvml', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_its_folder_is_gone_when_it_is_closed(tmp_path: Path) -> None:
    meter = CodeCarbonMeter(environment={**os.environ, "TMPDIR": str(tmp_path)})
    meter.describe()
    assert len(list(tmp_path.iterdir())) == 1
    meter.close()
    assert list(tmp_path.iterdir()) == []


def test_a_meter_that_dies_gives_no_number_and_is_replaced(meter: CodeCarbonMeter) -> None:
    meter.start()
    process = meter._process
    assert process is not None
    process.kill()
    with pytest.raises(MeterError, match="ended with code -9"):
        meter.stop()
    meter.start()
    assert meter.stop()


def test_an_experiment_with_the_real_meter(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < {}: pass"
    compared = arms(tmp_path, original=burn.format(0.4), patch=burn.format(0.2))
    command = Command((sys.executable, "program.py"), Path(sys.executable), "the interpreter of the tests")
    policy = Policy(maximum_blocks=2, warmup_blocks=0)

    def measured() -> Evidence:
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            executor = LocalExecutor(command, policy, CodeCarbonMeter())
            return measure(
                compared, command, policy, ledger=ledger, executor=executor, judge=undecided, is_decided=never
            )

    evidence = measured()
    assert measured() == evidence  # another meter process, the same experiment
    energy = {
        arm: [run.reading.joules for run in evidence.runs if run.arm == arm and run.reading]
        for arm in ("original", "patch")
    }
    assert min(energy["original"]) > max(energy["patch"])
    assert evidence.site.meter.name == "codecarbon"
    assert evidence.spent_joules == pytest.approx(sum(map(sum, energy.values())))
