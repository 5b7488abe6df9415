"""What if: each change by itself, the difference, and what the venue would say."""

from __future__ import annotations

import decimal
import json
from decimal import Decimal as D

import pytest

from marginline.core.account import file as account_file
from marginline.core.account.account import Account, Position
from marginline.core.findings import Code
from marginline.core.measures import Measure
from marginline.errors import InputError
from marginline.risk.what_if.orders import (
    Change,
    add_margin,
    close,
    deposit,
    funding,
    order,
    set_leverage,
    set_margin_mode,
    shock,
    shock_all,
    withdraw,
)
from marginline.risk.what_if.what_if import WhatIf, what_if
from marginline.venues.assessing import assess
from tests.risk.books import INVERSE, JOINT, MIXED, book, codes, equity, hedged, isolated, one

M = Measure


def row(account: Account, key: str = "BTCUSDT/both") -> Position:
    return next(position for position in account.positions if position.key == key)


def refusals(answer: WhatIf) -> str:
    return "; ".join(f.message for f in answer.findings if f.code is Code.VENUE_WOULD_REFUSE)


# -- the answer ------------------------------------------------------------------------------------


def test_nothing_changes_nothing() -> None:
    account = book()
    answer = what_if(account, [])
    assert answer.after == answer.before
    assert answer.account_after == account
    assert set(answer.difference.pools["USDT"].values()) <= {D(0), None}
    assert answer.findings == ()


def test_before_and_after_are_assessments_of_the_two_accounts() -> None:
    answer = what_if(book(), [order("BTCUSDT", "0.5", price="60000"), shock("BTCUSDT", "-0.10")])
    assert answer.before == assess(book())
    assert answer.after == assess(answer.account_after)
    assert answer.account_after.market.mark["BTCUSDT"] == 54000


def test_one_change_needs_no_list() -> None:
    assert what_if(book(), deposit("USDT", "5")) == what_if(book(), [deposit("USDT", "5")])


def test_changes_apply_in_order() -> None:
    at_top = what_if(one("0"), [shock("BTCUSDT", "0.1"), order("BTCUSDT", "1")])
    at_bottom = what_if(one("0"), [order("BTCUSDT", "1"), shock("BTCUSDT", "0.1")])
    assert row(at_top.account_after).entry_price == 66000
    assert row(at_bottom.account_after).entry_price == 60000


def test_difference_by_account_pool_and_position() -> None:
    found = what_if(book(), [deposit("USDT", "500"), close("ETHUSDT")]).difference
    assert found.account[M.WALLET_BALANCE] == 500 - D("4.5")
    assert found.pools["USDT"][M.POSITION_INITIAL_MARGIN] == -900
    assert found.positions["ETHUSDT/both"][M.NOTIONAL] == -9000
    assert found.positions["ETHUSDT/both"][M.LIQUIDATION_PRICE] is None
    assert found.positions["BTCUSDT/both"][M.LIQUIDATION_PRICE] is not None


def test_a_new_pool_counts_from_nothing() -> None:
    answer = what_if(one("0"), order("BTCUSDT", "1", margin_mode="isolated"))
    found = answer.difference.pools["BTCUSDT/both isolated"]
    assert found[M.WALLET_BALANCE] == 6000
    assert found[M.MARGIN_RATIO] is None
    assert answer.difference.account[M.EQUITY] is None  # another asset stands for the account


def test_what_the_venue_reported_is_left_behind() -> None:
    account = book(reported={"account": {"equity": "1"}})
    assert what_if(account, []).account_after.reported is None


@pytest.mark.parametrize("account", [book(), book(INVERSE), book(JOINT), book(MIXED), hedged()])
def test_the_document_is_json_and_the_account_in_it_loads(account: Account) -> None:
    first = account.positions[0]
    answer = what_if(account, [close(first.key, "0.3"), shock_all("-0.07")])
    document = json.loads(json.dumps(answer.to_dict()))
    assert document["schema"] == "marginline/what-if/1"
    assert set(document) == {
        *("schema", "changes", "before", "after", "account_after", "difference", "findings")
    }
    assert account_file.from_dict(document["account_after"]) == answer.account_after


