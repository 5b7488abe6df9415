"""How large: the answer fits, one step more does not, and the reason is given in words."""

from __future__ import annotations

import json
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.core.findings import Code
from marginline.errors import InputError
from marginline.risk.sizing.sizing import Sizing, size_for
from marginline.risk.what_if.acceptance import free_margin
from marginline.risk.what_if.orders import order
from marginline.risk.what_if.what_if import what_if
from tests.risk.books import (
    INVERSE,
    JOINT,
    LINEAR,
    MIXED,
    Document,
    book,
    codes,
    cross_book,
    decimals,
    hedged,
    isolated,
    one,
)


def fits(account: Account, sizing: Sizing, size: D, **limits: D) -> bool:
    """Whether an order of the size leaves the pool as wanted, by what_if and the assessment."""
    sign = 1 if sizing.side == "buy" else -1
    changes = [order(sizing.instrument, sign * size, price=sizing.price)] if size else []
    pool = what_if(account, changes).after.pools[0]
    free = free_margin(pool.figures)
    kept = pool.buffer is not None and pool.buffer >= limits.get("keep_buffer", pool.buffer)
    ratio = pool.margin_ratio is not None and pool.margin_ratio <= limits.get("keep_ratio", D(1))
    tiers = {f.code for f in pool.findings} & {Code.LEVERAGE_ABOVE_TIER, Code.ABOVE_LAST_TIER}
    live = pool.status != "liquidation"
    return isinstance(free, D) and free >= 0 and kept and ratio and live and not tiers


# A wallet of 10,000, leverage 10, taker fee 0.05 %: 6,000 of margin and 30 of fee for each coin.
@pytest.mark.parametrize(
    ("account", "side", "asked", "size", "words"),
    [
        pytest.param(one("0"), "buy", {}, "1.658", "available_balance", id="all the margin"),
        pytest.param(one("0"), "sell", {}, "1.658", "available_balance", id="short of it too"),
        pytest.param(
            one("0"), "buy", {"leverage": "20"}, "3.3", "available_balance", id="at leverage 20"
        ),
        pytest.param(
            one("0"),
            "buy",
            {"keep_ratio": "0.02"},
            "0.831",
            "margin_ratio of pool USDT",
            id="a ratio kept",
        ),
        pytest.param(
            one("0"),
            "buy",
            {"keep_buffer": "9800"},
            "0.740",
            "buffer of pool USDT",
            id="a buffer kept",
        ),
        pytest.param(
            one("0"),
            "buy",
            {"leverage": "100", "keep_ratio": "1"},
            "10",
            "is above tier 3's",
            id="tier",
        ),
        pytest.param(one(), "buy", {}, "0.663", "available_balance", id="on top of a position"),
        pytest.param(
            one(), "sell", {}, "2.653", "available_balance", id="against one: closes first"
        ),
        pytest.param(
            one("0", balance="1"), "buy", {}, "0", "available_balance", id="nothing at all"
        ),
        pytest.param(
            one(balance="300"), "buy", {}, "0", "already, before any order", id="under already"
        ),
    ],
)
def test_size(account: Account, side: str, asked: Document, size: str, words: str) -> None:
    found = size_for(account, "BTCUSDT", side, **asked)
    assert found.size == D(size)
    assert words in found.limit
    assert found.what_if is not None


def test_what_if_of_the_answer_is_part_of_it() -> None:
    found = size_for(one("0"), "BTCUSDT", "buy")
    assert found.what_if is not None
    assert found.what_if.account_after.positions[0].size == found.size


def test_a_leg_of_hedge_mode_cannot_be_closed_twice() -> None:
    found = size_for(hedged(balance=None), "BTCUSDT", "sell", position_side="long")
    assert found.size == 1
    assert found.limit == "BTCUSDT/long holds only 1"
    more = size_for(hedged(), "BTCUSDT", "buy", position_side="long")
    assert more.size is not None
    assert more.size > 0


