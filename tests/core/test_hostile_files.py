"""Files made to exhaust the machine: refused by a named limit, at once and in little memory."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest

from marginline.core.account.file import from_dict, load
from marginline.errors import DocumentError

HEAD: dict[str, Any] = {
    "schema": "marginline/account/1", "venue": "textbook", "as_of": "2026-06-01T00:00:00Z",
    "wallets": [], "positions": [],
}  # fmt: skip
_LIMITED = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20, 400 * 2**20))
from marginline.core.account.file import load
from marginline.errors import DocumentError
try:
    load(io.StringIO(sys.argv[1] * 20_000 + "a = 1"), form="toml")
except DocumentError as problem:
    print(problem)
"""


@pytest.mark.parametrize("part", ["a.", 'a . "b".', "'c'."])
def test_a_dotted_key_of_40_kb_is_refused_in_little_memory(part: str) -> None:
    run = [sys.executable, "-c", _LIMITED, part]
    found = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert "nested too deep" in found.stdout, found.stderr[-500:]


def test_many_dots_in_a_text_are_no_key() -> None:
    text = 'schema = "marginline/account/1"\nvenue = "textbook"\nname = "' + "." * 200 + '"\n'
    text += "as_of = 2026-06-01T00:00:00Z\nwallets = []\npositions = []\n"
    assert load(io.StringIO(text), form="toml").name == "." * 200


@pytest.mark.parametrize("name", ["wallets", "positions", "orders"])
def test_a_hundred_thousand_rows_are_refused_by_a_named_limit(name: str) -> None:
    with pytest.raises(DocumentError, match=rf"{name}: at most .* are read .*100,000 rows"):
        from_dict(HEAD | {name: [{}] * 100_000})


def test_a_hundred_thousand_tiers_are_refused_by_a_named_limit() -> None:
    rows = [{"floor": "0", "rate": "0.01"}] * 100_000
    for table in (rows, {"rows": rows}):
        with pytest.raises(DocumentError, match=r"parameters\.tiers\.X: at most 1,000"):
            from_dict(HEAD | {"parameters": {"tiers": {"X": table}}})


@pytest.mark.parametrize(
    "document",
    [
        HEAD | {"name": "x" * 201},
        HEAD | {"wallets": [{"asset": "X" * 100_000, "balance": "1"}]},
        HEAD | {"positions": [{"instrument": "Y" * 201, "size": "1"}]},
        HEAD | {"market": {"mark": {"Z" * 201: "1"}}},
        HEAD | {"instruments": {"Z" * 201: {}}},
    ],
)
def test_a_name_without_end_is_refused_by_a_named_limit(document: dict[str, object]) -> None:
    with pytest.raises(DocumentError, match="characters; a name has at most 200") as refused:
        from_dict(document)
    assert len(str(refused.value)) < 2_000
