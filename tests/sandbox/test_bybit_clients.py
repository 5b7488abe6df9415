"""Unmodified ccxt clients of Bybit's unified account, REST and WebSocket, against the sandbox."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import ccxt
import pytest

from marginline.market.views import OrderRequest
from tests.sandbox.serving import WITHIN_S, client, listens, private, run, sandbox, until

BTC = "BTC/USDT:USDT"


def test_a_client_loads_markets_and_finds_the_unified_account() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            markets = await exchange.load_markets()
            assert len(markets) == 12
            assert markets[BTC]["precision"]["price"] == 0.1
            assert await exchange.is_unified_enabled() == [False, True]
            assert not venue.floor.gaps

    run(main())


def test_a_client_reads_the_account() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk", trading=False) as exchange:
            balance = await exchange.fetch_balance()
            own = {w.asset: w.balance for w in venue.floor.world.account("unified desk").wallets}
            assert {a: Decimal(str(balance[a]["total"])) for a in own} == own
            positions = await exchange.fetch_positions()
            assert [(p["symbol"], p["contracts"], p["leverage"]) for p in positions] == [
                (BTC, 10, 10),
                ("ETH/USDT:USDT", 150, 10),
            ]
            assert positions[0]["liquidationPrice"] > 0
            tiers = await exchange.fetch_leverage_tiers()
            assert [tier["maxLeverage"] for tier in tiers[BTC]][:3] == [100, 90, 80]

    run(main())


def test_a_client_reads_prices_funding_and_history() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            await venue.step(3 * 3_600_000)
            quote = venue.floor.world.quote("bybit_unified", "BTCUSDT")
            rates = await exchange.fetch_funding_rates()
            assert Decimal(str(rates[BTC]["markPrice"])) == quote.mark
            assert len(await exchange.fetch_funding_rate_history(BTC)) == 1
            paid = await exchange.fetch_funding_history(BTC)
            rows = venue.floor.world.ledger("unified desk")
            btc = next(row for row in rows if row.symbol == "BTCUSDT")
            assert abs(Decimal(str(paid[0]["amount"]))) == abs(btc.amount) != 0
            ledger = await exchange.fetch_ledger()
            assert {entry["info"]["type"] for entry in ledger} == {"SETTLEMENT"}
            balances = {Decimal(entry["info"]["cashBalance"]) for entry in ledger}
            assert balances == {row.balance for row in rows}
            book = await exchange.fetch_order_book(BTC, 5)
            assert book["bids"][0][0] < book["asks"][0][0]

    run(main())


def test_a_client_places_fills_and_cancels_orders() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            resting = await exchange.create_order(BTC, "limit", "buy", 0.01, 80_000)
            (found,) = await exchange.fetch_open_orders(BTC)
            assert (found["id"], found["price"]) == (resting["id"], 80_000)
            await exchange.cancel_order(resting["id"], BTC)
            assert not await exchange.fetch_open_orders(BTC)
            filled = await exchange.create_order(BTC, "market", "sell", 0.5)
            (trade,) = await exchange.fetch_my_trades(BTC)
            assert (trade["order"], trade["amount"]) == (filled["id"], 0.5)
            (entry,) = await exchange.fetch_ledger()
            assert entry["info"]["type"] == "TRADE"
            change = sum(row.amount for row in venue.floor.world.ledger("unified desk"))
            assert Decimal(entry["info"]["change"]) == change

    run(main())


def test_a_client_changes_leverage_and_margin_mode() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "empty") as exchange:
            await exchange.set_leverage(20, BTC)
            with pytest.raises(ccxt.BadRequest, match="110043"):
                await exchange.set_leverage(20, BTC)
            await exchange.set_margin_mode("isolated")
            assert venue.floor.world.account("empty").mode == "isolated"

    run(main())


def test_an_order_beyond_the_margin_is_refused_in_the_venues_code() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "empty") as exchange:
            with pytest.raises(ccxt.InsufficientFunds, match="110007"):
                await exchange.create_order(BTC, "limit", "buy", 0.5, 88_000)
            with pytest.raises(ccxt.BaseError, match="conditional"):
                await exchange.create_order(
                    BTC, "market", "sell", 0.01, None, {"triggerPrice": 1, "triggerDirection": 2}
                )

    run(main())


def order(**given: object) -> dict[str, object]:
    """A limit order far below the market, and what is given of it."""
    made = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit"}
    return {**made, "qty": "0.01", "price": "80000", **given}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"qty": "0.001", "price": "1000"}, 110094, id="less than 5 USDT"),
        pytest.param({"price": "-5"}, 110003, id="a price below 0"),
        pytest.param({"price": "10000000.1"}, 110003, id="a price above the highest"),
        pytest.param({"qty": "1000000001"}, 10001, id="more than an order may hold"),
        pytest.param({"qty": "1e999999"}, 10001, id="more than there is"),
        pytest.param({"price": "1e999999"}, 10001, id="a price without bounds"),
        pytest.param({"qty": "1_0"}, 10001, id="Python's way to write 10"),
        pytest.param({"orderLinkId": "resting"}, 110072, id="the name of an open order"),
        pytest.param({"orderLinkId": "filled"}, 110072, id="the name of a filled order"),
        pytest.param({"symbol": "SOLUSDT", "side": "Sell", "closeOnTrigger": True, "qty": "1"},
                     110017, id="a closing order without a position"),
        pytest.param({"bboSideType": "Queue", "bboLevel": "1"}, 10001, id="another price"),
        pytest.param({"slippageToleranceType": "Percent", "slippageTolerance": "1"}, 10001,
                     id="a price with a bound"),
        pytest.param({"positionIdx": 1}, 10001, id="a leg where there are none"),
    ],
)  # fmt: skip
def test_an_order_that_the_venue_refuses_is_refused_in_its_code(
    given: dict[str, object], code: int
) -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            place = exchange.privatePostV5OrderCreate
            await place(order(orderLinkId="resting"))
            await place(order(orderLinkId="filled", orderType="Market"))
            before = venue.floor.orders("unified desk")
            with pytest.raises(ccxt.BaseError, match=str(code)):
                await place(order(**given))
            assert venue.floor.orders("unified desk") == before

    run(main())


def test_a_post_only_order_that_would_take_is_taken_and_cancelled_with_its_reason() -> None:
    """The venue answers 0; a code of the venue's position mode was answered."""

    async def main() -> None:
        async with (
            sandbox() as venue,
            client(venue, "unified desk") as exchange,
            private(venue, "unified desk") as stream,
        ):
            params = {"postOnly": True}
            made = await exchange.create_order(BTC, "limit", "buy", 0.01, 89_000, params)
            found = (await exchange.fetch_canceled_orders(BTC))[0]
            assert (found["id"], found["status"], found["filled"]) == (made["id"], "canceled", 0)
            assert found["info"]["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"
            rows = [row for m in await stream.all() if m["topic"] == "order" for row in m["data"]]
            assert [row["orderStatus"] for row in rows] == ["New", "Cancelled"]
            resting = await exchange.create_order(BTC, "limit", "buy", 0.01, 80_000, params)
            assert [o["id"] for o in await exchange.fetch_open_orders(BTC)] == [resting["id"]]

    run(main())


def test_what_is_filled_in_part_and_cancelled_is_cancelled_with_what_it_got() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            price, size = (await exchange.fetch_order_book(BTC, 1))["asks"][0]
            made = await exchange.create_order(BTC, "limit", "buy", size + 1, price)
            (found,) = await exchange.fetch_open_orders(BTC)
            assert (found["info"]["orderStatus"], found["filled"]) == ("PartiallyFilled", size)
            await exchange.cancel_order(made["id"], BTC)
            with pytest.raises(ccxt.OrderNotFound, match="110001"):
                await exchange.cancel_order(made["id"], BTC)
            (found,) = await exchange.fetch_canceled_orders(BTC)
            assert (found["info"]["orderStatus"], found["filled"]) == ("Cancelled", size)

    run(main())


def test_a_size_of_0_closes_what_is_open_and_nothing_where_nothing_is() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            close = {"side": "Sell", "orderType": "Market", "qty": "0", "reduceOnly": True}
            with pytest.raises(ccxt.BadRequest, match="Qty invalid"):
                await exchange.privatePostV5OrderCreate(order(**close))
            for symbol, code in (("BTCUSDT", None), ("SOLUSDT", "110017")):
                given = order(**close, closeOnTrigger=True, symbol=symbol)
                if code is None:
                    await exchange.privatePostV5OrderCreate(given)
                    continue
                with pytest.raises(ccxt.InvalidOrder, match=code):
                    await exchange.privatePostV5OrderCreate(given)
            (made,) = venue.floor.orders("unified desk")
            assert made.size == 10
            assert "BTCUSDT/both" not in venue.floor.judged("unified desk").positions

    run(main())


def test_orders_are_asked_for_and_cancelled_by_the_symbol_they_are_of() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk") as exchange:
            made = await exchange.create_order(BTC, "limit", "buy", 0.01, 80_000)
            other = {"category": "linear", "symbol": "ETHUSDT", "orderId": made["id"]}
            with pytest.raises(ccxt.OrderNotFound, match="110001"):
                await exchange.privatePostV5OrderCancel(other)
            with pytest.raises(ccxt.BadRequest, match="symbol"):
                await exchange.privatePostV5OrderCancel(other | {"symbol": None})
            assert not (await exchange.privateGetV5OrderRealtime(other))["result"]["list"]
            every = exchange.privatePostV5OrderCancelAll
            with pytest.raises(ccxt.BadRequest, match="symbol, settleCoin or baseCoin"):
                await every({"category": "linear"})
            for given, left in (({"baseCoin": "ETH"}, 1), ({"settleCoin": "USDC"}, 1),
                                ({"baseCoin": "BTC"}, 0)):  # fmt: skip
                await every({"category": "linear", **given})
                assert len(venue.floor.world.account("unified desk").orders) == left

    run(main())


def test_a_margin_mode_that_cannot_be_set_says_why() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "empty") as exchange:
            await exchange.create_order(BTC, "limit", "buy", 0.001, 80_000)
            with pytest.raises(ccxt.ExchangeError, match=r"3400045.*3400054"):
                await exchange.set_margin_mode("isolated")

    run(main())


