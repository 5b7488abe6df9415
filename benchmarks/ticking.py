"""The exact path's bars: assessing, reading, ticks, liquidation prices, a round of many accounts.

The yardstick of each is the same sum by hand in `Decimal`, in the same run; ccxt's parsing of the
same positions stands beside the assessment, where ccxt is installed. Nothing else of ccxt compares:
it computes no margin and no liquidation price, it hands on the venue's. freqtrade computes one, by
today's tier alone; it is no dependency of ours and is not measured. Times are processor times, the
best of several: what others do to the caches of a shared machine is no cost of ours. The bars come
from a machine on which ccxt parses a position in 88 us. ccxt parses in turn with everything that is
measured here: that is the `pace`, and each bar is judged as measured, and at pace 1.
"""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, partial
from itertools import count, cycle, repeat
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.exact import account, joint_account
from benchmarks.measuring import Row
from marginline import LiveGroup, assess, liquidation_prices, live
from marginline.core.account.account import Account
from marginline.core.account.file import dump_json, from_dict, to_dict
from marginline.core.distance.distance import Distance
from marginline.risk.live.live import Live

ACCOUNTS, HELD, SYMBOLS, ROUNDS = 1000, 10, 200, 9
CCXT_PARSES = 88
"""Microseconds that ccxt takes to parse a position on the machine that the bars come from."""


Timed = tuple[float, float | None]
"""Processor seconds of one call, and the pace of the machine in the same seconds."""


def timed(function: Callable[[], object], repeats: int = 9, least: float = 0.05) -> Timed:
    """The best of several; each repeat lasts `least` seconds, and then the peer has its turn."""
    function()
    peer = _peer()
    times, paces = [], []
    for _ in range(repeats):
        times.append(_once(function, least))
        if peer is not None:
            paces.append(_once(peer, 0.01) * 1e6 / CCXT_PARSES)
    return min(times), min(paces, default=None)


def _once(function: Callable[[], object], least: float) -> float:
    """Seconds of a call; ever more of them between two looks at the clock, which takes one, too."""
    calls, batch, start = 0, 1, time.process_time()
    while not calls or time.process_time() - start < least:
        for _ in range(batch):
            function()
        calls, batch = calls + batch, batch * 2
    return (time.process_time() - start) / calls


def _row(  # noqa: PLR0917 - the columns of the table, in their order
    name: str, taken: Timed, per: float, unit: str, yardstick: str = "", hand: float = 0.0,
    bar: str = "",
) -> Row:  # fmt: skip
    """A time beside its yardstick, both in a unit of which a second has `per`."""
    seconds, pace = taken
    return Row(name, seconds * per, unit, yardstick, hand * per or None, bar, pace=pace)


def by_hand(account: Account) -> Decimal:
    """Equity less maintenance of every position, as a careful script would do it in Decimal."""
    health = account.wallets[0].balance or Decimal(0)
    for position in account.positions:
        mark = account.market.mark[position.instrument]
        health += position.size * (mark - (position.entry_price or Decimal(0)))
        notional, charge = abs(position.size) * mark, Decimal(0)
        for row in account.parameters.tiers[position.instrument].rows:
            if notional > row.floor:
                top = notional if row.cap is None else min(notional, row.cap)
                charge += (top - row.floor) * (row.rate or Decimal(0))
        health -= charge
    return health


def rows() -> list[Row]:
    """Everything of the exact path that has a bar, beside the sums by hand."""
    return [*_assessing(), *_ticking(), *_instructions()]


