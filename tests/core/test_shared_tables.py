"""Tables that say the same are read once; what is not quite the same is read anew."""

from __future__ import annotations

import io
import json
from collections import UserDict
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, load
from marginline.core.document.record import Record
from marginline.errors import DocumentError

TIERS = [{"floor": "0", "cap": "50000", "rate": "0.004"}, {"floor": "50000", "rate": "0.0051"}]


def document(tiers: object) -> dict[str, Any]:
    return {
        "schema": "marginline/account/1",
        "venue": "binance_usdm",
        "mode": "single_asset",
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "5"}],
        "positions": [],
        "parameters": {"tiers": {"BTCUSDT": tiers}},
    }


def of_text(text: str) -> Account:
    return load(io.StringIO(text))


def table(account: Account) -> Record:
    return account.parameters.tiers["BTCUSDT"]


def test_equal_tables_are_one() -> None:
    first, second = (from_dict(document(json.loads(json.dumps(TIERS)))) for _ in range(2))
    assert table(first) is table(second)


def test_a_table_of_a_file_is_one_too() -> None:
    text = json.dumps(document([{"floor": 0, "rate": 0.004}])).replace("0.004", "0.00400")
    assert table(of_text(text)) is table(of_text(text))


def test_a_float_is_refused_though_its_literal_was_read_before() -> None:
    of_text(json.dumps(document([{"floor": "0", "rate": 0.007}])))
    with pytest.raises(DocumentError, match="a float is not exact"):
        from_dict(document([{"floor": "0", "rate": 0.007}]))


def test_a_key_given_twice_is_refused_though_the_rest_was_read_before() -> None:
    text = json.dumps(document([{"floor": "0", "rate": "0.008"}]))
    of_text(text)
    with pytest.raises(DocumentError, match="more than once"):
        of_text(text.replace('"rate": "0.008"', '"rate": "0.008", "rate": "0.008"'))


def test_what_tells_not_all_of_itself_is_read_every_time() -> None:
    class Row(UserDict[str, str]):
        def __repr__(self) -> str:
            return "a row"

    rates = [
        from_dict(document([Row(floor="0", rate=rate)])).parameters.tiers["BTCUSDT"].rows[0].rate
        for rate in ("0.01", "0.02")
    ]
    assert rates == [Decimal("0.01"), Decimal("0.02")]


def test_a_broken_table_is_reported_each_time() -> None:
    broken = [{"floor": "0", "rate": "-1"}]
    for _ in range(2):
        with pytest.raises(DocumentError, match="must not be negative"):
            from_dict(document(broken))
