"""Sizes by chance and by Kelly, and the same trade in both margin modes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.risk.sizing.kelly import halving
from tests.risk.books import book, isolated, one
from tests.risk.odds.test_headroom import normal_past
from tests.venues.draws import SAMPLES

D = Decimal
DAY = timedelta(days=1)
PAST = normal_past("BTCUSDT", scatter=0.006)
ROW = {"instrument": "BTCUSDT", "size": "0", "entry_price": "60000", "leverage": "50"}
EMPTY = book(positions=[ROW])


def sized(chance: str, account: ml.Account = EMPTY) -> ml.ChanceSizing:
    return ml.size_by_chance(account, "BTCUSDT", "buy", PAST, chance=chance, within=DAY, paths=400)


def test_the_size_keeps_the_chance_and_a_larger_one_does_not() -> None:
    found = sized("0.05")
    assert found.size is not None
    assert found.by_margin is not None
    assert found.touched is not None
    assert 0 < found.size < found.by_margin
    assert found.touched <= 0.05
    more = found.size + found.by_margin / 128
    after = ml.what_if(EMPTY, ml.order("BTCUSDT", more)).account_after
    (beyond,) = ml.headroom(after, PAST, horizons=(DAY,), paths=400)
    assert beyond.odds[0].bootstrap > 0.05


def test_who_bears_more_may_hold_more() -> None:
    sizes = [sized(chance).size for chance in ("0.01", "0.05", "0.2")]
    assert None not in sizes
    assert sizes == sorted(sizes)  # type: ignore[type-var]
    wallets = [{"asset": "USDT", "balance": "20000"}]
    rich = sized("0.05", book(positions=[ROW], wallets=wallets)).size
    assert rich is not None
    assert rich > sizes[1]  # type: ignore[operator]


def test_an_account_that_is_beyond_the_chance_already_gets_no_size() -> None:
    held = ROW | {"size": "3"}
    found = sized("0.001", book(positions=[held]))
    assert found.size == 0
    assert found.touched is not None
    assert found.touched > 0.001


def test_without_a_past_of_it_no_size_is_told() -> None:
    other = normal_past("ETHUSDT")
    found = ml.size_by_chance(EMPTY, "BTCUSDT", "buy", other, chance="0.05", within=DAY)
    assert found.size is None
    assert "no past of BTCUSDT" in found.findings[0].message


@pytest.mark.parametrize("chance", ["0", "1", "2"])
def test_a_chance_that_is_none_is_refused(chance: str) -> None:
    with pytest.raises(ml.InputError, match="chance"):
        sized(chance)


# -- Kelly -----------------------------------------------------------------------------------------


def kelly(leverage: str = "5", edge: str = "0.002", fraction: str = "1") -> ml.Kelly:
    return ml.kelly(
        EMPTY, "BTCUSDT", "buy", PAST, edge=edge, within=DAY, leverage=leverage, fraction=fraction
    )


def test_where_the_line_is_far_it_is_edge_over_variance() -> None:
    found = kelly()
    assert found.liquidated == 0
    variance = 24 * 0.006**2
    assert found.full == pytest.approx(0.002 / variance, rel=0.15)
    assert found.growth > 0


def test_the_nearer_the_line_the_smaller_the_size() -> None:
    fulls = [kelly(leverage).full for leverage in ("5", "15", "25", "40")]
    assert fulls == sorted(fulls, reverse=True)
    assert kelly("40").liquidated > kelly("15").liquidated


def test_a_part_of_kelly_is_that_part_of_its_size_and_no_edge_is_no_size() -> None:
    whole, half = kelly(), kelly(fraction="0.5")
    assert half.notional == pytest.approx(whole.notional / 2)
    assert half.growth < whole.growth
    assert half.size * 60_000 <= half.notional
    assert kelly(edge="0").full == 0
    assert kelly(edge="-0.01").size == 0


def test_no_size_posts_more_than_there_is() -> None:
    assert kelly("1", edge="0.05").full == 1, "not a hair less: a size is rounded down from it"
    assert kelly("10", edge="0.05").full <= 10


def test_wealth_is_what_is_left_of_the_wallet_with_the_p_and_l_that_is_open() -> None:
    """A wallet of 10,000 with 9,000 of loss on it is no 10,000 to bet."""
    entries = {"60000": "10000", "69000": "1000", "58000": "12000"}
    for entry, wealth in entries.items():
        held = book(positions=[ROW | {"size": "1", "entry_price": entry}])
        found = ml.kelly(held, "BTCUSDT", "buy", PAST, edge="0.05", within=DAY, paths=50)
        assert found.notional == D(wealth) / 2
    other = ROW | {"instrument": "ETHUSDT", "size": "1"}
    blind = book(positions=[ROW, other], market={"mark": {"BTCUSDT": "60000"}})
    with pytest.raises(ml.InputError, match="mark price of ETHUSDT"):
        ml.kelly(blind, "BTCUSDT", "buy", PAST, edge="0.05", within=DAY, paths=50)


def test_full_kelly_halves_with_a_chance_of_one_half_and_half_kelly_with_one_eighth() -> None:
    assert (halving(1), halving(0.5), halving(2)) == (0.5, 0.125, 1.0)


TIERS = [
    {"floor": "0", "cap": "50000", "rate": "0.004", "max_leverage": "125"},
    {"floor": "50000", "rate": "0.01", "max_leverage": "10"},
]


def tiered(tiers: object = TIERS, **changed: Any) -> ml.Account:
    parameters = {"fees": {"taker": "0.0005"}, "tiers": {"BTCUSDT": tiers} if tiers else {}}
    return book(positions=[ROW], parameters=parameters, **changed)


def by_tiers(account: ml.Account, leverage: str = "20", **more: Any) -> ml.Kelly:
    asked: dict[str, Any] = {"edge": "0.004", "within": DAY, "fraction": "1", "paths": 1000} | more
    return ml.kelly(account, "BTCUSDT", "buy", PAST, leverage=leverage, **asked)


def test_the_line_is_that_of_the_tier_that_the_size_reaches() -> None:
    small, large = by_tiers(tiered(), equity="2000"), by_tiers(tiered(), equity="2000000")
    assert small.notional < 50_000 < large.notional
    assert small.maintenance_rate == D("0.004")
    off = D(50_000) * (D("0.01") - D("0.004")) / large.notional
    assert large.maintenance_rate == pytest.approx(D("0.01") - off, rel=D("0.001"))
    assert large.full < small.full, "a fixed half of a per cent hid what a large size pays"
    texts = [finding.message for finding in large.findings]
    assert large.rate_source == "tier 2 of BTCUSDT: account file"
    assert any("leverage 20 is above tier 2's highest, 10" in text for text in texts)
    given = by_tiers(tiered(), maintenance_rate="0.02")
    assert given.maintenance_rate == D("0.02")
    assert (given.rate_source, given.findings) == ("as given", ())


def test_a_rate_that_nobody_told_is_asked_for() -> None:
    with pytest.raises(ml.InputError, match=r"maintenance_rate.*tiers of BTCUSDT are not given"):
        by_tiers(tiered(tiers=None))
    assert by_tiers(tiered(tiers=None), maintenance_rate="0.005").full > 0


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_venue_and_mode_tells_the_rate_or_asks_for_it(name: str) -> None:
    """Also where the mode knows no isolated positions: the tiers are the same."""
    account = ml.from_dict(SAMPLES[name])
    symbol = account.positions[0].instrument
    past = normal_past(symbol, scatter=0.006)
    asked: dict[str, Any] = {"edge": "0.004", "within": DAY, "equity": "10000", "paths": 20}
    try:
        found = ml.kelly(account, symbol, "buy", past, leverage="10", **asked)
    except ml.InputError as wrong:
        assert "portfolio" in name or name.startswith("cme"), wrong  # noqa: PT017
        assert "give maintenance_rate" in str(wrong)  # noqa: PT017
    else:
        assert 0 < found.maintenance_rate < 1
        assert found.rate_source.startswith("tier ")


def test_a_step_that_the_account_leaves_out_is_said() -> None:
    instrument = {"payoff": "linear", "base": "BTC", "quote": "USDT"}
    found = by_tiers(tiered(instruments={"BTCUSDT": instrument}))
    assert any("sizes are in steps of 0.001" in finding.message for finding in found.findings)
    assert found.size % D("0.001") == 0


def test_growth_at_twice_kelly_is_about_none() -> None:
    found = kelly(fraction="2")
    assert abs(found.growth) < 0.2 * kelly().growth


# -- modes -----------------------------------------------------------------------------------------


def test_isolated_stakes_its_margin_and_cross_the_whole_account() -> None:
    cross, isolated_ = ml.compare_modes(one("0", balance="10000"), "BTCUSDT", "0.5", leverage="10")
    assert (cross.mode, isolated_.mode) == ("cross", "isolated")
    assert cross.stake is not None
    assert isolated_.stake is not None
    assert isolated_.stake < cross.stake
    assert cross.away is not None
    assert isolated_.away is not None
    assert abs(isolated_.away) < abs(cross.away)


def test_who_else_falls_is_told_in_cross_and_nobody_in_isolated() -> None:
    cross, alone = ml.compare_modes(book(), "SOLUSDT", "1", leverage="5")
    assert set(cross.beside) == {"BTCUSDT/both", "ETHUSDT/both"}
    assert alone.beside == ()


def test_a_mode_that_is_refused_says_why() -> None:
    for outcome in ml.compare_modes(isolated(), "BTCUSDT", "0.1"):
        assert outcome.what_if is not None or outcome.refused
