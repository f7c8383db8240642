"""The real CodeCarbon on a powercap tree of our own, in a mount namespace: RAPL is measured, and 0 J is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.experiment,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("unshare") is None or not Path("/sys/class").is_dir(),
        reason="only root can mount a powercap tree of its own",
    ),
]

NAMESPACE = """
set -e
mount -t tmpfs tmpfs /sys/class
domain=/sys/class/powercap/intel-rapl/intel-rapl:0
mkdir -p $domain
ln -s .. /sys/class/powercap/intel-rapl/subsystem
echo package-0 > $domain/name
echo 1000000 > $domain/energy_uj
echo 262143328850 > $domain/max_energy_range_uj
exec "$@"
"""

READ = """
import json, sys, time
from pathlib import Path
from greenfix_verify.errors import MeterError
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter

meter = CodeCarbonMeter()
said = meter.describe()
meter.start()
Path("/sys/class/powercap/intel-rapl/intel-rapl:0/energy_uj").write_text(sys.argv[1])
end = time.monotonic() + 0.2
while time.monotonic() < end:
    pass
try:
    cpu = next(part for part in meter.stop() if part.component == "cpu")
    print(json.dumps([cpu.joules, cpu.provenance, cpu.source, said.counts]))
except MeterError as error:
    print(json.dumps(str(error)))
meter.close()
"""


def read(microjoules: int) -> object:
    argv = ["unshare", "--mount", "sh", "-c", NAMESPACE, "sh", sys.executable, "-c", READ, str(microjoules)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rapl_is_measured() -> None:
    assert read(1_000_000 + 30_000_000) == [pytest.approx(30.0), "measured", "RAPL package counters", True]


def test_a_rapl_counter_that_stands_still_gives_no_number() -> None:
    assert read(1_000_000) == "RAPL package counters says 0 J, which no running CPU needs"
