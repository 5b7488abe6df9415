"""What the sandbox answers is what our own rulebooks say of the world's truth."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline.core.findings import Code
from marginline.market.views import OrderRequest, PositionSide, Side
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.sandbox import Sandbox
from marginline.venues.assessing import assess
from tests.sandbox.answers import account
from tests.sandbox.serving import run, sandbox

BINANCE = ("carry desk", "grid bot", "gambler", "hedged fund", "coin holder", "rich on paper",
           "isolated basket", "funding payer")  # fmt: skip
BYBIT = ("unified desk", "swing trader", "two isolated", "empty")
# Not computable by anybody: the fees of the open position, what may leave a multi-assets account.
UNTOLD = ("breakEvenPrice", "maxWithdrawAmount", "")
# In hedge mode, what orders take of one leg: the whole of the symbol is compared by its asset.
OF_LEGS = ("openOrderInitialMargin", "initialMargin")


async def check(venue: Sandbox, name: str) -> None:
    """Read the answers: reconciled line by line, and the same assessment as the truth's."""
    read = await account(venue, name)
    found = reconcile(read)
    untold = (*UNTOLD, *OF_LEGS) if read.position_mode == "hedge" else UNTOLD
    wrong = [
        line
        for line in found.lines
        if line.outcome is Outcome.DIFFERS
        or (line.outcome is Outcome.NOT_COMPUTABLE and line.label not in untold)
    ]
    assert found.agrees, found.first_difference
    assert not wrong
    assert not found.contradictions
    ours, truth = assess(read), venue.floor.judged(name).assessment
    assert ours.status is truth.status
    assert {pool.id for pool in ours.pools} == {pool.id for pool in truth.pools}
    for pool in truth.pools:
        mine = ours.pool(pool.id)
        assert (mine.margin_ratio, mine.buffer) == (pool.margin_ratio, pool.buffer)
    codes = {finding.code for finding in ours.all_findings()}
    assert not codes & {Code.UNKNOWN_FIELD, Code.CONTRADICTION}


def test_every_account_reconciles_at_once_and_after_hours() -> None:
    async def main() -> None:
        async with sandbox(weight_limit=100_000) as venue:
            for wait in (1_000, 4 * 3_600_000):
                await venue.step(wait)
                for name in (*BINANCE, *BYBIT):
                    await check(venue, name)
            assert not venue.floor.gaps

    run(main())


def test_older_versions_of_endpoints_reconcile_too() -> None:
    async def main() -> None:
        async with sandbox(weight_limit=100_000) as venue:
            await venue.step(60_000)
            for name in BINANCE:
                read = await account(
                    venue, name, account="/fapi/v2/account", position_risk="/fapi/v2/positionRisk"
                )
                found = reconcile(read)
                assert found.agrees, (name, found.first_difference)
                assert not found.contradictions
                assert assess(read).status is venue.floor.judged(name).assessment.status

    run(main())


@pytest.mark.parametrize(
    ("name", "symbol", "side", "leg", "size"),
    [
        pytest.param("gambler", "BTCUSDT", "sell", "both", "1", id="a cross position is reduced"),
        pytest.param("hedged fund", "BTCUSDT", "buy", "short", "1", id="a leg of a hedge shrinks"),
        pytest.param("isolated basket", "LINKUSDT", "buy", "both", "100", id="isolated grows"),
        pytest.param("coin holder", "ETHUSDT", "sell", "both", "10", id="multi-assets is reduced"),
        pytest.param("unified desk", "ETHUSDT", "sell", "both", "10", id="unified is reduced"),
        pytest.param("two isolated", "BTCUSDT", "buy", "both", "0.1", id="bybit isolated grows"),
    ],
)
def test_an_account_reconciles_after_a_fill_and_with_a_resting_order(
    name: str, symbol: str, side: Side, leg: PositionSide, size: str
) -> None:
    async def main() -> None:
        async with sandbox(weight_limit=100_000) as venue:
            await venue.step(60_000)
            floor = venue.floor
            market = OrderRequest(
                symbol=symbol,
                side=side,
                size=Decimal(size),
                kind="market",
                position_side=leg,
            )
            floor.act(lambda: floor.world.place(name, market))
            await check(venue, name)
            quote = floor.world.quote(venue.key(name).venue, symbol)
            tick = floor.world.instruments(venue.key(name).venue)[symbol].tick_size
            away = quote.mark * (Decimal("0.97") if side == "buy" else Decimal("1.03"))
            resting = OrderRequest(
                symbol=symbol,
                side=side,
                size=Decimal(size),
                position_side=leg,
                price=away // tick * tick,
            )
            floor.act(lambda: floor.world.place(name, resting))
            await check(venue, name)

    run(main())
