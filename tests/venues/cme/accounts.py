"""CME accounts for tests: small documents, and the assessment they make."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from tests.venues.documents import Doc

D = Decimal
RATES = {"BTC": {"maintenance": "82000"}, "MBT": {"maintenance": "1640"}}


def position(size: str = "1", **fields: Any) -> Doc:
    """One BTC contract, last settled at 80,000."""
    return {"instrument": "BTC", "size": size, "entry_price": "80000", "fees": "-5"} | fields


def document(**fields: Any) -> Doc:
    """An account document: a speculator with 100,000 USD and one BTC contract."""
    whole: Doc = {
        "schema": "marginline/account/1",
        "venue": "cme",
        "mode": "speculator",
        "as_of": "2026-11-10T15:00:00Z",
        "wallets": [{"asset": "USD", "balance": "100000"}],
        "positions": [position()],
        "market": {"mark": {"BTC": "80000", "MBT": "80000"}},
        "parameters": {"per_contract": RATES},
    }
    return deepcopy(whole | fields)