def test_a_symbol_has_no_more_than_500_open_orders() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            world, given = venue.floor.world, order()
            request = OrderRequest(
                symbol="BTCUSDT", side="buy", size=Decimal("0.001"), price=Decimal(60_000)
            )
            for _ in range(500):
                venue.floor.act(lambda: world.place("unified desk", request))
            async with client(venue, "unified desk") as exchange:
                with pytest.raises(ccxt.InvalidOrder, match="110020"):
                    await exchange.privatePostV5OrderCreate(given)

    run(main())


def test_a_reading_key_does_not_trade() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "empty", trading=False) as exchange:
            with pytest.raises(ccxt.PermissionDenied, match="10005"):
                await exchange.create_order(BTC, "limit", "buy", 0.001, 80_000)
            rights = (await exchange.privateGetV5UserQueryApi())["result"]
            assert rights["readOnly"] in (1, "1")
            assert rights["permissions"]["Wallet"] == []

    run(main())


def test_a_pro_client_hears_orders_fills_positions_and_wallets() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk", pro=True) as exchange:
            await exchange.load_markets()
            await exchange.watch_positions()  # the first call answers from REST
            balance, orders, trades, positions = (
                asyncio.create_task(watch())
                for watch in (
                    exchange.watch_balance,
                    exchange.watch_orders,
                    exchange.watch_my_trades,
                    exchange.watch_positions,
                )
            )
            await until(lambda: len(venue.floor.hub.topics("bybit_unified")) >= 4)
            await listens(exchange, "balances:unified", "orders", "myTrades", "positions")
            order = await exchange.create_order(BTC, "market", "sell", 0.5)
            await asyncio.wait_for(orders, WITHIN_S)
            await until(lambda: exchange.orders[0]["status"] == "closed")
            (told,) = exchange.orders
            assert (told["id"], told["status"]) == (order["id"], "closed")
            assert (await asyncio.wait_for(trades, WITHIN_S))[0]["amount"] == 0.5
            assert (await asyncio.wait_for(positions, WITHIN_S))[0]["contracts"] == 9.5
            wallet = venue.floor.world.account("unified desk").wallets[0]
            told = (await asyncio.wait_for(balance, WITHIN_S))["info"][0]["coin"]
            coins = {coin["coin"]: coin for coin in told}
            assert Decimal(coins["USDT"]["walletBalance"]) == wallet.balance

    run(main())


def test_a_pro_client_hears_tickers_and_trades_over_a_socket() -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, "unified desk", pro=True) as exchange:
            await exchange.load_markets()
            first = await asyncio.wait_for(exchange.watch_ticker(BTC), WITHIN_S)
            assert first["last"] > 0
            again = asyncio.create_task(exchange.watch_ticker(BTC))
            await listens(exchange, f"ticker:{BTC}")
            await venue.step(1_000)
            quote = venue.floor.world.quote("bybit_unified", "BTCUSDT")
            assert (
                Decimal((await asyncio.wait_for(again, WITHIN_S))["info"]["markPrice"])
                == quote.mark
            )
            order = await exchange.create_order_ws(BTC, "limit", "buy", 0.01, 80_000)
            await exchange.cancel_order_ws(order["id"], BTC)
            assert not venue.floor.world.account("unified desk").orders

    run(main())
