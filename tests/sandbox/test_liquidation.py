"""A forced close as the venues tell it, and the answers after it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from marginline.market.events import Event, LiquidationStage
from marginline.market.views import OrderRequest, Side
from marginline.risk.reconcile.reconcile import reconcile
from marginline.sandbox import Sandbox
from tests.sandbox.answers import account, ask
from tests.sandbox.serving import Ear, ear, private, run, sandbox
from tests.sandbox.test_figures import check

LONGEST_MS = 6 * 3_600_000


def trade(venue: Sandbox, name: str, symbol: str, side: Side, size: str) -> None:
    """A market order of an account."""
    request = OrderRequest(symbol=symbol, side=side, size=Decimal(size), kind="market")
    venue.floor.act(lambda: venue.floor.world.place(name, request))


def lever(venue: Sandbox, name: str, symbol: str, leverage: int) -> None:
    """An account takes another leverage."""
    world = venue.floor.world
    venue.floor.act(lambda: world.set_leverage(name, symbol, Decimal(leverage)))


async def until_over(venue: Sandbox, stream: Ear) -> list[dict[str, Any]]:
    """Let time pass until the forced close is over; what the stream told from its trigger on."""
    events: list[Event] = []
    venue.subscribe(events.append)
    while not any(isinstance(e, LiquidationStage) and e.stage == "over" for e in events):
        assert venue.world_now() - venue.floor.world.start < LONGEST_MS
        await venue.step(60_000)
    return await stream.all()


def test_binance_calls_closes_by_force_and_the_answers_reconcile() -> None:
    async def main() -> None:
        async with (
            sandbox(weight_limit=100_000) as venue,
            private(venue, "gambler") as stream,
            ear(venue, "/market/ws/!forceOrder@arr") as public,
        ):
            trade(venue, "gambler", "BTCUSDT", "sell", "0.7")
            lever(venue, "gambler", "BTCUSDT", 150)
            venue.transfer("gambler", "USDT", Decimal(-7_500))  # what its margin spares
            await stream.all()
            told = await until_over(venue, stream)
            calls = [m for m in told if m["e"] == "MARGIN_CALL"]
            assert [leg["s"] for leg in calls[0]["p"]] == ["BTCUSDT"]
            assert Decimal(calls[0]["p"][0]["mm"]) > 0
            begin = told.index(calls[0])
            forced = [m["o"] for m in told[begin:] if m["e"] == "ORDER_TRADE_UPDATE"]
            assert {(o["S"], o["o"], o["x"], o["X"]) for o in forced} == {
                ("SELL", "LIQUIDATION", "TRADE", "FILLED")
            }
            assert all(o["c"].startswith("autoclose-") for o in forced)
            updates = [m["a"] for m in told[begin:] if m["e"] == "ACCOUNT_UPDATE"]
            wallet = venue.floor.world.account("gambler").wallets[0].balance
            assert Decimal(updates[-1]["B"][0]["wb"]) == wallet
            assert "INSURANCE_CLEAR" in {update["m"] for update in updates}
            seen = [m["o"] for m in await public.all()]
            assert [o["q"] for o in seen if o["s"] == "BTCUSDT"] == [o["l"] for o in forced]
            _, text, _ = await ask(venue, "gambler", "/fapi/v1/forceOrders?symbol=BTCUSDT")
            assert [row["executedQty"] for row in json.loads(text)] == [o["l"] for o in forced]
            await check(venue, "gambler")

    run(main())


def test_bybit_tells_executions_of_a_forced_close_and_the_answers_reconcile() -> None:
    async def main() -> None:
        async with sandbox(weight_limit=100_000) as venue, private(venue, "empty") as stream:
            lever(venue, "empty", "SOLUSDT", 75)
            trade(venue, "empty", "SOLUSDT", "sell", "1100")
            venue.transfer("empty", "USDT", Decimal(-150))
            await stream.all()
            told = await until_over(venue, stream)
            rows = [row for m in told if m["topic"] == "execution" for row in m["data"]]
            forced = [row for row in rows if row["execType"] == "BustTrade"]
            assert {row["side"] for row in forced} == {"Buy"}
            wallets = [m["data"][0]["coin"] for m in told if m["topic"] == "wallet"]
            balance = venue.floor.world.account("empty").wallets[0].balance
            assert Decimal(wallets[-1][0]["walletBalance"]) == balance
            path = "/v5/execution/list?category=linear&execType=BustTrade&limit=100"
            found = json.loads((await ask(venue, "empty", path))[1])["result"]["list"]
            assert {row["execId"] for row in found} == {row["execId"] for row in forced}
            path = "/v5/account/transaction-log?limit=50"
            log = json.loads((await ask(venue, "empty", path))[1])["result"]["list"]
            assert "LIQUIDATION" in {row["type"] for row in log}
            left = await account(venue, "empty")
            assert not left.positions
            assert reconcile(left).first_difference is None

    run(main())
