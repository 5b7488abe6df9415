"""Candles of both venues by unmodified ccxt clients, and headroom made of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest

import marginline as ml
from marginline.market.prices.candles import BEFORE
from marginline.market.scenarios import scenario
from marginline.market.world import World
from marginline.sandbox import Sandbox
from tests.cli.running import run as command
from tests.sandbox.serving import blocking, client, run, sandbox, served

HOUR = 3_600_000
BTC = "BTC/USDT:USDT"
NAMES = {"binanceusdm": "gambler", "bybit": "swing trader"}


@pytest.fixture(scope="module")
def now() -> Iterator[Sandbox]:
    """A sandbox whose clock is this machine's."""
    with served(speed=1) as venue:
        yield venue


@pytest.mark.parametrize(
    ("venue_of", "code"), [("gambler", "binance_usdm"), ("swing trader", "bybit_unified")]
)
def test_a_candle_is_what_the_world_has_shown(venue_of: str, code: str) -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, venue_of) as exchange:
            seen = []
            for _ in range(18):
                await venue.step(10_000)
                seen.append(venue.floor.world.quote(code, "BTCUSDT").last)
            rows = await exchange.fetch_ohlcv(BTC, "1m", since=venue.now() - 120_000, limit=2)
            assert [row[0] for row in rows] == [venue.now() - 120_000, venue.now() - 60_000]
            inside = [[str(price) for price in seen[5 + n * 6 : 11 + n * 6]] for n in (0, 1)]
            for row, prices in zip(rows, inside, strict=True):
                begins, highest, lowest, _ = map(Decimal, map(str, row[1:5]))
                assert begins == Decimal(prices[0])
                assert lowest <= min(map(Decimal, prices)) <= max(map(Decimal, prices)) <= highest
            (newest,) = await exchange.fetch_ohlcv(BTC, "1h", limit=1)
            assert Decimal(str(newest[4])) == seen[-1]
            assert not venue.floor.gaps

    run(main())


def test_the_days_before_end_where_the_world_begins_and_move_nothing() -> None:
    asked, other = (World(scenario("calm"), seed=5) for _ in range(2))
    rows = asked.candles("bybit_unified", "ETHUSDT", 60, most=BEFORE)
    assert len(rows) == BEFORE // 60 + 1
    assert (rows[-2].close, rows[-1].at) == (Decimal("2950.11"), asked.now)
    assert all(low <= min(a, b) <= max(a, b) <= high for _, a, high, low, b in rows)
    assert rows[:-1] == other.candles("binance_usdm", "ETHUSDT", 60, most=BEFORE)[:-1]
    never = World(scenario("calm"), seed=5)
    for world in (asked, never):
        world.advance(world.now + 120_000)
    assert asked.digest() == never.digest()


def test_candles_begin_on_the_hours_of_the_venues_clock(now: Sandbox) -> None:
    with blocking(now, "gambler") as exchange:
        rows = exchange.fetch_ohlcv(BTC, "1h", limit=1_000)
    assert len(rows) > 760
    assert {row[0] % HOUR for row in rows} == {0}
    assert {b[0] - a[0] for a, b in itertools.pairwise(rows)} == {HOUR}


@pytest.mark.parametrize("name", NAMES)
def test_headroom_by_ccxt_end_to_end(
    name: str, now: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = getattr(ccxt, name)

    class Here(kind):  # type: ignore[misc]
        """The real client, dialling the sandbox."""

        def __init__(self, options: Any) -> None:
            super().__init__(options | {"enableRateLimit": False})
            now.redirect(self)

    monkeypatch.setattr(ccxt, name, Here)
    account = now.floor.judged(NAMES[name]).account
    file = tmp_path / "account.json"
    file.write_text(json.dumps(ml.to_dict(account)))
    result = command("headroom", file, "--candles", f"{name}:", "--paths", "500", "--json")
    assert result.exit_code == 0, result.output
    (pool,) = json.loads(result.output)["pools"]
    assert float(pool["past_days"]) > 29
    assert [each["within_hours"] for each in pool["odds"]] == ["1", "8", "24", "168"]


def test_an_interval_that_is_not_served_is_refused_in_words() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            for account in NAMES.values():
                async with client(venue, account) as exchange:
                    with pytest.raises(ccxt.BadRequest, match=r"[Ii]nvalid (interval|period)"):
                        await exchange.fetch_ohlcv(BTC, "1w")

    run(main())