def test_the_caller_s_decimal_context_does_not_matter() -> None:
    changes = [order("BTCUSDT", "0.7", price="61234.5"), shock_all("-0.033")]
    expected = what_if(book(), changes).to_dict()
    with decimal.localcontext(decimal.Context(prec=3)):
        assert what_if(book(), changes).to_dict() == expected


@pytest.mark.parametrize("wrong", ["BTCUSDT", 5, None])
def test_what_is_no_change_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="is no change"):
        what_if(book(), [wrong])  # type: ignore[list-item]


# -- money -----------------------------------------------------------------------------------------


def test_a_deposit_is_there_to_be_lost_and_withdrawn() -> None:
    found = what_if(one(), deposit("USDT", "500")).difference.pools["USDT"]
    assert found[M.EQUITY] == found[M.BUFFER] == found[M.AVAILABLE_BALANCE] == 500


def test_the_first_deposit_of_an_asset_makes_its_wallet() -> None:
    answer = what_if(book(), deposit("BTC", "0.5"))
    assert answer.account_after.wallets[1].balance == D("0.5")
    assert answer.after.pool("BTC").equity == D("0.5")


def test_a_deposit_does_not_make_an_unknown_balance_known() -> None:
    unknown = book(wallets=[{"asset": "USDT"}])
    for account in (unknown, book(wallets=[])):
        answer = what_if(account, deposit("USDT", "500"))
        assert answer.after.status == "unknown"
        assert "MISSING_DATA" in codes(answer.findings)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        pytest.param("100", "", id="what is free may leave"),
        pytest.param("5000", "withdrawable is 4000 USDT", id="what positions need may not"),
        pytest.param("20000", "the wallet holds 10000 USDT", id="nor what is not there"),
    ],
)
def test_withdrawal(amount: str, words: str) -> None:
    answer = what_if(one(), withdraw("USDT", amount))
    assert refusals(answer).endswith(words)
    assert answer.account_after.wallets[0].balance == 10000 - D(amount)


def test_a_withdrawal_from_a_joint_pool_is_valued_at_index() -> None:
    wallets = [{"asset": "USDT", "balance": "500"}, {"asset": "BTC", "balance": "0.2"}]
    pro = book(MIXED, venue="binance_pm_pro", wallets=wallets)
    assert refusals(what_if(pro, withdraw("BTC", "0.01"))) == ""
    assert "withdrawable is" in refusals(what_if(pro, withdraw("BTC", "0.2")))


def test_what_cannot_be_booked_is_said() -> None:
    answer = what_if(book(wallets=[{"asset": "USDC", "balance": "1"}]), withdraw("USDT", "5"))
    assert "-5 USDT cannot be booked" in "; ".join(f.message for f in answer.findings)


def test_a_withdrawal_nobody_can_judge_says_so() -> None:
    answer = what_if(book(JOINT), withdraw("USDT", "1"))
    assert "whether it may be taken out is not known" in answer.findings[0].message


def test_the_parts_of_a_balance_keep_its_sum() -> None:
    parts = {"deposits": "10000"}
    account = one(wallet={"parts": parts}, leverage="3")
    changes = [deposit("USDT", "7"), withdraw("USDT", "3"), close("BTCUSDT", "0.3", price="61111")]
    wallet = what_if(account, [*changes, funding("BTCUSDT", "0.0001")]).account_after.wallets[0]
    assert wallet.parts is not None
    assert [wallet.parts.deposits, wallet.parts.withdrawals] == [D(10007), D(-3)]
    assert wallet.parts.total() == wallet.balance


def test_funding_is_paid_at_the_mark() -> None:
    answer = what_if(hedged("1", "-0.5"), funding("BTCUSDT", "0.001"))
    assert answer.difference.account[M.WALLET_BALANCE] == -60 + 30


def test_funding_of_an_isolated_position_moves_its_own_margin() -> None:
    account = isolated(wallet={"isolated_included": False}, funding="-1")
    answer = what_if(account, funding("BTCUSDT", "0.001"))
    assert row(answer.account_after).isolated_margin == 5940
    assert row(answer.account_after).funding == -61
    assert answer.account_after.wallets[0].balance == 10000
    with pytest.raises(InputError, match="open are: BTCUSDT/both"):
        what_if(account, funding("ETHUSDT", "0.001"))


