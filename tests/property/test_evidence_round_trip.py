"""Evidence is written, read and written again as the same values and the same bytes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from greenfix_verify.codec import canonical, decode
from greenfix_verify.evidence import Evidence, read_evidence, write_evidence
from greenfix_verify.run import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# NaN is no equal of itself; tests/unit/test_codec.py looks at it.
st.register_type_strategy(float, st.floats(allow_nan=False))
st.register_type_strategy(Path, st.from_regex(r"/[a-z/]*[a-z]", fullmatch=True).map(Path))
st.register_type_strategy(str, st.text(st.characters()))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.lists
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(
    st.builds(
        Evidence,
        statistics=st.dictionaries(st.text(st.characters()), JSON),
        version=st.just(1),
    )
)
def test_evidence_comes_back_as_it_went_in_and_its_digest_stays(evidence: Evidence) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "evidence.json")
        digest = write_evidence(evidence, path)
        again = read_evidence(path)
        assert again == evidence
        assert write_evidence(again, path) == digest


@settings(max_examples=100, deadline=None)
@given(st.from_type(Run))
def test_a_run_has_one_canonical_text(run: Run) -> None:
    text = canonical(run)
    assert decode(Run, json.loads(text)) == run
    assert "\n" not in text
