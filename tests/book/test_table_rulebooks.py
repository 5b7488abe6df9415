"""Tables whose terms name a venue: its rulebook judges, as it judges the same account as a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")
pytest.importorskip("pyarrow", reason="the extra `book` is not installed")

import pyarrow as pa

import marginline as ml
from marginline.book.book import Book
from marginline.book.intake.positions_table import from_arrow
from marginline.book.intake.tables import terms_of
from marginline.book.kernels.limits import BookMisuse
from marginline.core.account.file import from_dict
from marginline.core.findings import Status
from marginline.venues import at
from tests.equality import drawn

Doc = dict[str, Any]
NAMES = ("account", "cash", "instrument", "size", "entry_price", "leverage", "side", "kind")


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def as_tables(doc: Doc) -> tuple[Any, Any]:
    """The positions of an account document; its first balance is their cash, others are coins."""
    first, *others = doc["wallets"]
    cash = float(first["balance"])
    rows = [
        ("a", cash, p["instrument"], _number(p["size"]), _number(p.get("entry_price")),
         _number(p.get("leverage")), p.get("side", "both"), "cross")
        for p in doc["positions"]
    ]  # fmt: skip
    rows = rows or [("a", cash, None, None, None, None, "both", "cross")]
    columns: Doc = dict(zip(NAMES, (list(each) for each in zip(*rows, strict=True)), strict=True))
    for name in ("size", "entry_price", "leverage"):
        columns[name] = pa.array(columns[name], pa.float64())
    columns["instrument"] = pa.array(columns["instrument"], pa.string())
    coins = {
        "account": ["a" for _ in others],
        "asset": [wallet["asset"] for wallet in others],
        "amount": [float(wallet["balance"]) for wallet in others],
    }
    return pa.table(columns), pa.table(coins) if others else None


def without_what_no_table_says(doc: Doc) -> Doc:
    """The account with cross positions and plain balances alone, in the digits of a float."""
    balances = ((w["asset"], repr(float(w["balance"]))) for w in doc["wallets"])
    wallets = [{"asset": asset, "balance": balance} for asset, balance in balances]
    positions = [
        {k: p[k] for k in ("instrument", "side", "size", "entry_price", "leverage") if k in p}
        for p in doc["positions"]
        if p.get("margin_mode", "cross") == "cross"
    ]
    legs = any(p.get("side", "both") != "both" for p in positions)
    mode = "hedge" if legs else "one_way" if positions else doc["position_mode"]
    own = {"wallets": wallets, "positions": positions, "orders": [], "position_mode": mode}
    return {k: v for k, v in doc.items() if k != "reported"} | own


def tabled(doc: Doc) -> Book:
    """The document's tables under the document's terms."""
    held, coins = as_tables(doc)
    terms = from_dict(doc | {"wallets": [], "positions": []})
    return from_arrow(held, terms_of(terms, doc["wallets"][0]["asset"]), collateral=coins)


@pytest.mark.parametrize("group", sorted(drawn.GROUPS))
def test_a_table_reads_as_the_account_file_does(group: str) -> None:
    unknown = 0
    for drawn_doc in drawn.accounts(group, 300 if group == "bitget" else 40, 8):
        doc = without_what_no_table_says(drawn_doc)
        if not doc["wallets"]:
            continue
        account = from_dict(doc)
        expected = ml.assess(account, watch_distance=Decimal(0)).status
        lacks = at(account.venue, account.mode, account.as_of).resolve(account).lacks
        book = tabled(doc)
        sweep = book.sweep()
        found = Status.worst(sweep.status(pool) for pool in book.open_pools().tolist())
        # Columns know no bounds of what is missing: they may know less, never better.
        assert found is expected or (lacks and found is Status.UNKNOWN), doc
        unknown += expected is Status.UNKNOWN
    assert group != "bitget" or unknown >= 20, "the draw holds accounts that nobody can judge"


def _terms(**changes: Any) -> Any:
    tiers = [{"floor": "0", "cap": None, "rate": "0.004"}]
    doc = {
        "schema": "marginline/account/1", "venue": "bybit_unified", "mode": "isolated",
        "as_of": "2026-06-01T00:00:00Z", "wallets": [], "positions": [],
        "instruments": {"BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT",
                                    "settle": "USDT"}},
        "market": {"mark": {"BTCUSDT": "60000"}},
        "parameters": {"tiers": {"BTCUSDT": tiers}, "fees": {"taker": "0.0006"}},
    } | changes  # fmt: skip
    return terms_of(from_dict(doc))


def _row(**changes: Any) -> Any:
    row = dict(zip(NAMES, ("a", 700.0, "BTCUSDT", 0.1, 60_000.0, 10.0, "both", "isolated"),
                   strict=True))  # fmt: skip
    return pa.table({name: [value] for name, value in (row | changes).items()})


def test_an_isolated_row_is_the_venues_isolated_pool() -> None:
    book = from_arrow(_row(), _terms())
    assert book.names() == ["a"]
    found = book.assess(0)
    assert found.kind == "isolated"
    # 0.1 * 60,000 * 0.004, and the taker fee to close at the bankruptcy price of 54,000.
    assert found.maintenance_margin == pytest.approx(Decimal(24) + Decimal("3.24"))


def test_what_the_venue_does_not_have_is_refused_with_the_account() -> None:
    usdm = _terms(venue="binance_usdm", mode="multi_assets")
    with pytest.raises(BookMisuse, match=r"positions\[0\] \(a\).*"):
        from_arrow(_row(), usdm)
    with pytest.raises(BookMisuse, match=r"positions\[0\] \(a\).*NOPEUSDT"):
        from_arrow(_row(instrument="NOPEUSDT"), _terms())


def test_orders_in_the_terms_belong_to_nobody() -> None:
    order = {"instrument": "BTCUSDT", "side": "buy", "size": "1", "price": "59000"}
    with pytest.raises(BookMisuse, match="orders"):
        _terms(orders=[order])


def test_a_size_that_nobody_gave_is_unknown() -> None:
    table = _row().set_column(3, "size", pa.array([None], pa.float64()))
    book = from_arrow(table.set_column(7, "kind", pa.array(["cross"])), _terms())
    assert book.sweep().status(0) is Status.UNKNOWN
