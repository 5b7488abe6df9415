"""Binance's conditional orders, which no other list has: when they are asked for again."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.feeds.binance import calls
from marginline.feeds.binance.account import BinanceAccount
from marginline.feeds.wire.connection import Connection, Redactor
from marginline.feeds.wire.lines import Line
from marginline.feeds.wire.rest import Answer, Endpoint
from tests.feeds.clock import HandClock


def test_conditional_orders_are_asked_for_anew_after_every_break_and_now_and_then() -> None:
    """A change that was told while no line was open stayed unknown until the next one."""

    async def story() -> None:
        clock, asked = HandClock(), list[str]()

        async def call(endpoint: Endpoint, *_: object, **__: object) -> Answer:
            asked.append(endpoint.path)
            text = '{"listenKey":"key"}' if endpoint is calls.NEW_KEY else "[]"
            return Answer(endpoint.path, text, clock.now(), clock.now())

        async def line(*_: str) -> Line:
            return cast("Line", None)

        door = SimpleNamespace(
            call=call, line=line, timer=clock, desk=SimpleNamespace(redact=Redactor())
        )
        life = SimpleNamespace(confirm=lambda _: None)
        connection = Connection(account="one", venue="binance_usdm", key="k", secret="s")
        account = BinanceAccount(connection, cast(Any, door), cast(Any, life))

        async def looks() -> int:
            asked.clear()
            await account._algo_orders()
            return len(asked)

        await account.open()
        assert [await looks(), await looks()] == [1, 0]
        await account.open()
        assert [await looks(), await looks()] == [1, 0]
        clock.skip(600_001)
        assert [await looks(), await looks()] == [1, 0]

    asyncio.run(story())
