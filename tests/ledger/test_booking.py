"""Positions from fills alone."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marginline as ml
from marginline import formulas
from marginline.core.account.account import Instrument, Position
from marginline.core.numbers import exact
from marginline.ledger.booking import Holding

LINEAR = Instrument(symbol="BTCUSDT", payoff="linear", settle="USDT")
INVERSE = Instrument(symbol="BTCUSD", payoff="inverse", settle="BTC", contract_size=D(1))


def fills(*rows: tuple[str, str], terms: Instrument = LINEAR) -> tuple[Holding, list[D]]:
    holding = Holding(terms)
    with exact():
        return holding, [holding.fill(D(size), D(price)) for size, price in rows]


def test_an_increase_averages_and_a_partial_close_realizes_its_share() -> None:
    holding, pnl = fills(("1", "100"), ("1", "110"), ("-0.5", "120"))
    assert holding.entry_price == 105
    assert pnl == [0, 0, D("7.5")]
    assert holding.size == D("1.5")


def test_a_flip_closes_all_and_opens_at_the_price_of_the_fill() -> None:
    """Hyperliquid, captured 2026-08-19: 0.0074 long from 64,211.4, then 0.01 sold at 63,397."""
    holding, pnl = fills(("0.0074", "64211.4"), ("-0.01", "63397"))
    assert pnl[-1] == D("-6.02656")
    assert (holding.size, holding.entry_price) == (D("-0.0026"), D(63397))
    assert holding.realized_pnl == 0
    assert holding.closed_pnl == D("-6.02656")


def test_an_inverse_average_is_harmonic() -> None:
    """Kraken, 2019-07-11: 1 at 413.3 and 1 at 342.1 make 374.3445326979084, not 377.7."""
    holding, _ = fills(("1", "413.3"), ("1", "342.1"), terms=INVERSE)
    with exact():
        found = holding.entry_price
    assert found is not None
    assert found.quantize(D("1e-13")) == D("374.3445326979084")


def test_a_round_trip_leaves_no_digit_behind() -> None:
    """Bitget printed -0.116500000001 from a cut average; the fills give -0.1165."""
    holding, pnl = fills(("0.003", "16493.5"), ("0.014", "16494"), ("-0.01", "16490"),
                         ("-0.007", "16480"))  # fmt: skip
    paid = D("0.003") * D("16493.5") + D("0.014") * D(16494)
    got = D("0.01") * D(16490) + D("0.007") * D(16480)
    with exact():
        assert sum(pnl) == got - paid
    assert holding.size == 0
    assert holding.value == 0


def test_break_even_carries_fees_funding_and_partial_losses() -> None:
    """Binance, 2024-02-23: bep = ep * 1.0002 for an opening fee of 0.02 %."""
    rows = [
        {"event": "1", "at": "2026-09-01T00:00:00Z", "kind": "fill", "asset": "USDT", "amount": "0",
         "instrument": "BTCUSDT", "size": "0.005", "price": "51068.5"},
        {"event": "1", "at": "2026-09-01T00:00:00Z", "kind": "fee", "asset": "USDT",
         "amount": "-0.0510685", "instrument": "BTCUSDT"},
    ]  # fmt: skip
    held = ml.book_positions(ml.read_ledger(rows).entries, {"BTCUSDT": LINEAR})
    holding = held["", "BTCUSDT", "both"]
    with exact():
        assert holding.break_even_price() == D("51078.7137")
        paid = ml.read_ledger(
            [rows[0] | {"event": "2", "kind": "funding", "amount": "-1", "size": "", "price": ""}]
        )
        holding.cash(paid.entries[0])
        assert holding.break_even_price() == D("51278.7137")


def test_a_break_even_of_an_inverse_short_lies_below_its_entry() -> None:
    holding, _ = fills(("-1000", "50000"), terms=INVERSE)
    holding.fees = D("-0.0001")
    with exact():
        found = holding.break_even_price()
    assert found is not None
    assert found < 50000
    with exact():
        back = formulas.unrealized_pnl_inverse(D(-1000), D(1), D(50000), found)
        assert abs(back - D("0.0001")) < D("1e-28")


def test_legs_of_hedge_mode_are_two_positions() -> None:
    row = {"at": "2026-09-01T00:00:00Z", "kind": "fill", "asset": "USDT", "amount": "0",
           "instrument": "BTCUSDT", "price": "100"}  # fmt: skip
    ledger = ml.read_ledger([
        row | {"event": "1", "side": "long", "size": "2"},
        row | {"event": "2", "side": "short", "size": "-1"},
    ])  # fmt: skip
    held = ml.book_positions(ledger.entries, {"BTCUSDT": LINEAR})
    assert {key[2]: holding.size for key, holding in held.items()} == {"long": 2, "short": -1}


def test_margin_moved_to_an_isolated_position_is_no_loss() -> None:
    row = {"at": "2026-09-01T00:00:00Z", "asset": "USDT", "instrument": "BTCUSDT"}
    ledger = ml.read_ledger([
        row | {"event": "1", "kind": "fill", "amount": "0", "size": "1", "price": "100"},
        row | {"event": "2", "kind": "margin_move", "amount": "-10"},
    ])  # fmt: skip
    holding = ml.book_positions(ledger.entries, {"BTCUSDT": LINEAR})["", "BTCUSDT", "both"]
    assert holding.posted == 10
    assert holding.realized_pnl == 0
    assert holding.fees == 0
    assert ledger.balances() == {"USDT": 0}


def test_a_fee_in_another_asset_touches_no_price() -> None:
    row = {"at": "2026-09-01T00:00:00Z", "instrument": "BTCUSDT", "event": "1"}
    ledger = ml.read_ledger([
        row | {"kind": "fill", "amount": "0", "asset": "USDT", "size": "1", "price": "100"},
        row | {"kind": "fee", "amount": "-0.001", "asset": "BNB", "at": "2026-09-01T00:00:01Z"},
    ])  # fmt: skip
    holding = ml.book_positions(ledger.entries, {"BTCUSDT": LINEAR})["", "BTCUSDT", "both"]
    assert holding.fees == 0
    assert holding.other_fees == {"BNB": D("-0.001")}


def test_an_opening_position_is_what_the_fills_begin_with() -> None:
    row = {"at": "2026-09-01T00:00:00Z", "instrument": "BTCUSDT", "event": "1", "kind": "fill",
           "amount": "5", "asset": "USDT", "size": "-1", "price": "110"}  # fmt: skip
    opening = [Position(instrument="BTCUSDT", size=D(1), entry_price=D(105))]
    held = ml.book_positions(ml.read_ledger([row]).entries, {"BTCUSDT": LINEAR}, opening=opening)
    assert held["", "BTCUSDT", "both"].closed_pnl == 5


def test_terms_that_are_not_given_are_asked_for() -> None:
    row = {"at": "2026-09-01T00:00:00Z", "instrument": "BTCUSDT", "event": "1", "kind": "fill",
           "amount": "5", "asset": "USDT", "size": "-1", "price": "110"}  # fmt: skip
    with pytest.raises(ml.InputError, match=r"instruments\.BTCUSDT"):
        ml.book_positions(ml.read_ledger([row]).entries, {})


SIZES = st.integers(-50, 50).filter(bool).map(D)
PRICES = st.integers(1, 10**6).map(lambda n: D(n) / 100)


@given(st.lists(st.tuples(SIZES, PRICES), min_size=1, max_size=12), st.booleans())
def test_booking_agrees_with_the_formulas(rows: list[tuple[D, D]], inverse: bool) -> None:
    with exact():
        holding, size, entry = Holding(INVERSE if inverse else LINEAR), D(0), D(0)
        for fill, price in rows:
            if inverse:
                pnl = formulas.realized_pnl_of_fill_inverse(size, D(1), entry, fill, price)
                entry = formulas.entry_after_fill_inverse(size, entry, fill, price)
            else:
                pnl = formulas.realized_pnl_of_fill_linear(size, D(1), entry, fill, price)
                entry = formulas.entry_after_fill_linear(size, entry, fill, price)
            size += fill
            assert abs(holding.fill(fill, price) - pnl) < D("1e-22")
            assert holding.size == size
            found = holding.entry_price
            assert (found is None) == (size == 0)
            assert found is None or abs(found - entry) < D("1e-22") * entry
