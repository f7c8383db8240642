from __future__ import annotations

import pytest
from greenfix_verify.errors import PolicyError
from greenfix_verify.variables import variables


def test_assignments_become_variables_and_the_later_one_counts() -> None:
    given = ("EPOCHS=3", "EMPTY=", "EXPR=a=b c", "EPOCHS=4", "MAX_WORDS_PER_STEP=8")
    assert variables(given) == {"EPOCHS": "4", "EMPTY": "", "EXPR": "a=b c", "MAX_WORDS_PER_STEP": "8"}


@pytest.mark.parametrize("text", ["EPOCHS", "=3", "3X=1", "A B=1", "A-B=1", "A=\0", ""])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="needs KEY=VALUE"):
        variables((text,))


@pytest.mark.parametrize("name", ["GREENFIX_STATE_DIR", "CODECARBON_LOG_LEVEL"])
def test_what_belongs_to_the_measurement_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match="belong to the measurement"):
        variables((f"{name}=1",))


SECRETS = [
    "HF_TOKEN=x1", "WANDB_API_KEY=x1", "DB_PASSWORD=x1", "AWS_SECRET_ACCESS_KEY=x1", "my_private_key=x1", "apikey=x1",
    "WHERE=ghp_0123456789abcdef", "WHERE=sk-0123456789abcdef", "WHERE=hf_0123456789", "WHERE=AKIA0123456789AB",
    "WHERE=postgres://ada:hunter22@db/x", "WHERE=eyJhbGciOiJIUzI1NiJ9.e30.x",
]  # fmt: skip


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(PolicyError, match="looks like a secret") as refused:
        variables((text,))
    assert text.partition("=")[2] not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["KEYS=3", "MONKEY=1", "TOKENIZERS_PARALLELISM=false", "MAX_TOKENS=8", "AUTHOR=ada", "URL=http://a/b"]
)
def test_harmless_names_and_values_are_taken(text: str) -> None:
    assert len(variables((text,))) == 1
