"""Unmodified ccxt clients of Binance USDS-M, REST and WebSocket, against the sandbox."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import ccxt
import pytest

from marginline.market.views import OrderRequest
from tests.sandbox.serving import WITHIN_S, client, listens, run, sandbox, until

BTC = "BTC/USDT:USDT"


def test_a_client_loads_markets_with_and_without_a_key() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler") as exchange:
            markets = await exchange.load_markets()
            assert len(markets) == 12
            market = markets[BTC]
            assert (market["swap"], market["linear"], market["active"]) == (True, True, True)
            assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
            exchange.apiKey = exchange.secret = None
            assert len(await exchange.load_markets(reload=True)) == 12
            assert not venue.floor.gaps

    run(main())


def test_a_client_reads_the_account() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler", trading=False) as exchange:
            balance = await exchange.fetch_balance()
            truth = venue.floor.judged("gambler").account.wallets[0].balance
            assert balance["info"]["totalWalletBalance"] == f"{truth:.8f}"
            (position,) = await exchange.fetch_positions()
            assert (position["symbol"], position["side"], position["contracts"]) == (BTC, "long", 4)
            assert position["entryPrice"] == 88366.0
            assert 86_000 < position["liquidationPrice"] < 87_500
            (position,) = await exchange.fetch_positions(params={"useV2": True})
            assert (position["leverage"], position["marginMode"]) == (125, "cross")
            tiers = await exchange.fetch_leverage_tiers()
            assert [tier["maxLeverage"] for tier in tiers[BTC]] == [150, 100, 75, 50, 25]
            leverages = await exchange.fetch_leverages()
            assert leverages[BTC]["longLeverage"] == 125
            mode = await exchange.fetch_position_mode(BTC)
            assert mode["hedged"] is False

    run(main())


def test_a_client_reads_prices_funding_and_history() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler") as exchange:
            await venue.step(3 * 3_600_000)
            rate = await exchange.fetch_funding_rate(BTC)
            quote = venue.floor.world.quote("binance_usdm", "BTCUSDT")
            assert Decimal(str(rate["markPrice"])) == quote.mark
            assert (await exchange.fetch_funding_intervals())[BTC]["interval"] == "8h"
            assert len(await exchange.fetch_funding_rate_history(BTC)) == 1
            assert len(await exchange.fetch_tickers()) == 12
            book = await exchange.fetch_order_book(BTC, 5)
            assert book["bids"][0][0] < book["asks"][0][0]
            (payment,) = await exchange.fetch_funding_history(BTC)
            (row,) = venue.floor.world.ledger("gambler")
            assert Decimal(str(payment["amount"])) == row.amount != 0
            (entry,) = await exchange.fetch_ledger("USDT")
            assert int(entry["info"]["tranId"]) == row.id

    run(main())


def test_a_client_places_fills_and_cancels_orders() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler") as exchange:
            await exchange.set_leverage(100, BTC)  # more than it holds does not go with 125
            resting = await exchange.create_order(BTC, "limit", "buy", 0.01, 80_000)
            assert resting["status"] == "open"
            (found,) = await exchange.fetch_open_orders(BTC)
            assert (found["id"], found["price"]) == (resting["id"], 80_000)
            canceled = await exchange.cancel_order(resting["id"], BTC)
            assert canceled["status"] == "canceled"
            filled = await exchange.create_order(BTC, "market", "sell", 0.5)
            assert (filled["status"], filled["filled"]) == ("closed", 0.5)
            assert (await exchange.fetch_order(filled["id"], BTC))["average"] == filled["average"]
            (trade,) = await exchange.fetch_my_trades(BTC)
            assert trade["order"] == filled["id"]
            (position,) = await exchange.fetch_positions()
            assert position["contracts"] == 3.5
            kinds = [row["info"]["incomeType"] for row in await exchange.fetch_ledger("USDT")]
            assert kinds == ["REALIZED_PNL", "COMMISSION"]

    run(main())


def test_a_client_changes_leverage_and_margin_mode() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler") as exchange:
            set_to = await exchange.set_leverage(20, "SOL/USDT:USDT")
            assert int(set_to["leverage"]) == 20
            await exchange.set_margin_mode("isolated", "SOL/USDT:USDT")
            with pytest.raises(ccxt.MarginModeAlreadySet):
                await exchange.set_margin_mode("isolated", "SOL/USDT:USDT")
            modes = await exchange.fetch_margin_modes(["SOL/USDT:USDT"])
            assert modes["SOL/USDT:USDT"]["marginMode"] == "isolated"

    run(main())


@pytest.mark.parametrize(
    ("symbol", "kind", "side", "amount", "price", "code"),
    [
        pytest.param(BTC, "limit", "buy", 500, 88_000, -2019, id="more than the margin covers"),
        pytest.param(BTC, "limit", "buy", 0.001, 1_000, -4164, id="less than 5 USDT"),
        pytest.param(BTC, "stop_market", "sell", 0.01, None, -4120, id="a conditional order"),
    ],
)
def test_an_order_that_the_venue_refuses_is_refused_in_its_code(
    symbol: str, kind: str, side: str, amount: float, price: float | None, code: int
) -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler") as exchange:
            params = {"stopPrice": 80_000} if kind == "stop_market" else {}
            with pytest.raises(ccxt.BaseError, match=str(code)):
                await exchange.create_order(symbol, kind, side, amount, price, params)
            assert not await exchange.fetch_open_orders(symbol)

    run(main())


def order(**given: object) -> dict[str, object]:
    """A limit order far below the market, and what is given of it."""
    made = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    return {**made, "quantity": "0.01", "price": "80000", **given}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"price": "-5"}, -4001, id="a price below 0"),
        pytest.param({"price": "0"}, -4013, id="no price"),
        pytest.param({"price": "99999999"}, -4002, id="a price above the highest"),
        pytest.param({"price": "95000"}, -4016, id="a buyer's limit 7 % above the mark"),
        pytest.param({"price": "80000", "side": "SELL"}, -4024, id="a seller's limit below it"),
        pytest.param({"quantity": "1000000001"}, -4005, id="more than an order may hold"),
        pytest.param({"quantity": "0.0001"}, -1111, id="less than a step"),
        pytest.param({"price": "80000.05"}, -4014, id="between two ticks"),
        pytest.param({"price": "89000", "timeInForce": "GTX"}, -5022, id="post-only that takes"),
        pytest.param({"timeInForce": "GTD", "goodTillDate": "1"}, -1115, id="good until a date"),
        pytest.param({"newClientOrderId": "resting"}, -4116, id="the name of an open order"),
        pytest.param({"symbol": "SOLUSDT", "side": "SELL", "quantity": "1", "price": "141",
                      "reduceOnly": "true"}, -2022, id="reducing what is not held"),
        pytest.param({"positionSide": "LONG"}, -4061, id="a leg where there are none"),
    ],
)  # fmt: skip
def test_an_order_that_a_filter_refuses_is_refused_in_its_code(
    given: dict[str, object], code: int
) -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "carry desk") as exchange:
            await exchange.fapiPrivatePostOrder(order(newClientOrderId="resting"))
            doors = [exchange.fapiPrivatePostOrder]
            if code != -5022:  # what the book decides, `order/test` does not see
                doors.append(exchange.fapiPrivatePostOrderTest)
            for place in doors:
                with pytest.raises(ccxt.BaseError, match=f'"code":{code},'):
                    await place(order(**given))
            assert len(venue.floor.orders("carry desk")) == 1

    run(main())


def test_in_hedge_mode_an_order_is_of_a_leg_and_never_reduce_only() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "hedged fund") as exchange:
            close = {"symbol": "SOLUSDT", "side": "SELL", "type": "MARKET", "quantity": "1"}
            for given, code in (
                ({}, -4061),
                ({"positionSide": "LONG", "reduceOnly": "true"}, -1106),
                ({"positionSide": "LONG", "quantity": "9000"}, -2022),
            ):
                with pytest.raises(ccxt.BaseError, match=f'"code":{code},'):
                    await exchange.fapiPrivatePostOrder({**close, **given})
            params = {"hedged": True, "reduceOnly": True}  # which ccxt makes a leg of
            made = await exchange.create_order("SOL/USDT:USDT", "market", "sell", 1, None, params)
            assert made["status"] == "closed"

    run(main())


def test_an_order_is_found_and_cancelled_by_its_symbol_and_is_open_while_it_rests() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "carry desk") as exchange:
            price, size = (await exchange.fetch_order_book(BTC, 5))["asks"][0]
            made = await exchange.create_order(BTC, "limit", "buy", size + 1, price)
            assert (made["info"]["status"], made["filled"]) == ("PARTIALLY_FILLED", size)
            other = {"symbol": "ETHUSDT", "orderId": made["id"]}
            for asked, code in (
                (exchange.fapiPrivateDeleteOrder, -2011),
                (exchange.fapiPrivateGetOrder, -2013),
                (exchange.fapiPrivateGetOpenOrder, -2013),
            ):
                with pytest.raises(ccxt.OrderNotFound, match=str(code)):
                    await asked(other)
            own = {"symbol": "BTCUSDT", "orderId": made["id"]}
            assert str((await exchange.fapiPrivateGetOpenOrder(own))["orderId"]) == made["id"]
            ended = await exchange.cancel_order(made["id"], BTC)
            assert (ended["status"], ended["filled"]) == ("canceled", size)
            with pytest.raises(ccxt.OrderNotFound, match="-2011"):
                await exchange.cancel_order(made["id"], BTC)
            with pytest.raises(ccxt.OrderNotFound, match="-2013"):
                await exchange.fapiPrivateGetOpenOrder(own)

    run(main())


def test_a_margin_mode_stays_while_an_order_or_a_position_is_open() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "carry desk") as exchange:
            await exchange.create_order("XRP/USDT:USDT", "limit", "buy", 100, 1.5)
            for symbol, code in (("XRP/USDT:USDT", -4047), (BTC, -4048)):
                with pytest.raises(ccxt.OperationRejected, match=str(code)):
                    await exchange.set_margin_mode("isolated", symbol)

    run(main())


def test_a_symbol_has_no_more_than_200_open_orders() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "carry desk") as exchange:
            world = venue.floor.world
            request = OrderRequest(
                symbol="BTCUSDT", side="buy", size=Decimal("0.001"), price=Decimal(60_000)
            )
            for _ in range(200):
                venue.floor.act(lambda: world.place("carry desk", request))
            with pytest.raises(ccxt.BaseError, match="-2025"):
                await exchange.create_order(BTC, "limit", "buy", 0.01, 80_000)
            await exchange.create_order("ETH/USDT:USDT", "limit", "buy", 0.01, 2_500)

    run(main())


def test_a_reading_key_does_not_trade() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler", trading=False) as exchange:
            with pytest.raises(ccxt.AuthenticationError, match="-2015"):
                await exchange.create_order(BTC, "limit", "buy", 0.01, 80_000)
            rights = await exchange.sapiGetAccountApiRestrictions()
            assert (rights["enableReading"], rights["enableFutures"]) == (True, False)
            assert rights["enableWithdrawals"] is False

    run(main())


def test_a_pro_client_hears_orders_fills_and_balances_on_the_private_stream() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler", pro=True) as exchange:
            await exchange.load_markets()
            balance, orders, trades = (
                asyncio.create_task(watch())
                for watch in (
                    exchange.watch_balance,
                    exchange.watch_orders,
                    exchange.watch_my_trades,
                )
            )
            await until(lambda: any(s.account == "gambler" for s in venue.floor.hub))
            await listens(exchange, "linear:balance", "orders", "myTrades")
            order = await exchange.create_order(BTC, "market", "sell", 0.5)
            await asyncio.wait_for(orders, WITHIN_S)
            await until(lambda: exchange.orders[0]["status"] == "closed")
            (told,) = exchange.orders
            assert (told["id"], told["status"], told["filled"]) == (order["id"], "closed", 0.5)
            (trade,) = await asyncio.wait_for(trades, WITHIN_S)
            assert trade["amount"] == 0.5
            wallet = venue.floor.world.account("gambler").wallets[0].balance
            assert (
                Decimal(str((await asyncio.wait_for(balance, WITHIN_S))["USDT"]["total"])) == wallet
            )

    run(main())


def test_a_pro_client_hears_marks() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler", pro=True) as exchange:
            await exchange.load_markets()
            one = asyncio.create_task(exchange.watch_mark_price(BTC))
            every = asyncio.create_task(exchange.watch_mark_prices())
            await until(lambda: len(venue.floor.hub.topics("binance_usdm")) == 2)
            await venue.step(3_000)
            quote = venue.floor.world.quote("binance_usdm", "BTCUSDT")
            assert Decimal(str((await asyncio.wait_for(one, WITHIN_S))["markPrice"])) > 0
            await asyncio.wait_for(every, WITHIN_S)
            again = asyncio.create_task(exchange.watch_mark_price(BTC))
            await listens(exchange, f"markPrice:markPrice@{BTC}")
            await venue.step(3_000)
            quote = venue.floor.world.quote("binance_usdm", "BTCUSDT")
            assert (
                Decimal(str((await asyncio.wait_for(again, WITHIN_S))["markPrice"])) == quote.mark
            )

    run(main())


def test_a_pro_client_asks_over_the_request_socket() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "gambler", pro=True) as exchange:
            await exchange.load_markets()
            wallet = venue.floor.world.account("gambler").wallets[0].balance
            (row,) = (await exchange.fetch_balance_ws())["info"]["assets"]
            assert Decimal(row["walletBalance"]) == wallet
            (position,) = await exchange.fetch_positions_ws([BTC])
            assert position["contracts"] == 4
            order = await exchange.create_order_ws(BTC, "limit", "sell", 0.01, 99_000)
            assert order["status"] == "open"

    run(main())
