"""How far a pool is from the line: one instrument, all together, and the watch band."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline.core.account.account import Instrument
from marginline.core.distance import band
from marginline.core.distance.distance import Move, distance_of, nearest_of
from marginline.core.pool.exposure import MaintenanceTerm
from marginline.core.pool.pool import Kind
from tests.core.pools import INVERSE, D, exposure, figures, haircut, leg, pool, schedule

COIN = Instrument(symbol="BTCUSD", payoff="linear", base="BTC", quote="USD", settle="USD")


def test_a_single_long_is_as_far_alone_as_together() -> None:
    # 200 + 10 * (p - 100) = 0.1 * 10 * p at p = 800 / 9.
    found = distance_of(figures(pool(leg("200"), exposure("10"))))
    assert found.alone.move == found.together.move
    assert found.alone.instrument == "X"
    assert found.alone.price == pytest.approx(D("800") / 9)
    assert found.with_orders.move is None


def test_the_last_digits_of_two_divisions_do_not_decide_which_way_is_nearest() -> None:
    """One instrument alone is all prices together: what is told of it does not change by mark."""
    alone = Move("alone", D("-0.02329048345791377089842393205959"), "X")
    together = Move("together", D("-0.0232904834579137708984239320595"))
    assert nearest_of((alone, together)) is alone
    nearer = Move("together", D("-0.0232904834579137"))
    assert nearest_of((alone, nearer)) is nearer
    assert nearest_of((Move("alone", None), together)) is together
    assert nearest_of((Move("alone", None),)) is None


@pytest.mark.parametrize(
    ("move", "percent"),
    [("-0.0268999", "2.68"), ("0.02351", "2.35"), ("-0.0000999", "0.0099"), ("0", "0")],
)
def test_a_distance_in_words_is_cut_and_never_looks_farther(move: str, percent: str) -> None:
    held = figures(pool(leg("200"), exposure("10")))
    assert f" is {percent} % away: " in band.words(held, Move("together", D(move)))


def test_a_coin_held_as_collateral_falls_with_its_instrument() -> None:
    coin = leg("2", "BTC", rate_positive=D(100), rate_negative=D(100), index=D(100))
    held = pool(leg("0"), coin, exposure("10", instrument=COIN), kind=Kind.ACCOUNT)
    cash = pool(leg("200"), exposure("10", instrument=COIN))
    with_coin, without = distance_of(figures(held)), distance_of(figures(cash))
    assert with_coin.alone.move is not None
    assert without.alone.move is not None
    # 2p + 10 (p - 100) = p at p = 1000 / 11, not at 800 / 9.
    assert with_coin.alone.move == pytest.approx(D(1000) / 1100 - 1)
    assert without.alone.move < with_coin.alone.move < 0


def test_a_stablecoin_stands_when_all_prices_move() -> None:
    coin = leg("200", "USDC")
    held = pool(leg("0"), coin, exposure("10", instrument=COIN), kind=Kind.ACCOUNT)
    found = distance_of(figures(held))
    assert found.together.move == pytest.approx(D(800) / 900 - 1)


def test_a_pool_past_the_line_is_at_distance_zero() -> None:
    found = distance_of(figures(pool(leg("100"), exposure("10", entry="110"))))
    assert found.nearest is not None
    assert found.nearest.move == 0


def test_nothing_open_has_no_distance_and_says_why() -> None:
    found = distance_of(figures(pool(leg("100"))))
    assert found.nearest is None
    assert found.together.reason == "nothing is open in this pool"


def test_a_short_inverse_fully_covered_says_that_no_price_alone_ends_it() -> None:
    btc = pool(leg("200", "X"), exposure("-10", instrument=INVERSE), asset="X", id="X")
    found = distance_of(figures(btc))
    assert found.alone.move is None
    assert "no price of XUSD alone leads to liquidation" in found.alone.reason


@pytest.mark.parametrize("balance", [str(n) for n in range(110, 260, 7)])
@pytest.mark.parametrize("size", ["10", "-10"])
def test_the_band_watches_exactly_those_whose_distance_is_within_it(
    balance: str, size: str
) -> None:
    found = figures(pool(leg(balance), exposure(size)))
    nearest = distance_of(found).nearest
    assert nearest is not None
    assert nearest.move is not None
    move = band.within(found, D("0.05"))
    assert (move is not None) == (abs(nearest.move) <= D("0.05"))
    if move is not None and move.move is not None:
        assert abs(move.move - nearest.move) < D("1e-8")


def test_the_bound_never_clears_a_pool_that_the_band_would_watch() -> None:
    for rows in (
        (("0", "0.01"),),
        (("0", "0.01"), ("1000", "0.2")),
        (("0", "0.005"), ("900", "0.5")),
    ):
        for kind in ("marginal", "whole"):
            for balance in range(10, 700, 23):
                term = MaintenanceTerm(schedule(*rows, kind=kind))
                held = pool(leg(str(balance)), exposure("10", maintenance=term))
                found = figures(held)
                if band.outside(found, D("0.03")):
                    move = distance_of(found).nearest
                    assert move is None or move.move is None or abs(move.move) > D("0.03"), kind


def test_a_coin_cut_by_a_haircut_counts_in_the_bound() -> None:
    cut = haircut(("0", "0.9"), ("100", "0.5"))
    coin = leg("10", "BTC", rate_positive=D(100), rate_negative=D(100), index=D(100), haircut=cut)
    owed = pool(coin, leg("-540"), exposure("0.1", instrument=COIN), kind=Kind.ACCOUNT)
    assert band.within(figures(owed), Decimal("0.03")) is not None
