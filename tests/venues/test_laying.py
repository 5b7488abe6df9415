"""What readers lay in one way: positions, contracts, prices, tables; the words of a row."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from marginline.core.account.account import Instrument, Position, Settings
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit
from marginline.venues.reader.account_draft import POSITIONS, Draft
from marginline.venues.reader.event_clock import unknown_event
from marginline.venues.reader.fields import Row, read_rows, shape
from marginline.venues.reader.laying import (
    begin_positions,
    expiry,
    inverse,
    lay_instruments,
    lay_position,
    lay_ticker,
    linear,
    slices,
    tier_table,
)

D = Decimal
ROW = shape(
    text="symbol side",
    label="orderId",
    number="pnl posted markPrice indexPrice rate hours floor cap ratio lev",
    moment="nextFundingTime",
)
WORDS: tuple[AnyLine, ...] = (
    Line("", M.UNREALIZED_PNL, word="pnl", of=Of.POSITION),
    Line("", M.MARGIN_BALANCE, word="posted", of=Of.ISOLATED),
    Line("", M.MARGIN_RATIO, word="ratio", of=Of.POSITION, unit=Unit.RATIO),
)
BTC = Position(instrument="BTC", size=D(1))


def row(**told: object) -> Row:
    return read_rows("answer", ROW, told, many=False)[0]


def draft() -> Draft:
    return Draft("binance_usdm", {})


# -- words of a row ------------------------------------------------------------------------------


def test_a_word_is_one_that_is_known_or_what_stands_for_none() -> None:
    assert row(side="BUY").word("side", ("BUY", "SELL"), "side") == "BUY"
    assert row(symbol="X").word("side", ("BUY", "SELL"), "side", "SELL") == "SELL"
    assert row(side="").word("side", ("BUY", "SELL"), "side", "SELL") == "SELL"


@pytest.mark.parametrize("told", [{"side": "HOLD"}, {"symbol": "X"}])
def test_a_word_that_is_unknown_or_missing_is_refused_with_those_that_are_known(
    told: dict[str, object],
) -> None:
    with pytest.raises(PayloadError, match=r"is no side of an order.*known are BUY, SELL"):
        row(**told).word("side", ("BUY", "SELL"), "side of an order")


def test_what_stands_for_none_must_be_known_too_and_replaces_no_wrong_word() -> None:
    with pytest.raises(PayloadError, match="is no side"):
        row(side="HOLD").word("side", ("BUY", "SELL"), "side", "SELL")
    with pytest.raises(PayloadError, match="is no side"):
        row(symbol="X").word("side", ("BUY", "SELL"), "side", "HOLD")


def test_texts_are_those_that_are_told_in_the_order_asked() -> None:
    assert row(orderId=7, side="BUY").texts("side", "orderId", "symbol") == {
        "side": "BUY",
        "orderId": "7",
    }


def test_an_event_that_no_reader_knows_is_told_with_those_that_are_known() -> None:
    (problem,) = unknown_event("events[1].e", "odd", ("one", "two"), "file").problems
    assert (problem.path, problem.value) == ("events[1].e", "odd")
    assert problem.message == "is no event of a private stream that the reader knows"
    assert problem.remedy == "known are one, two"


# -- positions -----------------------------------------------------------------------------------


def test_positions_that_are_told_afresh_leave_nothing_of_those_before() -> None:
    found = draft()
    before = {"positions": {"OLD/both": {"pnl": "1"}}}
    found.reported.raw.update(before)
    found.positions["OLD/both"] = Position(instrument="OLD", size=D(1))
    found.reported.positions["OLD/both"] = {"unrealized_pnl": D(1)}
    begin_positions(found)
    assert (found.positions, found.reported.positions) == ({}, {})
    assert found.reported.raw["positions"] == {}
    assert POSITIONS in found.known


@pytest.mark.parametrize("mode", ["cross", "isolated"])
def test_a_position_brings_the_figures_of_its_row_by_our_measures_and_raw(mode: str) -> None:
    found, position = draft(), Position(instrument="BTC", size=D(1), margin_mode=mode)
    begin_positions(found)
    lay_position(found, position, row(symbol="BTC", pnl="-2.50", posted="3"), WORDS, unit="XBt")
    assert found.positions == {position.key: position}
    told: dict[str, Decimal] = {"unrealized_pnl": D("-2.50")}
    assert found.reported.positions[position.key] == (
        told if mode == "cross" else told | {"margin_balance": D(3)}
    )
    raw = {"pnl": "-2.50", "posted": "3", "unit": "XBt"}  # as printed, and what stands beside
    assert found.reported.raw["positions"][position.key] == raw


def test_amounts_count_a_step_each_and_ratios_do_not() -> None:
    found = draft()
    begin_positions(found)
    lay_position(found, BTC, row(pnl="200", ratio="0.5"), WORDS, step=D("0.01"))
    told = {"unrealized_pnl": D(2), "margin_ratio": D("0.5")}
    assert found.reported.positions[BTC.key] == told


# -- contracts -----------------------------------------------------------------------------------


def test_a_linear_contract_settles_in_its_quote_unless_it_is_said() -> None:
    assert linear("AB", "A", "B").settle == "B"
    assert linear("AB", "A", "B", settle="C").settle == "C"
    assert linear("AB", None, "B", settle=None).settle is None


def test_an_inverse_contract_settles_in_its_base() -> None:
    found = inverse("AUSD", "A", contract_size=D(10))
    assert (found.payoff, found.base, found.quote, found.settle) == ("inverse", "A", "USD", "A")
    assert found.contract_size == D(10)


def test_a_contract_expires_at_eight_of_a_day_of_the_calendar() -> None:
    assert expiry("260327", "%y%m%d") == datetime(2026, 3, 27, 8, tzinfo=UTC)
    assert expiry("27Mar26", "%d%b%y") == datetime(2026, 3, 27, 8, tzinfo=UTC)
    assert expiry("260230", "%y%m%d") is None
    assert expiry("PERP", "%y%m%d") is None


def test_every_symbol_mentioned_gets_its_terms_and_what_is_not_found_is_told() -> None:
    found, infos = draft(), {"BTC": row(symbol="BTC"), "ETH": row(symbol="ETH")}
    found.positions["BTC/both"] = BTC
    found.positions["NEW/both"] = Position(instrument="NEW", size=D(1))
    found.positions["OLD/both"] = Position(instrument="OLD", size=D(1))
    found.settings["SET"] = Settings(leverage=D(5))
    found.instruments["OLD"] = linear("OLD", "O", "USD")
    known = {"BTC": linear("BTC", "B", "USD"), "SET": linear("SET", "S", "USD")}

    def described(instrument: Instrument | None, info: Row) -> Instrument | None:
        assert instrument is known[info.name("symbol")]
        return linear("BTC", "B", "USDT")

    sought = lay_instruments(found, infos, known.get, described)
    assert {name: None if each is None else each.quote for name, each in sought.items()} == {
        "BTC": "USDT",
        "NEW": None,
    }
    assert list(found.instruments) == ["OLD", "BTC", "SET"]  # ETH is in the answer alone


def test_a_described_contract_replaces_one_that_the_account_knew() -> None:
    found = draft()
    found.positions["BTC/both"] = BTC
    found.instruments["BTC"] = linear("BTC", "B", "OLD")
    new = linear("BTC", "B", "NEW")
    lay_instruments(found, {"BTC": row(symbol="BTC")}, lambda _: None, lambda *_: new)
    assert found.instruments["BTC"] is new


# -- prices and tables ---------------------------------------------------------------------------


def test_a_ticker_tells_prices_and_the_next_payment() -> None:
    found = draft()
    told = row(symbol="BTC", markPrice="10", indexPrice="11", rate="0.1", hours="4",
               nextFundingTime=1_700_000_000_000)  # fmt: skip
    lay_ticker(found, told, "rate", "hours")
    assert (found.mark["BTC"], found.index["BTC"]) == (D(10), D(11))
    funding = found.funding["BTC"]
    assert (funding.rate, funding.interval_hours) == (D("0.1"), D(4))
    assert funding.next_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_without_a_rate_no_payment_is_told_and_a_rate_of_zero_is_one() -> None:
    found = draft()
    lay_ticker(found, row(symbol="BTC", markPrice="10"), "rate", "hours")
    lay_ticker(found, row(symbol="ETH", rate="0"), "rate", "hours")
    assert list(found.funding) == ["ETH"]
    assert "ETH" not in found.mark


def test_tiers_stand_in_the_order_of_their_floors_by_the_words_of_the_venue() -> None:
    rows = (row(floor="100", ratio="0.02"), row(floor="0", cap="100", ratio="0.01", lev="50"))
    table = tier_table(rows, "floor", "marginal", cap="cap", rate="ratio", max_leverage="lev")
    assert (table.keyed_by, table.kind) == ("notional", "marginal")
    told = [(each.floor, each.cap, each.rate, each.max_leverage) for each in table.rows]
    assert told == [(D(0), D(100), D("0.01"), D(50)), (D(100), None, D("0.02"), None)]


def test_slices_stand_in_the_order_of_their_floors_the_last_without_an_end() -> None:
    rows = (row(floor="5", ratio="0.9"), row(floor="0", cap="5", ratio="1"))
    told = [(each.floor, each.cap, each.ratio) for each in slices(rows, "floor", "cap", "ratio")]
    assert told == [(D(0), D(5), D(1)), (D(5), None, D("0.9"))]