def _assessing() -> list[Row]:
    fifty, ten, many = account(50), account(10), account(200)
    bybit = joint_account(50, "bybit_unified", "cross")
    bitget = joint_account(50, "bitget_futures", "union")
    name = "health alone by hand in Decimal"
    hand = {len(a.positions): timed(partial(by_hand, a), 5)[0] for a in (fifty, ten, many)}
    each, of_fifty = "us/position", 1e6 / 50
    document = to_dict(fifty)
    unseen = map(_unseen, repeat(document), count())
    found = [
        _row("assessment, 50 positions", timed(lambda: assess(fifty)), of_fifty, each, name,
             hand[50], "25 us"),
        _row("assessment, an account of 10", timed(lambda: assess(ten)), 1e6, "us", name,
             hand[10], "300 us"),
        _row("the same, every number and finding read", timed(lambda: _read(fifty)), of_fifty,
             each, name, hand[50]),
        _row("assessment, Bybit cross, 50 positions", timed(lambda: assess(bybit)), of_fifty, each,
             name, hand[50], "50 us"),
        _row("assessment, Bitget union, 50 positions", timed(lambda: assess(bitget)), of_fifty,
             each, name, hand[50], "50 us"),
        _row("liquidation_prices, 200 positions", timed(lambda: liquidation_prices(many)), 1e3,
             "ms", name, hand[200], "20 ms"),
        _row("reading an account, 50 positions", timed(lambda: from_dict(document)), of_fifty, each,
             name, hand[50], "100 us"),
        _row("reading it, 50 tables of 10 tiers never seen",
             timed(lambda: from_dict(next(unseen)), 3), of_fifty, each, name, hand[50]),
        *_distances(ten, name, hand[10]),
    ]  # fmt: skip
    peer = _peer()
    if peer is not None:
        parsed = timed(peer)[0]
        found.append(_row("peer: ccxt parses a position", (parsed, None), 1e6, each, name,
                          hand[50] / 50))  # fmt: skip
        found.append(Row("pace of this machine, 1 is the bars'", parsed * 1e6 / CCXT_PARSES,
                         "times"))  # fmt: skip
    found.append(_first(ten))
    return found


def _distances(ten: Account, name: str, hand: float) -> list[Row]:
    """A mark has moved, and every distance of the account is asked for; a fill, and it is resolved.

    Times a thousand: what a monitor of so many accounts spends in a second.
    """
    one, bybit = live(ten), live(joint_account(10, "bybit_unified", "cross"))
    bitget = live(joint_account(10, "bitget_futures", "union"))
    price = cycle([Decimal(20100 + n) for n in range(7)])

    def asked(held: Live) -> list[Distance]:
        held.tick({"C3USDT": next(price)})
        return [pool.distance for pool in held.assessment().pools]

    found = [
        _row(f"distances of 1,000 accounts of 10, {venue}", timed(partial(asked, held)), 1e3, "s",
             f"{name}, 1,000 accounts", hand, "1 s")
        for venue, held in (("Binance", one), ("Bybit cross", bybit), ("Bitget union", bitget))
    ]  # fmt: skip
    for size in (10, 200):
        given = account(size)
        filled = live(given)
        found.append(_row(f"live: a fill, {size} positions resolved anew",
                          timed(partial(filled.update, given)), 1e6, "us"))  # fmt: skip
    return found


def _read(account: Account) -> int:
    """Every measure of every position, and all that there is to say."""
    found = assess(account)
    read = sum(len(dict(each.measures)) for pool in found.pools for each in pool.positions)
    return read + sum(len(dict(pool.measures)) for pool in found.pools) + len(found.all_findings())