def test_an_isolated_order_is_paid_by_the_cross_wallet() -> None:
    found = size_for(isolated(), "BTCUSDT", "buy")
    assert found.size == D("0.663")
    assert "available_balance of pool USDT" in found.limit
    # of 1 + q coins: (300 (1 + q) - 50) / (6000 (1 + q)) <= 4.3 %
    kept = size_for(isolated(), "BTCUSDT", "buy", keep_ratio="0.043")
    assert kept.size == D("0.190")
    assert "margin_ratio of pool BTCUSDT/both isolated" in kept.limit


def test_the_last_tier_s_end_is_a_limit() -> None:
    found = size_for(one("0", balance="10000000"), "BTCUSDT", "buy")
    assert found.size == 50  # 3,000,000
    assert "beyond the last tier's end 3000000" in found.limit


def test_closing_that_costs_too_much_is_limited_too() -> None:
    # 5,027.5 lost for each coin sold at 55,000, and 0.4 % of what is left
    found = size_for(one(), "BTCUSDT", "sell", price="55000", keep_buffer="7000")
    assert found.size == D("0.576")
    assert "buffer of pool USDT" in found.limit


def test_a_stop_that_loses_nothing_for_rebates_is_refused() -> None:
    fees = {"parameters": {"fees": {"taker": "-0.01"}}}
    with pytest.raises(InputError, match="nothing is lost"):
        size_for(book(**fees), "SOLUSDT", "buy", stop="99.9", risk="5")


def test_where_the_instrument_has_no_step_it_is_1e_8() -> None:
    found = size_for(book(), "SOLUSDT", "buy")
    assert found.step == D("1e-8")
    assert found.size is not None
    assert found.size % D("1e-7") != 0


def test_a_fill_better_than_the_mark_may_have_no_limit_and_says_why() -> None:
    found = size_for(book(), "SOLUSDT", "buy", price="10")
    assert found.size is None
    assert "nothing limits the size" in found.limit
    assert "better than the mark" in found.findings[0].message


def test_missing_data_is_said_not_guessed() -> None:
    found = size_for(book(positions=[], settings=None), "BTCUSDT", "buy")
    assert found.size is found.by_margin is None
    assert "leverage of BTCUSDT is not given" in found.limit
    assert "MISSING_DATA" in codes(found.findings)


def test_a_balance_that_cannot_be_checked_is_said() -> None:
    found = size_for(book(MIXED), "ETHUSDT", "sell", keep_ratio="0.5")
    assert found.size is not None
    assert "is not checked" in found.findings[0].message


# -- risk at a stop --------------------------------------------------------------------------------


def test_risk_based_size() -> None:
    # each coin loses 3,000 to the stop, 30 of fee to open and 28.5 to close: 500 / 3058.5
    found = size_for(one("0"), "BTCUSDT", "buy", stop="57000", risk="500")
    assert found.size == found.by_risk == D("0.163")
    assert found.by_margin == D("1.658")
    assert "one step more would lose 501.594 USDT at the stop 57000" in found.limit
    assert found.stop_beyond_liquidation is False


def test_risk_of_a_short() -> None:
    found = size_for(one("0"), "BTCUSDT", "sell", stop="63000", risk="500")
    assert found.by_risk == D("0.163")  # 3,000 + 30 + 31.5


def test_risk_of_an_inverse_contract() -> None:
    account = book(INVERSE, parameters={"tiers": INVERSE["parameters"]["tiers"]})
    found = size_for(account, "BTCUSD_PERP", "buy", stop="50000", risk="0.1")
    # 100 * (1/50000 - 1/60000) is 1/3000 of a coin for each contract: 300, less what rounding takes
    assert found.by_risk in (299, 300)
    assert "no fee is taken off" in " ".join(f.message for f in found.findings)


def test_margin_binds_where_risk_would_allow_more() -> None:
    found = size_for(one("0"), "BTCUSDT", "buy", stop="59000", risk="9000")
    assert found.by_risk is not None
    assert found.size == D("1.658") < found.by_risk
    assert "available_balance" in found.limit


