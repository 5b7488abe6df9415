"""An account's requirement in USD, of which a pool of money alone is no part that is not known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

import marginline as ml
from marginline.core.account.account import Account, Wallet
from marginline.core.findings import missing
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Part, Pool
from marginline.risk.many.many import Entry, Row, Totals, look_over
from tests.api.served import Clock, watching
from tests.venues.draws import SAMPLES

ISOLATED = ml.load(SAMPLES["bybit_unified isolated"])
UNKNOWN = missing("not given")


def row_of(account: Account) -> str | None:
    monitor = asyncio.run(watching([replace(account, name="one")], Clock()))
    return monitor.row("one").requirement_usd


def together(account: Account) -> tuple[Row, Totals]:
    many = look_over([Entry("one", "", account, ml.assess(account))])
    return many.rows[0], many.totals


def test_free_money_beside_an_isolated_position_requires_nothing() -> None:
    free = ml.assess(ISOLATED).pool("USDT")
    assert free.maintenance_margin is None  # the venue has no such figure there
    needed = ml.assess(ISOLATED).pool("BTCUSDT/both isolated").maintenance_margin
    assert needed
    assert Decimal(row_of(ISOLATED) or "?") == needed
    row, totals = together(ISOLATED)
    assert (row.requirement, totals.requirement, row.lacks) == (needed, needed, "")


def test_an_account_of_free_money_alone_requires_zero() -> None:
    idle = replace(ISOLATED, positions=())
    assert row_of(idle) == "0"
    row, totals = together(idle)
    assert (row.requirement, totals.requirement) == (Decimal(0), Decimal(0))
    assert totals.of == 1


def test_what_is_owed_beside_an_isolated_position_leaves_the_requirement_unknown() -> None:
    (wallet,) = ISOLATED.wallets
    owing = replace(ISOLATED, wallets=(replace(wallet, borrowed=Decimal(1)),))
    assert row_of(owing) is None
    row, totals = together(owing)
    assert (row.requirement, totals.requirement, totals.of) == (None, None, 0)
    assert row.lacks == "USDT: its requirement is not known"


def test_a_requirement_that_is_not_known_stays_so() -> None:
    unmarked = replace(ISOLATED, market=replace(ISOLATED.market, mark={}))
    assert row_of(unmarked) is None
    assert together(unmarked)[0].requirement is None


def test_free_money_without_a_rate_adds_nothing_to_what_is_required() -> None:
    """Its worth is not known in USD; that it requires nothing is."""
    unrated = replace(
        ISOLATED, wallets=(*ISOLATED.wallets, Wallet(asset="XYZ", balance=Decimal(5)))
    )
    row, _ = together(unrated)
    assert row.equity is None
    assert row.requirement == together(ISOLATED)[0].requirement


MONEY = Pool("USDT", Kind.CROSS, "USDT", (Leg("USDT", Decimal(10)),))
PART = Part("of something", Decimal(0))


def test_money_alone_requires_nothing_and_neither_does_an_order_for_an_isolated_position() -> None:
    elsewhere = OrderTerm("BTCUSDT", "USDT", Decimal(1), isolated=True)
    assert MONEY.requires_nothing
    assert replace(MONEY, orders=(elsewhere,)).requires_nothing


@pytest.mark.parametrize(
    "pool",
    [
        pytest.param(replace(MONEY, legs=(Leg("USDT", Decimal(-1)),)), id="a debt"),
        pytest.param(replace(MONEY, legs=(Leg("USDT", UNKNOWN),)), id="a balance not known"),
        pytest.param(replace(MONEY, legs=(Leg("USDT", Decimal(5), Decimal(1)),)), id="a loan"),
        pytest.param(
            replace(
                MONEY,
                borrows=(BorrowTerm("USDT", Decimal(0), Decimal(1), UNKNOWN, UNKNOWN),),
            ),
            id="terms of a loan",
        ),
        pytest.param(replace(MONEY, orders=(OrderTerm("X", "USDT", Decimal(0)),)), id="an order"),
        pytest.param(replace(MONEY, order_gap=UNKNOWN), id="orders whose margin is not known"),
        pytest.param(replace(MONEY, maintenance_parts=(PART,)), id="a part of maintenance"),
        pytest.param(replace(MONEY, initial_parts=(PART,)), id="a part of initial margin"),
        pytest.param(ml.assess(ISOLATED).pools[1].figures.pool, id="a position"),
    ],
)
def test_whatever_could_require_leaves_it_open(pool: Pool) -> None:
    assert not pool.requires_nothing
