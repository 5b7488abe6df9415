"""Liquidation prices: each instrument alone and all together, exact, with the drain named."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard import STANDARD
from marginline.core.distance.motion import Motion, straight_line
from marginline.core.distance.reach import reach
from marginline.core.measures import Measure
from marginline.core.numbers import Direction
from marginline.core.pool.schedules import Rounding
from marginline.errors import InputError
from marginline.risk.moves.joint import JointMove
from marginline.risk.moves.liquidation import LiquidationPrices, liquidation_prices
from marginline.risk.what_if.orders import shock_all
from marginline.risk.what_if.what_if import what_if
from marginline.venues.assessing import assess
from tests.risk.books import (
    INVERSE,
    JOINT,
    LINEAR,
    MIXED,
    Document,
    any_book,
    book,
    codes,
    cross_book,
    hedged,
    isolated,
    one,
)

NEAR = D("1e-25")


def move(found: LiquidationPrices, direction: str, collateral: str = "stands") -> JointMove:
    return next(j for j in found.joint if (j.direction, j.collateral) == (direction, collateral))


def at_marks(account: Account, marks: dict[str, D]) -> Account:
    market = account.market
    return replace(account, market=replace(market, mark=dict(market.mark) | marks))


def ratio_of(account: Account, pool: str) -> D:
    ratio = assess(account).pool(pool).margin_ratio
    assert ratio is not None
    return ratio


# -- alone -----------------------------------------------------------------------------------------


def test_each_instrument_alone_is_the_assessment_s_price() -> None:
    found = liquidation_prices(book())
    pool = assess(book()).pool("USDT")
    for row in found.alone:
        position = pool.position(row.positions[0])
        assert row.price == position.liquidation_price
        assert (row.below, row.above) == (
            position.liquidation_price_below,
            position.liquidation_price_above,
        )
    row = found.of("BTCUSDT")
    assert row.price is not None
    assert row.distance == (60000 - row.price) / 60000


def test_legs_of_one_pool_share_a_row() -> None:
    assert [row.positions for row in liquidation_prices(hedged()).alone] == [
        ("BTCUSDT/long", "BTCUSDT/short")
    ]


def test_isolated_positions_have_their_own() -> None:
    found = liquidation_prices(isolated())
    assert found.of("BTCUSDT", "BTCUSDT/both isolated").price is not None
    with pytest.raises(KeyError, match="BTCUSDT in BTCUSDT/both isolated"):
        found.of("ETHUSDT")


def test_every_absence_has_its_reason() -> None:
    found = liquidation_prices(book(INVERSE))
    row = found.of("BTCUSD_Q")
    assert row.price is row.distance is None
    assert "its loss is bounded" in row.reasons["price"]
    assert set(row.reasons) == {"price", "below", "above"}
    missing = liquidation_prices(book(market={"mark": {"BTCUSDT": "60000"}}))
    assert "mark price of ETHUSDT" in missing.of("BTCUSDT").reasons["price"]
    assert all("mark price of ETHUSDT" in j.reason for j in missing.joint)


@given(any_book)
def test_at_its_liquidation_price_an_account_stands_at_ratio_one(account: Account) -> None:
    for row in liquidation_prices(account).alone:
        if row.price is not None:
            moved = at_marks(account, {row.instrument: row.price})
            assert abs(ratio_of(moved, row.pool) - 1) < NEAR


# -- together --------------------------------------------------------------------------------------


def test_all_together_down() -> None:
    found = move(liquidation_prices(book()), "down")
    assert found.move is not None
    x = -found.move
    # 30,000 of BTC are in the first row, 0.4 %; 9,000 of ETH at 1 %
    support = 10000 - 21000 * x
    needed = D("0.004") * 30000 * (1 - x) + D("0.01") * 9000 * (1 - x)
    assert abs(support - needed) < NEAR
    assert found.prices["ETHUSDT"] == 3000 * (1 + found.move)


def test_the_drain_names_who_takes_and_who_gives_back() -> None:
    found = move(liquidation_prices(book()), "down")
    assert [drain.of for drain in found.drain] == ["BTCUSDT/both", "ETHUSDT/both"]
    for drain, share in zip(found.drain, (D(30) / 21, D(-9) / 21), strict=True):
        assert drain.share is not None
        assert abs(drain.share - share) < NEAR
    assert sum(drain.loss for drain in found.drain) == found.support_loss


def test_a_move_that_never_liquidates_says_so() -> None:
    found = move(liquidation_prices(book()), "up")
    assert (found.move, found.reason) == (None, "no joint move up leads to liquidation")


def test_collateral_that_moves_brings_liquidation_nearer() -> None:
    found = liquidation_prices(book(JOINT))
    stands, moves = move(found, "down"), move(found, "down", "moves")
    assert stands.move is not None
    assert moves.move is not None
    assert stands.move < moves.move < 0
    assert moves.rates["BTC"] == 60000 * (1 + moves.move)
    assert "collateral" in [drain.of for drain in moves.drain]
    assert not moves.scanned


def test_the_beta_of_a_coin_is_its_instrument_s_unless_given() -> None:
    of_btc = move(liquidation_prices(book(JOINT), {"BTCUSDT": "0.9"}), "down", "moves")
    given_both = {"BTCUSDT": "0.9", "BTC": "0.9"}
    assert of_btc == move(liquidation_prices(book(JOINT), given_both), "down", "moves")
    apart = move(liquidation_prices(book(JOINT), {"BTCUSDT": "0.9", "BTC": "0"}), "down", "moves")
    assert apart.move is not None
    assert of_btc.move is not None
    assert apart.move < of_btc.move


def test_shocking_all_to_the_joint_move_liquidates() -> None:
    for document in (LINEAR, JOINT, INVERSE, MIXED):
        account = book(document)
        found = move(liquidation_prices(account), "down", "moves")
        assert found.move is not None
        for nudge, status in (("1e-12", "watch"), ("-1e-12", "liquidation")):
            after = what_if(account, shock_all(found.move + D(nudge))).after
            assert after.pool(found.pool).status == status


def test_a_book_of_linear_and_inverse_contracts_is_scanned_and_says_so() -> None:
    found = liquidation_prices(book(MIXED))
    assert all(each.scanned for each in found.joint)
    assert "APPROXIMATE" in codes(found.findings)
    down = move(found, "down")
    assert abs(ratio_of(at_marks(book(MIXED), dict(down.prices)), "USD") - 1) < D("1e-17")


def test_inverse_contracts_of_one_beta_are_exact() -> None:
    found = move(liquidation_prices(book(INVERSE)), "down")
    assert not found.scanned
    assert abs(ratio_of(at_marks(book(INVERSE), dict(found.prices)), "BTC") - 1) < NEAR


def test_inverse_contracts_of_two_betas_are_scanned() -> None:
    found = move(liquidation_prices(book(INVERSE), {"BTCUSD_Q": "0.5"}), "down")
    assert found.scanned
    assert abs(ratio_of(at_marks(book(INVERSE), dict(found.prices)), "BTC") - 1) < D("1e-17")


ALL = {"BTCUSDT": D(1), "ETHUSDT": D(1)}


@pytest.mark.parametrize(
    ("terms", "assets", "straight"),
    [
        pytest.param({}, {}, True, id="linear, collateral standing"),
        pytest.param({}, {"BTC": D(1)}, True, id="linear, collateral moving"),
        pytest.param({"slope": D("1e-6")}, {"BTC": D(1)}, True, id="a slope in a standing asset"),
        pytest.param({"slope": D("1e-6")}, {"USDT": D(1)}, False, id="a slope in a moving asset"),
        pytest.param({}, {"USD": D(1)}, False, id="valued in a moving asset"),
        pytest.param({"rounding": Rounding(D(1), Direction.UP)}, {}, False, id="rounded terms"),
    ],
)
def test_which_paths_are_straight(terms: Document, assets: dict[str, D], straight: bool) -> None:
    pool = assess(book(JOINT)).pools[0].figures.pool
    exposures = tuple(
        replace(e, maintenance=replace(e.maintenance, **terms)) for e in pool.exposures
    )
    line = straight_line(replace(pool, exposures=exposures), Motion(ALL, assets))
    assert (line is not None) == straight


def test_in_a_pool_valued_in_a_moving_coin_the_others_move_against_it() -> None:
    pool = assess(book(JOINT)).pools[0].figures.pool
    moved = Motion({}, {"USD": D(1)}).pool_at(pool, D("0.25"))
    assert moved.leg("USDT").index == D("0.8")
    assert moved.leg("BTC").rate_positive == 57000 * D("0.8")


def test_rules_of_the_venue_s_own_are_scanned() -> None:
    """A venue whose support is not the normal form's: the walk's curves do not hold."""
    assessed = assess(book()).pools[0].figures
    less = replace(STANDARD[Measure.SUPPORT], compute=lambda pool: pool[Measure.MARGIN_BALANCE] / 2)
    kind = assessed.pool.kind
    rules = replace(assessed.all_rules, pool={kind: {**assessed.rules, Measure.SUPPORT: less}})
    found = reach(PoolFigures(assessed.pool, rules), Motion(ALL, {}))
    assert found.scanned
    assert found.down is not None
    half = PoolFigures(Motion(ALL, {}).pool_at(assessed.pool, found.down), rules)
    assert abs(half[Measure.BUFFER]) < D("1e-15")


def test_a_negative_beta_moves_the_other_way() -> None:
    account = book(positions=LINEAR["positions"][:1])
    straight = liquidation_prices(account)
    turned = liquidation_prices(account, {"BTCUSDT": "-1"})
    down, up = move(straight, "down"), move(turned, "up")
    assert down.move is not None
    assert up.move == -down.move
    assert up.prices == down.prices


def test_a_pool_already_under_is_at_move_zero() -> None:
    found = liquidation_prices(one(balance="-5000"))
    assert [each.move for each in found.joint[:2]] == [0, 0]
    assert "already" in found.joint[0].reason


def test_an_empty_pool_and_a_path_that_stands_say_so() -> None:
    assert liquidation_prices(one("0")).joint[0].reason == "nothing is open in this pool"
    still = liquidation_prices(book(), {"BTCUSDT": 0, "ETHUSDT": 0})
    assert still.joint[0].reason == "nothing in this pool moves on this path"


def test_the_textbook_calls() -> None:
    textbook = book(venue="textbook", mode=None)
    down = move(liquidation_prices(textbook), "down")
    assert down.event == "margin_call"
    assert down.move is not None


def test_the_pool_that_goes_first() -> None:
    found = liquidation_prices(isolated())
    first = found.nearest("down")
    assert first is not None
    assert first.pool == "BTCUSDT/both isolated"
    assert found.nearest("up") is None


@pytest.mark.parametrize(
    ("betas", "words"),
    [
        pytest.param({"XRPUSDT": "1"}, "it holds: BTCUSDT, ETHUSDT, USDT", id="not held"),
        pytest.param({"BTCUSDT": 0.5}, "write it as a string", id="a float"),
    ],
)
def test_refused_betas(betas: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        liquidation_prices(book(), betas)


@given(any_book, st.data())
def test_with_one_beta_the_joint_move_is_the_instrument_s_own_price(
    account: Account, data: st.DataObject
) -> None:
    rows = liquidation_prices(account).alone
    assume(rows)
    row = data.draw(st.sampled_from(rows))
    symbols = {each.instrument for each in rows}
    betas = {symbol: "1" if symbol == row.instrument else "0" for symbol in symbols}
    moves = [
        each
        for each in liquidation_prices(account, betas).joint
        if each.pool == row.pool and each.collateral == "stands"
    ]
    assert row.mark is not None
    if assess(account).pool(row.pool).status == "liquidation":
        assert [each.move for each in moves] == [0, 0]
        return
    for each, price in zip(moves, (row.below, row.above), strict=True):
        assert not each.scanned
        assert (each.move is None) == (price is None)
        if price is not None:
            assert abs(each.prices[row.instrument] - price) < NEAR * price


@given(cross_book, st.lists(st.sampled_from(["0.5", "1", "1.7", "-0.4"]), min_size=3, max_size=3))
def test_at_a_joint_move_the_ratio_is_one(account: Account, values: list[str]) -> None:
    symbols = sorted({position.instrument for position in account.positions})
    linear = account.venue == "binance_usdm"
    betas = dict(zip(symbols, values if linear else ["1", "1"], strict=False))
    for each in liquidation_prices(account, betas).joint:
        if each.move:
            moved = at_marks(account, dict(each.prices))
            assert abs(ratio_of(moved, each.pool) - 1) < D("1e-17" if each.scanned else "1e-22")


def test_the_document_is_json() -> None:
    for document in (LINEAR, INVERSE, JOINT, MIXED):
        made = json.loads(json.dumps(liquidation_prices(book(document)).to_dict()))
        assert made["schema"] == "marginline/liquidation/1"
        assert {row["collateral"] for row in made["joint"]} == {"stands", "moves"}
