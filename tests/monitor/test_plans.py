"""The way back: each way leads there, and the step before it does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

import marginline as ml
from marginline.core.account.account import Account, Order
from marginline.monitor.alerts.sentences import owes, way_back
from marginline.monitor.judging.plans import plan_of
from marginline.risk.what_if.orders import Change
from tests.api.served import samples
from tests.monitor.worlds import account

NEEDY = [each for each in samples() if each.name in ("strained", "one-move-away", "rich-on-paper")]
TARGETS = [Decimal("0.6"), Decimal("0.1")]


def ratio_after(account: Account, changes: list[Change]) -> Decimal:
    pool = ml.what_if(account, changes).after.pools[0]
    assert pool.margin_ratio is not None
    return pool.margin_ratio


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("account", NEEDY, ids=lambda a: a.name)
def test_every_way_is_the_least_that_does(account: Account, target: Decimal) -> None:
    found = plan_of(account, "USDT", target, "now")
    if found is None:
        assert ratio_after(account, []) <= target
        return
    assert found.pay_in is not None
    paid = Decimal(found.pay_in.amount)
    assert ratio_after(account, [ml.deposit("USDT", paid)]) <= target
    assert ratio_after(account, [ml.deposit("USDT", paid - Decimal("1e-8"))]) > target
    if found.cut is None:
        symbols = [row.instrument for row in account.positions]
        assert min(ratio_after(account, [ml.close(symbol)]) for symbol in symbols) > target
        assert found.reasons["cut"]
        return
    step = account.instruments[found.cut.instrument].size_step or Decimal("0.001")
    sign = 1 if found.cut.side == "buy" else -1
    size = Decimal(found.cut.size)
    assert ratio_after(account, [ml.order(found.cut.instrument, size * sign)]) <= target
    assert ratio_after(account, [ml.order(found.cut.instrument, (size - step) * sign)]) > target


def test_the_cheapest_cut_gives_up_the_least_exposure() -> None:
    account = next(each for each in samples() if each.name == "strained")
    found = plan_of(account, "USDT", Decimal("0.6"), "now")
    assert found is not None
    assert found.cut is not None
    assert (found.cut.instrument, found.cut.side) == ("XRPUSDT", "sell")
    assert found.close_share == "0.20460194"
    assert [each.side for each in found.closes] == ["sell", "sell", "buy"]


def test_a_way_that_leads_nowhere_says_why() -> None:
    account = next(each for each in samples() if each.name == "hedged-but-called")
    found = plan_of(account, "USDT", Decimal("0.2"), "now")
    assert found is not None
    assert found.cut is None
    assert found.reasons["cut"]


def test_who_is_watched_for_its_distance_alone_is_told_what_moves_the_line_away() -> None:
    """It uses a third of its support, and its line is 1 % away."""
    near = account("near", balance="900")
    before = ml.assess(near)
    assert before.status is ml.Status.WATCH
    assert before.pools[0].margin_ratio is not None
    assert before.pools[0].margin_ratio < Decimal("0.6")
    assert plan_of(near, "USDT", Decimal("0.6"), "now") is None
    plan = plan_of(near, "USDT", Decimal("0.6"), "now", near=True)
    assert plan is not None
    assert plan.target_move == "0.03"
    assert plan.pay_in is not None
    paid = Decimal(plan.pay_in.amount)
    for amount, status in (
        (paid, ml.Status.HEALTHY),
        (paid - Decimal("1e-8"), ml.Status.WATCH),
    ):
        assert ml.what_if(near, [ml.deposit("USDT", amount)]).after.status is status
    (cut,) = plan.closes
    size = Decimal(cut.size)
    for amount, status in (
        (size, ml.Status.HEALTHY),
        (size - Decimal("0.001"), ml.Status.WATCH),
    ):
        assert ml.what_if(near, [ml.order("BTCUSDT", -amount)]).after.status is status
    said = "".join(part.text or part.value or "" for part in way_back(plan))
    assert said.startswith(" To have the line beyond 0.03: pay in ")
    assert plan.cut is None
    assert "What if" in plan.reasons["cut"]


def test_orders_that_fill_on_the_way_count_for_the_distance() -> None:
    near = account("near", balance="3000")
    assert ml.assess(near).status is ml.Status.HEALTHY
    buy = Order(
        instrument="BTCUSDT", side="buy", size=Decimal(2), price=Decimal(59_500), kind="limit"
    )
    ordered = replace(near, orders=(buy,))
    assert ml.assess(ordered).status is ml.Status.WATCH
    plan = plan_of(ordered, "USDT", Decimal("0.6"), "now", near=True)
    assert plan is not None
    assert plan.pay_in is not None
    after = ml.what_if(ordered, [ml.deposit("USDT", plan.pay_in.amount)]).after
    assert after.status is ml.Status.HEALTHY


def test_the_way_back_of_an_isolated_position_is_told_of_its_own_margin_and_name() -> None:
    """What is paid into the wallet does not help it; the other positions need not be closed."""
    held = replace(account().positions[0], margin_mode="isolated", isolated_margin=Decimal(300))
    state = replace(account(), positions=(held,))
    plan = plan_of(state, "BTCUSDT/both isolated", Decimal("0.1"), "now")
    assert plan is not None
    assert plan.pay_in is not None
    said = "".join(part.text or part.value or "" for part in way_back(plan))
    assert f": add {plan.pay_in.amount} to the margin of BTCUSDT, or sell" in said
    assert said.endswith(", or close BTCUSDT.")
    added = ml.what_if(state, [ml.add_margin("BTCUSDT/both", plan.pay_in.amount)]).after
    paid = ml.what_if(state, [ml.deposit("USDT", plan.pay_in.amount)]).after
    ratios = {
        name: next(p for p in of.pools if p.id == plan.pool).margin_ratio
        for name, of in (("added", added), ("paid", paid))
    }
    assert ratios["added"] is not None
    assert ratios["paid"] is not None
    assert ratios["added"] <= Decimal("0.1") < ratios["paid"]


def test_the_way_out_of_a_debt_with_nothing_open_leads_back_to_no_ratio() -> None:
    state = replace(account(balance="-665"), positions=())
    plan = plan_of(state, "USDT", Decimal("0.6"), "now")
    assert plan is not None
    said = "".join(part.text or part.value or "" for part in way_back(plan, owes=True))
    assert said == " To owe nothing: pay in 665."
    assert owes(Decimal(0), Decimal(-665))
    assert not owes(Decimal(0), Decimal(0))
    assert not owes(None, Decimal(-1))
