"""Headroom of accounts: against the closed form, monotone, withheld where it cannot be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

import marginline as ml
from marginline.risk.odds.past import Past
from tests.risk.books import INVERSE, LINEAR, book, codes, hedged, one

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
THIN = [{"asset": "BTC", "balance": "0.03"}]


def normal_past(*symbols: str, days: int = 400, scatter: float = 0.004, seed: int = 3) -> Past:
    """Hourly prices without fat tails; every symbol moves by itself."""
    moves = np.random.default_rng(seed).normal(0, scatter, (24 * days, len(symbols)))
    return Past(symbols, HOUR, NOW, 100 * np.exp(np.cumsum(moves, axis=0)))


def only(account: ml.Account, past: Past, *, paths: int = 500, seed: int = 0) -> ml.Headroom:
    (found,) = ml.headroom(account, past, paths=paths, seed=seed)
    return found


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(one("3", balance="8000"), id="a long"),
        pytest.param(one("-3", balance="8000"), id="a short"),
        pytest.param(
            book(INVERSE, positions=INVERSE["positions"][:1], wallets=THIN),
            id="an inverse long",
        ),
    ],
)  # fmt: skip
def test_a_normal_past_gives_the_chances_of_the_closed_form(account: ml.Account) -> None:
    symbol = account.positions[0].instrument if account.positions else ""
    found = only(account, normal_past(symbol), paths=3_000)
    assert found.odds
    for odds in found.odds[:3]:  # over a week the closed form's straight line is too straight
        assert abs(odds.bootstrap - odds.normal) < 4 * odds.error + 0.02
    assert 0.02 < found.odds[2].bootstrap < 0.98, "a question whose answer says something"


def test_a_longer_horizon_is_never_safer() -> None:
    found = only(book(), normal_past("BTCUSDT", "ETHUSDT", scatter=0.03))
    chances = [odds.bootstrap for odds in found.odds]
    assert chances == sorted(chances)
    assert chances[-1] > 0


def test_the_same_seed_gives_the_same_odds_and_another_seed_others() -> None:
    past = normal_past("BTCUSDT")
    first, again, other = (only(one("3"), past, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.odds != other.odds


def test_a_deposit_and_a_calmer_market_never_lower_headroom() -> None:
    wild, calm = normal_past("BTCUSDT", scatter=0.006), normal_past("BTCUSDT", scatter=0.003)
    poor, rich = one("3"), one("3", balance="14000")
    for past in (wild, calm):
        here, more = only(poor, past), only(rich, past)
        assert here.sigmas is not None
        assert more.sigmas is not None
        assert more.sigmas > here.sigmas
        assert all(b.bootstrap <= a.bootstrap for a, b in zip(here.odds, more.odds, strict=True))
    assert only(poor, calm).odds[2].bootstrap <= only(poor, wild).odds[2].bootstrap


def test_a_hedged_book_is_told_from_a_bare_one_of_the_same_ratio() -> None:
    past = normal_past("BTCUSDT")
    bare = only(one("1", balance="6000"), past)
    covered = only(hedged("1", "-0.9", wallets=[{"asset": "USDT", "balance": "6000"}]), past)
    assert bare.sigmas is not None
    assert covered.sigmas is not None
    assert covered.sigmas > 5 * bare.sigmas


def test_profit_that_is_the_only_support_is_called_so() -> None:
    account = one("3", balance="-12000", entry_price="50000")
    found = only(account, normal_past("BTCUSDT"))
    assert found.odds[2].bootstrap < 0.2
    assert found.odds[0].without_profit == 1


def test_funding_drains_the_buffer_at_todays_rate() -> None:
    market = LINEAR["market"] | {"funding": {"BTCUSDT": {"rate": "0.001", "interval_hours": "8"}}}
    drained = only(book(one_long(), market=market), normal_past("BTCUSDT"))
    plain = only(book(one_long()), normal_past("BTCUSDT"))
    assert drained.drain == pytest.approx(3 * 60000 * 0.001 * 3)
    assert drained.odds[-1].bootstrap > plain.odds[-1].bootstrap


def one_long() -> dict[str, object]:
    row = {"instrument": "BTCUSDT", "size": "3", "entry_price": "60000", "leverage": "10"}
    return LINEAR | {"positions": [row]}


NONE = {"asset": "USDT", "balance": "0"}


def test_a_coin_that_is_collateral_falls_with_its_contract() -> None:
    terms = LINEAR["parameters"] | {
        "collateral": {"BTC": {"ratio": "0.95"}, "USDT": {"ratio": "1"}}
    }
    rate = {"USDT": "1", "BTC": "60000"}
    common = {
        "mode": "multi_assets",
        "parameters": terms,
        "market": LINEAR["market"]
        | {"asset_rate": {k: {"index": v, "bid": v, "ask": v} for k, v in rate.items()}},
    }
    coins = book(one_long(), wallets=[{"asset": "BTC", "balance": "0.2"}, NONE], **common)
    money = book(one_long(), wallets=[{"asset": "USDT", "balance": "12000"}], **common)
    past = normal_past("BTCUSDT")
    in_coins, in_money = only(coins, past), only(money, past)
    assert in_coins.sigmas is not None
    assert in_money.sigmas is not None
    assert in_coins.sigmas < in_money.sigmas


# -- withheld ------------------------------------------------------------------------------------


def test_below_seven_days_of_a_past_no_chance_is_told() -> None:
    found = only(one("3"), normal_past("BTCUSDT", days=6))
    assert (found.odds, found.sigmas) == ((), None)
    assert codes(found.findings) == {"MISSING_DATA"}
    assert "6.0 days of a past are too few" in found.findings[0].message


def test_an_instrument_without_a_past_is_named() -> None:
    found = only(book(), normal_past("BTCUSDT"))
    assert not found.odds
    assert "no past of ETHUSDT" in found.findings[0].message


def test_a_missing_price_is_no_headroom() -> None:
    market = LINEAR["market"] | {"mark": {"BTCUSDT": "60000"}}
    (found,) = ml.headroom(book(market=market), normal_past("BTCUSDT", "ETHUSDT"))
    assert not found.odds
    assert codes(found.findings) == {"MISSING_DATA"}


def test_a_past_that_ended_long_ago_says_so() -> None:
    past = normal_past("BTCUSDT")
    old = Past(past.symbols, past.step, NOW - 9 * DAY, past.closes)
    found = only(one("3"), old, paths=100)
    assert codes(found.findings) == {"STALE", "APPROXIMATE"}
    assert any("9.0 days before" in each.message for each in found.findings)


def test_a_pool_beyond_its_line_has_touched_it() -> None:
    found = only(one("3", balance="100"), normal_past("BTCUSDT"), paths=100)
    assert {odds.bootstrap for odds in found.odds} == {1.0}


@pytest.mark.parametrize("paths", [0, -1, 10**9])
def test_a_number_of_paths_that_cannot_be_is_refused(paths: int) -> None:
    with pytest.raises(ml.InputError, match="paths"):
        ml.headroom(one("3"), normal_past("BTCUSDT"), paths=paths)


@pytest.mark.parametrize("horizons", [(), (HOUR, -DAY)])
def test_horizons_that_cannot_be_are_refused(horizons: tuple[timedelta, ...]) -> None:
    with pytest.raises(ml.InputError, match="horizons"):
        ml.headroom(one("3"), normal_past("BTCUSDT"), horizons=horizons)


# -- candles -------------------------------------------------------------------------------------

CANDLES = """open_time,symbol,close
1756684800000,BTCUSDT,60000
1756688400000,BTCUSDT,60100
1756692000000,BTCUSDT,60050
1756699200000,BTCUSDT,60020
1756702800000,BTCUSDT,60010
1756706400000,BTCUSDT,60000.5
"""


def test_a_hole_in_the_candles_ends_what_is_used() -> None:
    past = ml.past_of(ml.read_candles(CANDLES), ["BTCUSDT"])
    assert list(past.closes[:, 0]) == [60020, 60010, 60000.5]
    assert (past.step, past.ends_at) == (HOUR, datetime(2025, 9, 1, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a,b\n1,2\n", "candles need columns", id="no columns"),
        pytest.param(CANDLES + "soon,BTCUSDT,1\n", "line 8, time", id="no time"),
        pytest.param(CANDLES + "1756710000000,BTCUSDT,-1\n", "line 8, close", id="negative"),
        pytest.param(CANDLES + "1756710000000,BTCUSDT,nan\n", "line 8, close", id="not a number"),
        pytest.param("open_time,symbol,close\n", "no rows", id="empty"),
    ],
)
def test_candles_that_cannot_be_read_are_refused_by_line(text: str, said: str) -> None:
    with pytest.raises(ml.InputError, match=said):
        ml.read_candles(text)


def test_a_symbol_without_candles_is_refused() -> None:
    with pytest.raises(ml.InputError, match="ETHUSDT"):
        ml.past_of(ml.read_candles(CANDLES), ["BTCUSDT", "ETHUSDT"])


def test_thinner_steps_keep_the_last_close() -> None:
    past = normal_past("BTCUSDT", days=2)
    thin = past.thinned(5 * HOUR)
    assert thin.step == 5 * HOUR
    assert thin.closes[-1] == past.closes[-1]
    assert Decimal(len(thin.closes)) == 10


def test_the_trend_of_the_past_is_no_forecast() -> None:
    calm = normal_past("BTCUSDT")
    trend = np.exp(-0.001 * np.arange(len(calm.closes)))[:, None]
    falling = Past(calm.symbols, calm.step, calm.ends_at, calm.closes * trend)
    plain, fallen = (only(one("3"), past).odds[2] for past in (calm, falling))
    assert abs(plain.bootstrap - fallen.bootstrap) < 4 * (plain.error + fallen.error)


def test_funding_that_is_not_told_is_not_zero() -> None:
    found = only(one("3"), normal_past("BTCUSDT"), paths=100)
    assert found.drain is None
    assert any("funding of BTCUSDT is not counted" in each.message for each in found.findings)


@pytest.mark.parametrize("looks", [timedelta(minutes=5), HOUR, 4 * HOUR])
def test_who_looks_in_steps_sees_fewer_touches(looks: timedelta) -> None:
    account, past = one("3", balance="8000"), normal_past("BTCUSDT")
    (always,) = ml.headroom(account, past, paths=2_000)
    (seldom,) = ml.headroom(account, past, paths=2_000, looks=looks)
    for a, b in zip(always.odds[1:], seldom.odds[1:], strict=True):
        assert b.normal < a.normal
        assert b.bootstrap <= a.bootstrap
        assert abs(b.bootstrap - b.normal) < 4 * b.error + 0.04


def test_a_look_that_takes_no_time_is_refused() -> None:
    with pytest.raises(ml.InputError, match="looks"):
        ml.headroom(one("3"), normal_past("BTCUSDT", days=20), looks=timedelta(0))


def test_spread_grows_by_the_root_of_time() -> None:
    found = only(one("3"), normal_past("BTCUSDT"))
    assert found.sigmas is not None
    assert found.hours_at[1] == pytest.approx(24 * found.sigmas**2)
    assert found.hours_at[1] == pytest.approx(9 * found.hours_at[3])
