"""Back to a ratio: the least that does it, by closing and by paying in."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.errors import InputError
from marginline.risk.sizing.least import AMOUNT, Case
from marginline.risk.sizing.reducing import reduce_to
from marginline.risk.sizing.search import least_near
from marginline.risk.what_if.orders import Change, Trade, Transfer
from marginline.risk.what_if.what_if import what_if
from tests.risk.books import INVERSE, JOINT, LINEAR, MIXED, book, codes, cross_book, isolated, one


def ratio(account: Account, pool: str) -> D:
    found = what_if(account, []).after.pool(pool).margin_ratio
    assert found is not None
    return found


def test_a_deposit_brings_it_back() -> None:
    # 250 of maintenance on 10,000 is 2.5 %; on 12,500 it is 2 %
    found = reduce_to(one(), "USDT", "0.02")
    assert found.ratio_now == D("0.025")
    assert found.deposit.amount == 2500
    assert found.deposit.what_if is not None
    assert found.deposit.what_if.after.pool("USDT").margin_ratio == D("0.02")


def test_closing_brings_it_back_in_whole_steps() -> None:
    # 0.832 left: 0.4 % of 49,920 on 10,000 less 5.04 of fee; with 0.833 it is 2.0002 %
    found = reduce_to(one(), "USDT", "0.02")
    assert found.close.changes == (Trade("BTCUSDT/both", D("-0.168"), reduce_only=True),)
    assert found.close.what_if is not None
    after = found.close.what_if.after.pool("USDT").margin_ratio
    assert after is not None
    assert after <= D("0.02")
    less = what_if(one(), [replace(found.close.changes[0], size=D("-0.167"))]).after
    worse = less.pool("USDT").margin_ratio
    assert worse is not None
    assert worse > D("0.02")


def test_every_position_gives_the_same_part() -> None:
    found = reduce_to(book(), "USDT", "0.01")
    btc, eth = found.close.changes
    assert isinstance(btc, Trade)
    assert isinstance(eth, Trade)
    assert abs(-btc.size / D("0.5") - eth.size / 3) < D("0.01")


def test_a_pool_that_is_there_needs_nothing() -> None:
    found = reduce_to(one(), "USDT", "0.5")
    assert [found.close.amount, found.deposit.amount] == [D(0), D(0)]
    assert found.close.reason == "the pool is there already"


def test_an_isolated_position_is_helped_by_margin_not_by_closing_part_of_it() -> None:
    found = reduce_to(isolated("0.5", "1500"), "BTCUSDT/both isolated", "0.04")
    assert found.deposit.amount == 1500  # 120 of maintenance on 3,000
    assert found.close.amount == 1
    assert "releases its margin with it" in found.close.reason


def test_what_does_not_count_as_support_cannot_help() -> None:
    wallets = [*JOINT["wallets"], {"asset": "USDC", "balance": "0", "collateral": False}]
    market = JOINT["market"] | {
        "asset_rate": JOINT["market"]["asset_rate"] | {"USDC": {"index": 1, "bid": 1, "ask": 1}}
    }
    account = book(JOINT, wallets=wallets, market=market)
    found = reduce_to(account, "USD", "0.01", asset="USDC")
    assert found.deposit.amount is None
    assert "does not count as support" in found.deposit.reason


def test_a_pool_that_owes_more_than_closing_brings() -> None:
    found = reduce_to(one(balance="-500"), "USDT", "0.5")
    assert found.ratio_now is None
    assert found.close.amount is None
    assert found.close.reason == "even closing all of it leaves the pool short"
    assert found.deposit.amount == 1000  # 500 owed, and 500 for 250 of maintenance


def test_missing_data_is_said() -> None:
    found = reduce_to(book(market={"mark": {}}), "USDT", "0.5")
    assert found.close.amount is found.deposit.amount is None
    assert codes(found.findings) == {"MISSING_DATA"}


@pytest.mark.parametrize(
    ("pool", "ratio", "asset", "words"),
    [
        pytest.param("USDC", "0.5", None, "one of: USDT", id="no such pool"),
        pytest.param("USDT", "0.5", "BTC", "one of: USDT", id="no such asset"),
        pytest.param("USDT", "0", None, "greater than 0", id="ratio 0"),
    ],
)
def test_refused(pool: str, ratio: str, asset: str | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        reduce_to(one(), pool, ratio, asset=asset)


@given(cross_book)
def test_the_least_deposit_is_the_least(account: Account) -> None:
    pool = account.wallets[0].asset
    found = reduce_to(account, pool, "0.01")
    if not found.deposit.amount:
        return
    (change,) = found.deposit.changes
    assert isinstance(change, Transfer)
    assert ratio(what_if(account, change).account_after, pool) <= D("0.01")
    less = replace(change, amount=change.amount - AMOUNT)
    after = what_if(account, less).after.pool(pool)
    assert after.margin_ratio is None or after.margin_ratio > D("0.01")


@given(cross_book)
def test_the_closing_told_does_it(account: Account) -> None:
    pool = account.wallets[0].asset
    found = reduce_to(account, pool, "0.01")
    if found.close.amount:
        assert ratio(what_if(account, found.close.changes).account_after, pool) <= D("0.01")


def test_the_document_is_json() -> None:
    for document, pool in ((LINEAR, "USDT"), (INVERSE, "BTC"), (JOINT, "USD"), (MIXED, "USD")):
        made = json.loads(json.dumps(reduce_to(book(document), pool, "0.01").to_dict()))
        assert made["schema"] == "marginline/reduction/1"


def test_what_is_closed_in_part_without_a_known_step_says_so() -> None:
    document = copy.deepcopy(LINEAR)
    document["wallets"][0]["balance"] = "2000"
    known = reduce_to(book(document), "USDT", "0.1")
    assert known.close.changes
    assert not known.findings
    del document["instruments"]["ETHUSDT"]["size_step"]
    told = reduce_to(book(document), "USDT", "0.1")
    assert ["instruments.ETHUSDT.size_step" in f.message for f in told.findings] == [True]


@given(st.integers(1, 10**9), st.integers(-5, 10**12), st.booleans())
def test_a_search_from_any_guess_finds_the_least_that_is_enough(
    least: int, guess: int, bounded: bool
) -> None:
    most = 10**9 if bounded else None
    assert least_near(lambda n: n < least, guess, most) == least


def test_the_way_to_a_distance_is_found_in_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, reached = [], Case.reached

    def counted(case: Case, changes: Sequence[Change]) -> bool:
        looks.append(changes)
        return reached(case, changes)

    monkeypatch.setattr(Case, "reached", counted)
    found = reduce_to(one(), "USDT", "0.5", distance="0.3", ranked=False)
    assert found.deposit.amount
    assert found.close.amount
    assert len(looks) <= 36  # by halving it is 108
