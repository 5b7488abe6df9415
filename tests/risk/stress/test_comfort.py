"""False comfort and false alarm: what is borrowed, and what a move does to a hedged book."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import marginline as ml
from marginline.core.findings import Status
from marginline.core.measures import Measure
from tests.risk.books import LINEAR, book, hedged, one

D = Decimal
SAMPLES = Path(ml.__file__).parent / "cli" / "samples"


def only(account: ml.Account) -> ml.Comfort:
    (found,) = ml.comforts(account, ml.assess(account))
    return found


def test_profit_that_holds_it_up_is_false_comfort() -> None:
    found = only(one("3", balance="-12000", entry_price="50000"))
    assert found.props == {"unrealized_profit": D(30_000)}
    assert found.own == found.buffer - 30_000
    assert found.own < 0
    assert found.false_comfort
    assert found.without["unrealized_profit"] == found.own


def test_money_of_ones_own_is_none() -> None:
    found = only(one("1", balance="20000"))
    assert found.props == {}
    assert not found.false_comfort
    assert found.own == found.buffer


def test_a_bonus_counts_as_borrowed_and_coins_do_not() -> None:
    wallets = [{"asset": "USDT", "balance": "10000", "credit": "9000"}]
    found = only(book(LINEAR, wallets=wallets))
    assert found.props["bonus"] == 9_000
    assert found.false_comfort
    coins = only(ml.load(SAMPLES / "coins-as-collateral.json"))
    assert coins.props["coins"] > 0
    assert coins.own == coins.buffer - coins.props.get("unrealized_profit", D(0))


def test_a_hedged_book_that_looks_bad_is_a_false_alarm_and_a_bare_one_is_not() -> None:
    thin = [{"asset": "USDT", "balance": "900"}]
    covered = hedged("1", "-0.999", wallets=thin)
    assert ml.assess(covered).status is not Status.HEALTHY or only(covered).moved is None
    bare = only(one("1", balance="400"))
    assert bare.status is Status.WATCH
    assert bare.moved is not None
    assert not bare.false_alarm
    assert bare.moved > bare.buffer


def test_what_a_move_takes_is_that_of_the_worse_of_fall_and_rise() -> None:
    account = one("1", balance="400")
    found = only(account)
    days = ml.stress(account, [s for s in ml.SCENARIOS if s.name in {"fall-10", "rise-10"}]).days
    assert found.moved == max(day.pools[0].lost for day in days if day.pools[0].lost is not None)


@pytest.mark.parametrize("story", [path.stem for path in sorted(SAMPLES.glob("*.json"))])
def test_every_sample_has_its_comfort_and_sums(story: str) -> None:
    account = ml.load(SAMPLES / f"{story}.json")
    assessment = ml.assess(account)
    for each in ml.comforts(account, assessment):
        buffer = assessment.pool(each.pool).measures[Measure.BUFFER]
        assert each.buffer == buffer
        for name, left in each.without.items():
            assert left == buffer - each.props[name]
    told = {each.pool for each in ml.comforts(account, assessment) if each.false_comfort}
    assert bool(told) == (story == "rich-on-paper")


def test_what_stands_without_it_has_its_status_and_the_most_cut_coin_its_odds() -> None:
    bare = only(one("3", balance="-12000", entry_price="50000"))
    assert bare.statuses == {"unrealized_profit": Status.LIQUIDATION}
    assert bare.most_cut is None
    account = ml.load(SAMPLES / "coins-as-collateral.json")
    coins = only(account)
    assert coins.most_cut == "BTC", "5 % is taken of it, of the dollars nothing"
    assert coins.without["most_cut"] == coins.buffer - coins.props["most_cut"]
    assert coins.statuses["most_cut"] is Status.LIQUIDATION
    assert coins.to_dict()["status_without"]["most_cut"] == "liquidation"
    symbols = sorted({row.instrument for row in account.positions if row.size})
    moments = [datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 8)]
    closes = {s: {m: 100.0 + n % 2 for n, m in enumerate(moments)} for s in symbols}
    (found,) = ml.headroom(account, ml.past_of(closes, symbols), paths=50)
    assert [each.without_most_cut for each in found.odds] == [1, 1, 1, 1]
    assert all(each.bootstrap < 1 for each in found.odds)