# -- orders ----------------------------------------------------------------------------------------


def test_a_resting_order_takes_margin_and_no_position() -> None:
    answer = what_if(one("0"), order("BTCUSDT", "1", price="59000", resting=True))
    assert answer.difference.pools["USDT"][M.ORDER_INITIAL_MARGIN] == 5900
    assert answer.account_after.positions == ()
    assert answer.account_after.orders[0].size == 1


def test_a_resting_order_of_hedge_mode_belongs_to_its_leg() -> None:
    change = order("BTCUSDT", "1", price="59000", resting=True, position_side="long")
    assert what_if(hedged(), change).account_after.orders[0].position_side == "long"


@pytest.mark.parametrize(
    "change",
    [order("BTCUSDT", "5"), order("BTCUSDT", "5", price="60000", resting=True)],
    ids=["filled", "resting"],
)
def test_an_order_without_margin_is_computed_with_a_finding(change: Change) -> None:
    answer = what_if(one("0"), change)
    assert "the venue would refuse this: available balance after the order is -20" in refusals(
        answer
    )


def test_an_order_whose_form_asks_more_than_there_is() -> None:
    # 10 % is 6,180 at the assumed price of a buy at 61,800, and 1,800 open loss on top
    answer = what_if(one("0", balance="7900"), order("BTCUSDT", "1", price="61800", leverage="10"))
    assert "order form asks 7980, available is 7900" in refusals(answer)


def test_closing_is_never_refused() -> None:
    assert refusals(what_if(one(balance="100"), close("BTCUSDT", "0.5"))) == ""


def test_a_size_between_two_steps_is_a_finding() -> None:
    assert "no multiple of 0.001" in refusals(what_if(one("0"), order("BTCUSDT", "0.0015")))


def test_leverage_above_the_tier_is_a_finding() -> None:
    answer = what_if(book(), order("BTCUSDT", "1", leverage="125"))
    assert "LEVERAGE_ABOVE_TIER" in codes(answer.findings)
    assert row(answer.account_after).leverage == 125


def test_only_new_warnings_are_told() -> None:
    before = book(positions=[{"instrument": "BTCUSDT", "size": "1", "leverage": "125"}])
    assert "LEVERAGE_ABOVE_TIER" in codes(assess(before).all_findings())
    assert "LEVERAGE_ABOVE_TIER" not in codes(what_if(before, deposit("USDT", "1")).findings)


# -- margin ----------------------------------------------------------------------------------------


def test_leverage_of_an_instrument() -> None:
    answer = what_if(one(), set_leverage("BTCUSDT", "20"))
    assert answer.difference.pools["USDT"][M.INITIAL_MARGIN] == -3000
    assert answer.account_after.settings["BTCUSDT"].leverage == 20
    assert refusals(answer) == ""


def test_leverage_moves_no_posted_margin_and_says_so() -> None:
    answer = what_if(isolated(), set_leverage("BTCUSDT", "20"))
    assert row(answer.account_after).isolated_margin == 6000
    assert "what is posted to it stays" in answer.findings[0].message


@pytest.mark.parametrize("included", [True, False])
def test_to_isolated_and_back(included: bool) -> None:
    account = one(wallet={"isolated_included": included})
    there = what_if(account, set_margin_mode("BTCUSDT", "isolated"))
    assert row(there.account_after).isolated_margin == 6000
    assert there.after.pool("USDT").wallet_balance == 4000
    assert equity(there.after) == equity(there.before)
    back = what_if(there.account_after, set_margin_mode("BTCUSDT", "cross"))
    assert back.account_after.wallets == account.wallets
    assert row(back.account_after) == row(account)


def test_to_isolated_with_a_margin_of_one_s_own() -> None:
    answer = what_if(one(), set_margin_mode("BTCUSDT", "isolated", "9000"))
    assert answer.after.pool("BTCUSDT/both isolated").wallet_balance == 9000
    assert refusals(what_if(one(), set_margin_mode("BTCUSDT", "isolated", "11000"))) != ""
    with pytest.raises(InputError, match="BTCUSDT/long, BTCUSDT/short"):
        what_if(hedged(), set_margin_mode("BTCUSDT", "isolated", "9000"))


