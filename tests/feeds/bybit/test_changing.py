"""Bybit's contracts in use change while a feed runs: later ones, delisted ones, a line between."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.feeds.bybit.account import BybitAccount
from marginline.feeds.bybit.market import BybitMarket
from marginline.feeds.timing import Cadence
from marginline.feeds.wire.lines import Line
from marginline.feeds.wire.rest import Answer, Endpoint
from tests.feeds.clock import HandClock, settled


def listed(*symbols: str) -> Answer:
    rows = [{"symbol": symbol} for symbol in symbols]
    result = {"category": "linear", "list": rows, "nextPageCursor": ""}
    told = {"retCode": 0, "retMsg": "OK", "result": result, "time": 1}
    return Answer("list", json.dumps(told), 0, 0)


class SlowLine:
    """A line that acknowledges when it is told to."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self.acknowledges = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        self.topics += message.get("args", ())

    async def acknowledged(self, _: Any) -> dict[str, Any]:
        await self.acknowledges.wait()
        return {"success": True}


def test_what_is_wanted_while_a_line_is_changed_is_asked_for_on_the_new_one() -> None:
    """The old line took it for itself, and was closed: no mark of it came for a day."""

    async def story() -> None:
        lines: list[SlowLine] = []

        async def opened(*_: str) -> Line:
            lines.append(SlowLine())
            return cast("Line", lines[-1])

        async def shared(*_: object, **__: object) -> Answer:
            return listed(*(f"S{number}USDT" for number in range(100)))

        door = SimpleNamespace(line=opened, shared=shared, timer=HandClock(), cadence=Cadence())
        market = BybitMarket(cast(Any, door))
        market.want(["S1USDT"])
        tending = []
        for _ in range(2):
            opening = asyncio.ensure_future(market.open())
            await settled()
            if len(lines) == 2:
                market.want(["S2USDT"])
                await settled()
            lines[-1].acknowledges.set()
            tending.append(asyncio.ensure_future(market.tend(await opening)))
            await settled()
        assert [line.topics for line in lines] == [["tickers.S1USDT", "tickers.S2USDT"]] * 2
        market.want(["S3USDT"])
        await settled()
        assert lines[-1].topics[-1] == "tickers.S3USDT"
        for task in tending:
            task.cancel()
        await asyncio.gather(*tending, return_exceptions=True)

    asyncio.run(story())


def test_a_contract_that_is_listed_while_the_line_is_open_is_asked_for_then() -> None:
    """It was asked for on the next line, a day later."""

    async def story() -> None:
        line = SlowLine()

        async def opened(*_: str) -> Line:
            return cast("Line", line)

        old = frozenset(f"S{number}USDT" for number in range(100))

        async def shared(*_: object, **__: object) -> Answer:
            return listed(*old)

        door = SimpleNamespace(line=opened, shared=shared, timer=HandClock(), cadence=Cadence())
        market = BybitMarket(cast(Any, door))
        line.acknowledges.set()
        tending = asyncio.ensure_future(market.tend(await market.open()))
        market.want(["NEWUSDT"])
        await settled()
        assert line.topics == []
        market.lists(old | {"NEWUSDT"})
        await settled()
        assert line.topics == ["tickers.NEWUSDT"]
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)

    asyncio.run(story())


def test_the_tiers_of_a_contract_that_is_used_no_more_are_not_renewed() -> None:
    """It may be delisted: no list of tiers would ever be whole again, and every account unknown."""

    async def story() -> None:
        known = {"AUSDT", "GONEUSDT"}
        asked: list[object] = []

        async def shared(_: Endpoint, *__: object, **params: object) -> Answer:
            asked.append(params["symbol"])
            return listed(*({str(params["symbol"])} & known))

        door = SimpleNamespace(shared=shared)
        account = BybitAccount(cast(Any, None), cast(Any, door), cast(Any, None), cast(Any, None))
        await account._tiers(frozenset(known))
        known.discard("GONEUSDT")
        await account._tiers(frozenset({"AUSDT"}))
        asked.clear()
        await account.renew_tiers()
        assert asked == ["AUSDT"]

    asyncio.run(story())