def test_a_stop_beyond_liquidation_is_told_with_the_size_at_which_it_would_not_be() -> None:
    found = size_for(one("0"), "BTCUSDT", "buy", stop="52000", leverage="50")
    assert found.stop_beyond_liquidation is True
    assert found.size_with_stop_inside is not None
    assert "STOP_BEYOND_LIQUIDATION" in codes(found.findings)

    def end(size: D) -> D:
        pool = what_if(one("0"), order("BTCUSDT", size, leverage="50")).after.pools[0]
        price = pool.position("BTCUSDT/both").liquidation_price_below
        assert price is not None
        return price

    assert end(found.size_with_stop_inside) < 52000 <= end(found.size_with_stop_inside + found.step)


def test_a_stop_that_no_size_brings_inside() -> None:
    account = book(
        positions=[], settings={"BTCUSDT": {"leverage": "100", "margin_mode": "isolated"}}
    )
    found = size_for(account, "BTCUSDT", "buy", stop="59000")
    assert found.stop_beyond_liquidation is True
    assert found.size_with_stop_inside == 0
    assert "lower the leverage or move the stop" in found.findings[0].message


def test_a_stop_does_not_matter_to_what_only_closes() -> None:
    found = size_for(hedged(), "BTCUSDT", "sell", position_side="long", stop="70000")
    assert found.stop_beyond_liquidation is None


@pytest.mark.parametrize(
    ("side", "asked", "words"),
    [
        pytest.param("buy", {"stop": "61000"}, "must be below it", id="a buy's stop above"),
        pytest.param("sell", {"stop": "60000"}, "must be above it", id="a stop at the price"),
        pytest.param("buy", {"risk": "5"}, "give the stop too", id="risk without a stop"),
        pytest.param("long", {}, "one of: buy, sell", id="no side"),
        pytest.param("buy", {"keep_ratio": 0.5}, "write it as a string", id="a float"),
        pytest.param("buy", {"position_side": "long"}, "leave position_side out", id="no such leg"),
    ],
)
def test_refused(side: str, asked: Document, words: str) -> None:
    with pytest.raises(InputError, match=words):
        size_for(one("0"), "BTCUSDT", side, **asked)


def test_an_unknown_instrument_is_refused() -> None:
    with pytest.raises(InputError, match="does not know this instrument"):
        size_for(one(), "NOPE", "buy")


# -- properties ------------------------------------------------------------------------------------


@given(
    cross_book,
    st.sampled_from(["buy", "sell"]),
    decimals("0.05", "1", 2),
    st.integers(0, 2),
)
def test_the_answer_fits_and_one_step_more_does_not(
    account: Account, side: str, ratio: D, which: int
) -> None:
    symbols = sorted(account.instruments)
    found = size_for(account, symbols[which % len(symbols)], side, keep_ratio=ratio, leverage="8")
    assert found.size is not None
    unit = found.step
    account = what_if(account, []).account_after
    if found.size == 0 and found.limit.startswith(("already", "even with all of it closed")):
        return
    for size, wanted in ((found.size, True), (found.size + unit, False)):
        sign = 1 if side == "buy" else -1
        changes = [order(found.instrument, sign * size, leverage="8")] if size else []
        after = what_if(account, changes).account_after
        assert fits(after, found, D(0), keep_ratio=ratio) == wanted


@pytest.mark.parametrize("document", [LINEAR, INVERSE, JOINT, MIXED])
def test_the_document_is_json(document: Document) -> None:
    account = book(document)
    first = account.positions[0].instrument
    made = json.loads(json.dumps(size_for(account, first, "buy", stop="50000").to_dict()))
    assert made["schema"] == "marginline/sizing/1"
    assert made["what_if"]["schema"] == "marginline/what-if/1"


def test_a_size_without_a_known_step_says_so() -> None:
    account = book(LINEAR)
    told = size_for(account, "SOLUSDT", "buy")
    text = (
        "the venue's size step is not told, so the size is not rounded to one that can be sent;"
        " give instruments.SOLUSDT.size_step"
    )
    assert [f.message for f in told.findings if "size step" in f.message] == [text]
    known = size_for(account, "BTCUSDT", "buy")
    assert not any("size step" in f.message for f in known.findings)
