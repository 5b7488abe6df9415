"""Scores for auto-deleveraging."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import (
    adl_score_binance,
    adl_score_bitmex,
    adl_score_leveraged_return,
)
from tests.formulas.draw import amounts, decimals, factors, positive, prices

D = Decimal
balances = positive(1_000_000, 2)


def test_binance_score_of_a_users_figures() -> None:
    # dev.binance.vision thread 17801: P&L 40.2 on a wallet of 4.27 is 9.41; at 13.42 %, 1.26.
    maintenance_margin = D("0.1342") * (D("4.27") + D("40.2"))
    score = adl_score_binance(D("40.2"), D("4.27"), D("40.2"), maintenance_margin)
    assert round(score, 2) == D("1.26")


@pytest.mark.parametrize(
    ("position_pnl", "wallet_balance", "pool_pnl", "expected"),
    [
        pytest.param("40", "10", "40", "0.4", id="profit"),
        pytest.param("-5", "10", "40", "0", id="a loser ties at nothing"),
        pytest.param("40", "10", "30", "0.5", id="the ratio is the pool's, the profit is not"),
        pytest.param("40", "1", "39", "5", id="a wallet of one unit"),
        pytest.param("40", "0.5", "39.5", "5", id="a smaller wallet counts as one unit"),
        pytest.param("40", "-10", "50", "5", id="a negative wallet too"),
        pytest.param("40", "10", "-9.5", "40", id="a pool with little left"),
        pytest.param("40", "10", "-10", "0", id="a pool with nothing left"),
        pytest.param("40", "10", "-11", "0", id="a bankrupt pool"),
    ],
)
def test_adl_score_binance(
    position_pnl: str, wallet_balance: str, pool_pnl: str, expected: str
) -> None:
    # Rule of Binance FAQ 360033525471; maintenance margin 5, figures made up.
    score = adl_score_binance(D(position_pnl), D(wallet_balance), D(pool_pnl), D(5))
    assert score == D(expected)
    assert type(score) is Decimal


@pytest.mark.parametrize(
    ("mark", "entry", "bankrupt", "expected"),
    [
        # Rule of BitMEX help 18589621443357; figures made up.
        pytest.param("110", "100", "90", "0.55", id="long in profit: 10 % * 5.5"),
        pytest.param("-90", "-100", "-105", "0.6", id="short in profit: 10 % * 6"),
        pytest.param("90", "100", "72", "-0.02", id="long at a loss: -10 % / 5"),
        pytest.param("100", "100", "80", "0", id="at entry"),
    ],
)
def test_adl_score_bitmex(mark: str, entry: str, bankrupt: str, expected: str) -> None:
    assert adl_score_bitmex(D(mark), D(entry), D(bankrupt)) == D(expected)


def test_adl_score_leveraged_return() -> None:
    assert adl_score_leveraged_return(D("0.1"), D("5.5")) == D("0.55")


@given(
    pnl=amounts, wallet=decimals(1, 1_000_000, 2), others=amounts, maintenance=balances, k=factors
)
def test_binance_score_is_a_pure_number_above_its_floor(
    pnl: Fraction, wallet: Fraction, others: Fraction, maintenance: Fraction, k: Fraction
) -> None:
    score = adl_score_binance(pnl, wallet, others, maintenance)
    assert score >= 0
    if k * wallet >= 1:
        assert adl_score_binance(k * pnl, k * wallet, k * others, k * maintenance) == score


@given(entry=prices, move=decimals(-1, 1, 3), room=positive(100_000, 2), k=factors)
def test_bitmex_score_has_the_sign_of_the_profit_and_no_scale(
    entry: Fraction, move: Fraction, room: Fraction, k: Fraction
) -> None:
    mark = entry * (2 + move) / 2
    score = adl_score_bitmex(mark, entry, mark - room)
    assert (score > 0) == (move > 0)
    assert adl_score_bitmex(k * mark, k * entry, k * (mark - room)) == score
    assert adl_score_bitmex(mark, entry, mark - 2 * room) * 2 == (score if move > 0 else 4 * score)