def _first(account: Account) -> Row:
    """A process of its own: `import marginline`, and the first assessment of an account file."""
    code = (
        "import sys, time; start = time.process_time(); import marginline as ml\n"
        "ml.assess(ml.load(sys.argv[1])).status; print(time.process_time() - start)"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "account.json"
        file.write_text(dump_json(account))
        command = [sys.executable, "-c", code, str(file)]
        env = {"PYTHONPATH": ":".join(sys.path)}
        peer, taken, paces = _peer(), [], []
        for _ in range(7):
            done = subprocess.run(command, check=True, capture_output=True, env=env)
            taken.append(float(done.stdout))
            if peer is not None:
                paces.append(_once(peer, 0.01) * 1e6 / CCXT_PARSES)
    best = min(taken), min(paces, default=None)
    return _row("import and first assessment of a file", best, 1e3, "ms", bar="80 ms")


def _unseen(document: Mapping[str, Any], number: int) -> dict[str, object]:
    """The document with tier tables that no other has."""
    parameters = document["parameters"]
    tables = {}
    for place, (symbol, table) in enumerate(parameters["tiers"].items()):
        *rows, last = table["rows"]
        last = last | {"rate": f"0.15{number:06d}{place:04d}"}
        tables[symbol] = table | {"rows": [*rows, last]}
    return {**document, "parameters": {**parameters, "tiers": tables}}


@cache
def _peer() -> Callable[[], object] | None:
    """The parsing by ccxt of one position of Binance."""
    try:
        import ccxt
    except ImportError:
        print("ccxt is not installed: left out", file=sys.stderr)
        return None
    exchange = ccxt.binanceusdm()
    market = {"id": "C0USDT", "symbol": "C0/USDT:USDT", "type": "swap", "swap": True,
              "linear": True, "inverse": False, "contract": True, "contractSize": 1.0,
              "base": "C0", "quote": "USDT", "settle": "USDT", "precision": {}, "limits": {},
              "info": {}, "spot": False, "future": False, "option": False}  # fmt: skip
    exchange.markets = {"C0/USDT:USDT": market}
    exchange.markets_by_id = {"C0USDT": [market]}
    exchange.options["leverageBrackets"] = {"C0/USDT:USDT": [["0", "0.004"], ["50000", "0.005"]]}
    told = {"symbol": "C0USDT", "positionSide": "BOTH", "positionAmt": "1", "entryPrice": "20000",
            "breakEvenPrice": "20010", "markPrice": "20100", "unRealizedProfit": "100",
            "liquidationPrice": "15000", "isolatedMargin": "0", "notional": "20100",
            "marginAsset": "USDT", "isolatedWallet": "0", "initialMargin": "2010",
            "maintMargin": "80.4", "positionInitialMargin": "2010", "openOrderInitialMargin": "0",
            "adl": "2", "bidNotional": "0", "askNotional": "0", "leverage": "10",
            "marginType": "cross", "updateTime": 1720736417660}  # fmt: skip
    return lambda: exchange.parse_position_risk(told)


def _ticking() -> list[Row]:
    ten = account(10)
    one, hand = live(ten), timed(lambda: by_hand(ten))[0]
    draw = Random(5)
    prices = cycle([Decimal(f"{20100 * draw.uniform(0.99, 1.01):.2f}") for _ in range(997)])
    marks = iter(cycle([{f"C{n}USDT": next(prices)} for n in range(10) for _ in range(90)]))
    tick, price = timed(lambda: one.tick(next(marks))), timed(lambda: one.price("C3USDT"))
    taken, size = _rounds()
    name = "health of all 10 by hand in Decimal"
    return [
        _row("live: a tick, status of now included", tick, 1e6, "us", name, hand, "3 us"),
        _row("live: a liquidation price of now", price, 1e6, "us", name, hand, "2 us"),
        _row(f"live: {ACCOUNTS} accounts x {HELD}, {SYMBOLS} marks", taken, 1e3, "ms",
             "the same by hand in Decimal", hand * ACCOUNTS, "60 ms"),
        Row("live: memory an account in that group", size / 1024, "KiB", bar="30 KiB"),
    ]  # fmt: skip


def _rounds() -> tuple[Timed, float]:
    """A round, and bytes that the group holds for an account beside its document."""
    draw = Random(4)
    wide, names = account(SYMBOLS), [f"C{n}USDT" for n in range(SYMBOLS)]
    document = to_dict(wide)
    held = []
    for number in range(ACCOUNTS):
        chosen = set(draw.sample(names, HELD))
        own = {
            "positions": [p for p in document["positions"] if p["instrument"] in chosen],  # type: ignore[attr-defined]
            "market": {"mark": dict.fromkeys(chosen, "20100")},
            "instruments": {s: document["instruments"][s] for s in chosen},  # type: ignore[index]
            "parameters": {"tiers": {s: document["parameters"]["tiers"][s] for s in chosen}},  # type: ignore[index]
            "wallets": [{"asset": "USDT", "balance": str(draw.randint(5_000_000, 20_000_000))}],
        }
        held.append(from_dict(document | own | {"name": f"account {number}"}))
    gc.collect()
    tracemalloc.start()
    group = LiveGroup(held)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / ACCOUNTS
    tracemalloc.stop()
    ticks = [
        {s: Decimal(f"{20100 * draw.uniform(0.996, 1.004):.2f}") for s in names}
        for _ in range(ROUNDS + 1)
    ]
    marks = iter(ticks)
    return timed(lambda: group.tick(next(marks)), ROUNDS, least=0.0), size


def _instructions() -> list[Row]:
    """Instructions of one assessment of 10 positions, by callgrind: four runs less one."""
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions are left out", file=sys.stderr)
        return []
    counted = [_counted(runs) for runs in (1, 4)]
    each = (counted[1] - counted[0]) / 3 / 1e6
    return [Row("assessment of 10, instructions", each, "million", bar="3 million")]


def _counted(runs: int) -> int:
    code = (
        "from benchmarks.exact import account; from marginline import assess; a = account(10)\n"
        f"for _ in range({runs}): assess(a)"
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", sys.executable]
        subprocess.run([*command, "-c", code], check=True, capture_output=True,
                       env={"PYTHONHASHSEED": "0", "PYTHONPATH": ":".join(sys.path)})  # fmt: skip
        for line in out.read_text("utf-8", "replace").splitlines():
            if line.startswith(("summary:", "totals:")):
                return int(line.split()[1])
    raise AssertionError("callgrind said nothing")
