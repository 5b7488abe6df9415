"""What an account file must not say: where the reader points, and what it says there."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import MODES
from marginline.core.account.file import from_dict, to_dict
from marginline.core.document._kinds import MAX_PROBLEMS
from marginline.errors import DocumentError, Problem
from tests.core.account_samples import Document, minimal


def problems(document: object) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        from_dict(document)
    return caught.value.problems


def wallet(**fields: object) -> Document:
    return minimal(wallets=[{"asset": "USDT", **fields}])


def position(**fields: object) -> Document:
    return minimal(positions=[{"instrument": "X", "size": "1", **fields}])


def order(**fields: object) -> Document:
    return minimal(orders=[{"instrument": "X", "side": "buy", "size": "1", **fields}])


def market(**fields: object) -> Document:
    return minimal(market=fields)


def instrument(**fields: object) -> Document:
    return minimal(instruments={"X": {"payoff": "linear", **fields}})


def tiers(*rows: object) -> Document:
    return minimal(parameters={"tiers": {"X": {"rows": rows}}})


def collateral(**fields: object) -> Document:
    return minimal(parameters={"collateral": {"BTC": fields}})


def borrow(*rows: object) -> Document:
    return minimal(parameters={"borrow": {"BTC": {"rows": rows}}})


TIERS = "parameters.tiers.X.rows"
COLLATERAL = "parameters.collateral.BTC"
BORROW = "parameters.borrow.BTC.rows"


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param([], "document", "must be an object (found a list)", id="a list"),
        pytest.param(None, "document", "must be an object (found null)", id="nothing"),
        pytest.param(minimal(schema="marginline/account/2"), "schema", "choose from", id="schema"),
        pytest.param({}, "schema", "is missing", id="no schema"),
        pytest.param({"schema": "marginline/account/1"}, "venue", "is missing", id="no venue"),
        pytest.param(minimal(venue="okex"), "venue", 'did you mean "okx"?', id="venue misspelt"),
        pytest.param(minimal(venue=5), "venue", "is none of the choices", id="venue a number"),
        pytest.param(minimal(wallets={}), "wallets", "must be a list", id="wallets an object"),
        pytest.param(minimal(wallets=None), "wallets", "must not be null", id="wallets null"),
        pytest.param(minimal(wallets=["USDT"]), "wallets[0]", "must be an object", id="a word"),
        pytest.param(minimal(market=None), "market", "must not be null", id="market null"),
        pytest.param(minimal(extra=[]), "extra", "must be an object", id="extra a list"),
        pytest.param(minimal(position_mode="hegde"), "position_mode", '"hedge"?', id="hegde"),
        pytest.param(minimal(name=""), "name", "must not be empty", id="an empty label"),
    ],
)
def test_the_document(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param(minimal(walets=[]), "walets", 'did you mean "wallets"?', id="at the root"),
        pytest.param(minimal(zzz=1), "zzz", "goes under `extra`", id="nothing like it"),
        pytest.param(
            position(size_="1"), "positions[0].size_", 'did you mean "size"?', id="in a position"
        ),
        pytest.param(
            wallet(parts={"deposit": "1"}), "wallets[0].parts.deposit", '"deposits"', id="deep"
        ),
        pytest.param(minimal(**{"a b\n": 1}), '["a b\\n"]', "unknown field", id="escaped"),
        pytest.param(minimal(**{"x" * 5000: 1}), '["' + "x" * 80 + '…"]', "unknown", id="long"),
        pytest.param(instrument(symbol="X"), "instruments.X.symbol", "unknown field", id="symbol"),
        pytest.param(
            minimal(reported={"account": {"extra": {}}}),
            "reported.account.extra",
            "must be a number",
            id="no extra among measures",
        ),
    ],
)
def test_unknown_fields_are_named_by_path(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(1.5, "write it as a string", id="a float"),
        pytest.param(float("nan"), "a float is not exact", id="a float nan"),
        pytest.param(True, "must be a number", id="true"),
        pytest.param([], "must be a number", id="a list"),
        pytest.param("", "must be a number", id="empty"),
        pytest.param("NaN", "must be finite", id="nan"),
        pytest.param("-Infinity", "must be finite", id="infinity"),
        pytest.param(Decimal("sNaN"), "must be finite", id="Decimal sNaN"),
        pytest.param("1_000", "must be a number", id="underscore"),
        pytest.param("1,000", "must be a number", id="comma"),
        pytest.param(" 1", "must be a number", id="space"),
        pytest.param("1\n", "must be a number", id="line end"),
        pytest.param("١", "must be a number", id="Arabic digit"),
        pytest.param("0x10", "must be a number", id="hexadecimal"),
        pytest.param(".", "must be a number", id="a point"),
        pytest.param("1e41", "within ±40", id="too large"),
        pytest.param("1e-41", "within ±40", id="too small"),
        pytest.param("1e999999999999", "within ±40", id="exponent bomb"),
        pytest.param("0e99999", "within ±40", id="zero with an exponent bomb"),
        pytest.param("1" * 41, "more than 40 significant digits", id="41 digits"),
        pytest.param("0." + "0" * 99, "more than 100 characters", id="102 characters"),
        pytest.param(10**40000, "more than 40 significant digits", id="an integer bomb"),
        pytest.param(Decimal("1." + "1" * 40), "more than 40", id="a Decimal of 41 digits"),
    ],
)
def test_what_is_no_number(value: object, message: str) -> None:
    assert_found(wallet(balance=value), "wallets[0].balance", message)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        pytest.param("0.004", "0.004", id="plain"),
        pytest.param("+1.", "1", id="sign and point"),
        pytest.param(".5", "0.5", id="no leading zero"),
        pytest.param("1E-3", "0.001", id="exponent"),
        pytest.param("1e40", "1" + "0" * 40, id="largest"),
        pytest.param("-0.00", "0", id="negative zero"),
        pytest.param(7, "7", id="an int"),
        pytest.param(Decimal("0.10"), "0.1", id="a Decimal"),
        pytest.param("1." + "0" * 90, "1", id="trailing zeros are not significant"),
    ],
)
def test_what_is_a_number(value: object, number: str) -> None:
    balance = from_dict(wallet(balance=value)).wallets[0].balance
    assert balance == Decimal(number)
    assert not (balance == 0 and balance.is_signed())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("2026-09-01T00:00:00", "UTC offset", id="no offset"),
        pytest.param("2026-09-01", "UTC offset", id="a date"),
        pytest.param("2026-02-30T00:00:00Z", "calendar", id="30 February"),
        pytest.param("2026-09-01T24:00:00Z", "UTC offset", id="hour 24"),
        pytest.param("2026-09-01T00:00:60Z", "calendar", id="leap second"),
        pytest.param("0001-01-01T00:00:00+10:00", "calendar", id="before year 1 in UTC"),
        pytest.param("2026-09-01T00:00:00.1234567Z", "UTC offset", id="7 decimals"),
        pytest.param("2026-09-01T00:00:00+25:00", "calendar", id="offset of 25 hours"),
        pytest.param("２026-09-01T00:00:00Z", "UTC offset", id="a wide digit"),
        pytest.param(1756684800, "must be a moment", id="unix seconds"),
        pytest.param(datetime(2026, 9, 1), "has no UTC offset", id="a naive datetime"),  # noqa: DTZ001
    ],
)
def test_what_is_no_moment(value: object, message: str) -> None:
    assert_found(minimal(as_of=value), "as_of", message)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("2026-09-01T02:00:00.000+02:00", id="offset"),
        pytest.param("2026-09-01t00:00:00z", id="lower case"),
        pytest.param(datetime(2026, 9, 1, tzinfo=UTC), id="a datetime"),
    ],
)
def test_what_is_a_moment(value: object) -> None:
    assert from_dict(minimal(as_of=value)).as_of == datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("symbol", "message"),
    [
        pytest.param("", "must not be empty", id="empty"),
        pytest.param("BTC\x1b[31m", "(found BTC\\x1b[31m)", id="terminal escape"),
        pytest.param("BTC\u202e", "do not print", id="text direction"),
        pytest.param("\ud800", "(found \\ud800)", id="lone surrogate"),
        pytest.param(" BTC", 'with a space (found " BTC")', id="space"),
        pytest.param(5, "must be text", id="a number"),
    ],
)
def test_what_is_no_symbol(symbol: Any, message: str) -> None:
    assert_found(position(instrument=symbol), "positions[0].instrument", message)
    assert_found(minimal(market={"mark": {symbol: "1"}}), "market.mark", message)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param(market(mark={"X": "0"}), "market.mark.X", "greater than 0", id="mark"),
        pytest.param(market(index={"X": "-1"}), "market.index.X", "greater than 0", id="index"),
        pytest.param(market(last={"X": "0"}), "market.last.X", "greater than 0", id="last"),
        pytest.param(market(bid={"B/U": "0"}), 'market.bid["B/U"]', "greater than 0", id="bid"),
        pytest.param(market(ask={"X": "0"}), "market.ask.X", "greater than 0", id="ask"),
        pytest.param(market(mark={"X": None}), "market.mark.X", "must be a number", id="null"),
        pytest.param(
            market(open_interest={"X": "-1"}), "market.open_interest.X", "negative", id="interest"
        ),
        pytest.param(
            market(funding={"X": {"interval_hours": "0"}}),
            "market.funding.X.interval_hours",
            "greater than 0",
            id="funding interval",
        ),
        pytest.param(
            market(bid={"X": "2"}, ask={"X": "1"}), "market.bid.X", "above the ask 1", id="crossed"
        ),
        pytest.param(
            market(asset_rate={"X": {"bid": "2", "ask": "1"}}),
            "market.asset_rate.X.bid",
            "above the ask 1",
            id="crossed rate",
        ),
        pytest.param(
            market(asset_rate={"X": "0"}), "market.asset_rate.X", "greater than 0", id="rate"
        ),
        pytest.param(
            market(asset_rate={"X": True}), "market.asset_rate.X", "must be an object", id="true"
        ),
    ],
)
def test_the_market(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        *(
            pytest.param(wallet(**{name: "-1"}), f"wallets[0].{name}", "negative", id=name)
            for name in ("credit", "borrowed", "interest", "locked")
        ),
        pytest.param(wallet(credit=None), "wallets[0].credit", "must not be null", id="null"),
        pytest.param(
            wallet(collateral="true"), "wallets[0].collateral", "true or false", id="switch"
        ),
        pytest.param(
            wallet(balance="10", parts={"deposits": "9", "fees": "-1"}),
            "wallets[0].parts",
            "must sum to the balance 10 (found 8)",
            id="parts",
        ),
        pytest.param(
            minimal(wallets=[{"asset": "A"}, {"asset": "B"}, {"asset": "A"}]),
            "wallets[2].asset",
            "wallets[0] is of the same asset",
            id="twice",
        ),
        pytest.param(minimal(wallets=[{}]), "wallets[0].asset", "is missing", id="no asset"),
        pytest.param(
            minimal(settings={"X": {"leverage": "0"}}),
            "settings.X.leverage",
            "greater than 0",
            id="leverage set",
        ),
        pytest.param(
            minimal(settings={"BTC": {"spot_leverage": "-1"}}),
            "settings.BTC.spot_leverage",
            "greater than 0",
            id="spot leverage",
        ),
    ],
)
def test_wallets_and_settings(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


def rows(*positions: Document, mode: str = "hedge") -> Document:
    found = [{"instrument": "X", **row} for row in positions]
    return minimal(positions=found, position_mode=mode)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param(
            minimal(positions=[{"instrument": "X"}]), "positions[0].size", "is missing", id="size"
        ),
        pytest.param(
            position(side="long", size="-1"),
            "positions[0].size",
            "a long row must not be negative",
            id="negative long",
        ),
        pytest.param(
            position(side="short"),
            "positions[0].size",
            "a short row must not be positive",
            id="positive short",
        ),
        pytest.param(
            position(entry_price="0"), "positions[0].entry_price", "greater than 0", id="entry 0"
        ),
        pytest.param(
            position(size="0", entry_price="-1"),
            "positions[0].entry_price",
            "greater than 0",
            id="entry negative",
        ),
        pytest.param(
            position(leverage="0"), "positions[0].leverage", "greater than 0", id="leverage"
        ),
        pytest.param(
            rows({"size": "1"}, {"size": "0"}),
            "positions[1]",
            "positions[0] has the same instrument and side (found X/both)",
            id="no ids",
        ),
        pytest.param(
            rows({"size": "1", "id": "a"}, {"size": "0"}), "positions[1]", "`id`", id="one id"
        ),
        pytest.param(
            rows({"size": "1"}, {"size": "0", "id": "a"}), "positions[1]", "`id`", id="later id"
        ),
        pytest.param(
            rows({"size": "1", "id": "a"}, {"size": "2", "id": "b"}, {"size": "3", "id": "a"}),
            "positions[2]",
            "positions[0] has the same",
            id="equal ids",
        ),
        pytest.param(
            rows({"side": "long", "size": "1"}, {"side": "short", "size": "-1"}, mode="one_way"),
            "positions[1].side",
            "write `position_mode: hedge`",
            id="two legs one way",
        ),
        pytest.param(order(size="0"), "orders[0].size", "greater than 0", id="order of nothing"),
        pytest.param(order(size="-1"), "orders[0].size", "greater than 0", id="signed order"),
        pytest.param(order(price="0"), "orders[0].price", "greater than 0", id="order price"),
        pytest.param(order(side="long"), "orders[0].side", "buy, sell", id="order side"),
        pytest.param(order(instrument=""), "orders[0].instrument", "empty", id="no symbol"),
        pytest.param(order(reduce_only=0), "orders[0].reduce_only", "true or false", id="0"),
    ],
)
def test_positions_and_orders(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(position(size="0", entry_price="0"), id="entry price 0 of no position"),
        pytest.param(position(isolated_margin="5"), id="isolated margin of a cross position"),
        pytest.param(wallet(balance="-5"), id="a debt"),
        pytest.param(wallet(parts={"deposits": "9"}), id="parts of an unknown balance"),
        pytest.param(rows({"size": "1", "id": "a"}, {"size": "2", "id": "b"}), id="told apart"),
        pytest.param(rows({"size": "1"}, {"side": "long", "size": "1"}), id="two sides"),
        pytest.param(
            rows({"side": "long", "size": "1"}, {"side": "short", "size": "0"}, mode="one_way"),
            id="an empty other leg",
        ),
        pytest.param(rows({"side": "long", "size": "1"}, {"side": "short", "size": "-1"}), id="ok"),
        pytest.param(market(bid={"X": "1"}, ask={"X": "1"}), id="bid at ask"),
        pytest.param(market(bid={"X": "2"}, ask={"Y": "1"}), id="bid and ask of two symbols"),
        pytest.param(
            tiers({"floor": "0", "cap": None, "rate": "0", "max_leverage": None}),
            id="null is absent",
        ),
    ],
)
def test_what_looks_odd_and_is_allowed(document: Document) -> None:
    account = from_dict(document)
    assert from_dict(to_dict(account)) == account


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param(
            minimal(instruments={"X": {}}), "instruments.X.payoff", "is missing", id="no payoff"
        ),
        *(
            pytest.param(instrument(**{name: "0"}), f"instruments.X.{name}", "than 0", id=name)
            for name in ("contract_size", "multiplier", "tick_size", "size_step", "settle_step")
        ),
        pytest.param(
            instrument(payoff="quanto", contract_size="2"),
            "instruments.X.contract_size",
            "write `multiplier` instead",
            id="quanto with a contract size",
        ),
    ],
)
def test_instruments(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param(tiers(), "parameters.tiers.X.rows", "at least 1 row", id="no rows"),
        pytest.param(
            minimal(parameters={"tiers": {"X": []}}), "parameters.tiers.X", "1 row", id="bare list"
        ),
        pytest.param(
            minimal(parameters={"tiers": {"X": [{"floor": "1", "rate": "0"}]}}),
            "parameters.tiers.X[0].floor",
            "expected 0",
            id="path in a bare list",
        ),
        pytest.param(
            tiers({"floor": "1", "rate": "0"}), f"{TIERS}[0].floor", "expected 0", id="starts at 1"
        ),
        pytest.param(
            tiers({"floor": "0", "cap": "5", "rate": "0"}, {"floor": "6", "rate": "0"}),
            f"{TIERS}[1].floor",
            "expected 5",
            id="a gap",
        ),
        pytest.param(
            tiers({"floor": "0", "cap": "5", "rate": "0"}, {"floor": "4", "rate": "0"}),
            f"{TIERS}[1].floor",
            "expected 5",
            id="an overlap",
        ),
        pytest.param(
            tiers({"floor": "0", "rate": "0"}, {"floor": "4", "rate": "0"}),
            f"{TIERS}[0].cap",
            "write the floor of the next row, 4",
            id="no cap in the middle",
        ),
        pytest.param(
            tiers({"floor": "0", "cap": "5", "rate": "0"}, {"floor": "5", "cap": "5", "rate": "0"}),
            f"{TIERS}[1].cap",
            "must be above the floor 5",
            id="an empty row",
        ),
        pytest.param(
            tiers({"floor": "0", "cap": "5", "rate": "0.02"}, {"floor": "5", "rate": "0.01"}),
            f"{TIERS}[1].rate",
            "must not fall",
            id="rates fall",
        ),
        pytest.param(
            tiers({"floor": "0", "rate": "-0.01"}), f"{TIERS}[0].rate", "negative", id="rate < 0"
        ),
        pytest.param(
            tiers({"floor": "0", "cap": "5", "rate": "0.02"}, {"floor": "5"}),
            f"{TIERS}[1].rate",
            "other rows give a rate",
            id="a rate left out",
        ),
        pytest.param(
            tiers({"floor": "0"}), f"{TIERS}[0].rate", "no max_leverage", id="nothing to derive"
        ),
        pytest.param(
            tiers(
                {"floor": "0", "cap": "5", "max_leverage": "10"},
                {"floor": "5", "max_leverage": "20"},
            ),
            f"{TIERS}[1].max_leverage",
            "must not rise",
            id="leverage rises",
        ),
        pytest.param(tiers({"rate": "0"}), f"{TIERS}[0].floor", "is missing", id="no floor"),
        pytest.param(collateral(), COLLATERAL, "give `ratio`, `rows` or `by_settle`", id="empty"),
        pytest.param(collateral(ratio="1.01"), f"{COLLATERAL}.ratio", "within 0 and 1", id="> 1"),
        pytest.param(collateral(ratio="-0.1"), f"{COLLATERAL}.ratio", "within 0 and 1", id="< 0"),
        pytest.param(
            collateral(ratio="1", rows=[{"floor": "0", "ratio": "1"}]),
            f"{COLLATERAL}.rows",
            "both a ratio and rows",
            id="two statements",
        ),
        pytest.param(
            collateral(
                rows=[{"floor": "0", "cap": "1", "ratio": "0.5"}, {"floor": "1", "ratio": "0.6"}]
            ),
            f"{COLLATERAL}.rows[1].ratio",
            "must not rise",
            id="ratios rise",
        ),
        pytest.param(
            collateral(by_settle={"XBT": {"ratio": "2"}}),
            f"{COLLATERAL}.by_settle.XBT.ratio",
            "within 0 and 1",
            id="by settle",
        ),
        pytest.param(borrow(), BORROW, "at least 1 row", id="no borrow rows"),
        pytest.param(
            borrow({"floor": "2"}), f"{BORROW}[0].floor", "expected 0", id="borrow from 2"
        ),
        pytest.param(
            borrow(
                {"floor": "0", "cap": "1", "maintenance_rate": "0.2"},
                {"floor": "1", "maintenance_rate": "0.1"},
            ),
            f"{BORROW}[1].maintenance_rate",
            "must not fall",
            id="borrow rates fall",
        ),
        pytest.param(
            minimal(parameters={"per_contract": {"X": {"initial": "-1"}}}),
            "parameters.per_contract.X.initial",
            "negative",
            id="per contract",
        ),
        pytest.param(
            minimal(parameters={"venue": {"a": {"b": ["NaN"]}}}),
            "parameters.venue.a.b[0]",
            "must be finite",
            id="nan among venue parameters",
        ),
        pytest.param(
            minimal(parameters={"venue": {"a": 0.5}}),
            "parameters.venue.a",
            "write it as a string",
            id="float among venue parameters",
        ),
        pytest.param(
            minimal(extra={"a": [{1, 2}]}),
            "extra.a[0]",
            "JSON can hold (found a Python set)",
            id="set",
        ),
    ],
)
def test_parameters(document: object, path: str, message: str) -> None:
    assert_found(document, path, message)


@pytest.mark.parametrize(
    ("venue", "mode", "message"),
    [
        pytest.param("binance_usdm", None, "give one of: single_asset, multi_assets", id="none"),
        pytest.param("binance_usdm", "portfolio", "not a mode of binance_usdm", id="another's"),
        pytest.param("bybit_inverse", "cross", "bybit_inverse has no modes", id="has none"),
        pytest.param("textbook", "cross", "leave it out", id="textbook"),
        pytest.param("hyperliquid", "isolated", "give one of: cross, portfolio", id="not a mode"),
    ],
)
def test_modes(venue: str, mode: str | None, message: str) -> None:
    assert_found(minimal(venue=venue, mode=mode), "mode", message)


def test_every_venue_with_several_modes_lists_them() -> None:
    for venue in MODES.keys() - {"bingx_perpetual", "hyperliquid"}:
        assert_found(minimal(venue=venue), "mode", ", ".join(MODES[venue]))


def test_all_problems_are_listed_at_once() -> None:
    document = minimal(
        venue="nowhere",
        zzz=1,
        wallets=[{"asset": "A", "credit": "-1"}, {"asset": "A", "locked": 0.1}],
        positions=[{"instrument": "X", "side": "short", "size": "1", "leverage": "0"}, 7],
    )
    assert {problem.path for problem in problems(document)} == {
        "venue",
        "zzz",
        "wallets[0].credit",
        "wallets[1].locked",
        "wallets[1].asset",
        "positions[0].leverage",
        "positions[0].size",
        "positions[1]",
    }


def test_the_list_of_problems_ends_somewhere() -> None:
    found = problems(minimal(wallets=[{}] * 1000))
    assert len(found) == MAX_PROBLEMS + 1
    assert "only the first 50 problems are listed" in str(found[-1])


def test_a_file_with_problems_is_named_in_each() -> None:
    with pytest.raises(DocumentError) as caught:
        from_dict(minimal(a=1, b=2), source="desk.json")
    assert caught.value.source == "desk.json"
    assert [line.split(": ")[:2] for line in str(caught.value).splitlines()] == [
        ["desk.json", "a"],
        ["desk.json", "b"],
    ]


def assert_found(document: object, path: str, message: str) -> None:
    found = problems(document)
    assert any(each.path == path and message in str(each) for each in found), found