def test_to_isolated_with_unknown_leverage_leaves_the_margin_unknown() -> None:
    answer = what_if(one(leverage=None, settings=None), set_margin_mode("BTCUSDT", "isolated"))
    assert row(answer.account_after).isolated_margin is None
    assert answer.after.status == "unknown"


def test_unknown_posted_margin_makes_a_balance_without_it_unknown() -> None:
    account = isolated(margin=None, wallet={"isolated_included": False})
    for change in (set_margin_mode("BTCUSDT", "cross"), close("BTCUSDT")):
        done = what_if(account, change).account_after
        assert done.wallets[0].balance is None


def test_both_legs_to_isolated() -> None:
    answer = what_if(hedged(), set_margin_mode("BTCUSDT", "isolated"))
    assert [p.isolated_margin for p in answer.account_after.positions] == [6000, 3000]


def test_margin_mode_without_a_position_is_for_the_next_order() -> None:
    changes = [set_margin_mode("BTCUSDT", "isolated"), order("BTCUSDT", "1")]
    assert row(what_if(one("0"), changes).account_after).isolated_margin == 6000


def test_multi_assets_mode_has_no_isolated_positions() -> None:
    with pytest.raises(InputError, match="works only with cross"):
        what_if(book(JOINT), set_margin_mode("BTCUSDT", "isolated"))


def test_margin_added_and_taken_back() -> None:
    account = isolated(extra_margin="0", wallet={"isolated_included": False}, balance="4000")
    more = what_if(account, add_margin("BTCUSDT/both", "1000"))
    assert more.after.pool("BTCUSDT/both isolated").wallet_balance == 7000
    assert more.after.pool("USDT").wallet_balance == 3000
    assert row(more.account_after).extra_margin == 1000
    less = what_if(more.account_after, add_margin("BTCUSDT/both", "-1000"))
    assert less.account_after == account
    assert refusals(more) == refusals(less) == ""


@pytest.mark.parametrize(
    ("account", "amount", "words"),
    [
        pytest.param(isolated(), "5000", "at most 4000 can be added", id="more than is free"),
        pytest.param(isolated(), "-100", "at most 0 can be taken back", id="initial margin stays"),
    ],
)
def test_margin_the_venue_would_not_move(account: Account, amount: str, words: str) -> None:
    assert words in refusals(what_if(account, add_margin("BTCUSDT/both", amount)))


@pytest.mark.parametrize(
    ("account", "amount", "words"),
    [
        pytest.param(one(), "1", "is a cross position", id="cross"),
        pytest.param(isolated(), "-7000", "take at most that", id="more than is posted"),
        pytest.param(isolated(margin=None), "1", "is not given", id="unknown margin"),
        pytest.param(one("0"), "1", "open are: none", id="nothing there"),
    ],
)
def test_margin_that_cannot_be_moved(account: Account, amount: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        what_if(account, add_margin("BTCUSDT/both", amount))


# -- market ----------------------------------------------------------------------------------------


def test_a_shock_moves_all_prices_of_one_instrument() -> None:
    market = what_if(book(), shock("BTCUSDT", "-0.10")).account_after.market
    assert [market.mark["BTCUSDT"], market.index["BTCUSDT"]] == [D(54000), D(54009)]
    assert market.last["BTCUSDT"] == D("54000.9")
    assert market.mark["ETHUSDT"] == 3000


def test_a_shock_of_an_asset_moves_its_rate() -> None:
    rate = what_if(book(JOINT), shock("BTC", "-0.10")).account_after.market.asset_rate["BTC"]
    assert [rate.index, rate.bid, rate.ask] == [D(54000), D(51300), D(56700)]


def test_all_moves_instruments_and_coins_but_no_stablecoin() -> None:
    market = what_if(book(JOINT), shock_all("-0.5")).account_after.market
    assert market.mark == {"BTCUSDT": 30000, "ETHUSDT": 1500, "SOLUSDT": 50}
    assert market.asset_rate["BTC"].bid == 28500
    assert market.asset_rate["USDT"].index == 1


def test_a_shock_of_nothing_known_names_what_is() -> None:
    with pytest.raises(InputError, match="there is: BTCUSDT, ETHUSDT, SOLUSDT"):
        what_if(book(), shock("XRPUSDT", "-0.1"))
