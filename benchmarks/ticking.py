"""The exact path's bars: assessing, reading, ticks, liquidation prices, a round of many accounts.

The yardstick of each is the same sum by hand in `Decimal`, in the same run; ccxt's parsing of the
same positions stands beside the assessment, where ccxt is installed. Nothing else of ccxt compares:
it computes no margin and no liquidation price, it hands on the venue's. freqtrade computes one, by
today's tier alone; it is no dependency of ours and is not measured. Times are processor times: the
machine is shared. The bars come from a machine on which ccxt parses a position in 88 us; the row
`pace` says how much slower this one is just now, as a bar is to be read beside it.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import count, cycle, repeat
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.exact import account, joint_account
from benchmarks.measuring import Row
from marginline import LiveGroup, assess, liquidation_prices, live
from marginline.core.account.account import Account
from marginline.core.account.file import dump_json, from_dict, to_dict

ACCOUNTS, HELD, SYMBOLS, ROUNDS = 1000, 10, 200, 9
CCXT_PARSES = 88
"""Microseconds that ccxt takes to parse a position on the machine that the bars come from."""


def processor_seconds(function: Callable[[], object], repeats: int = 7) -> float:
    """Median processor seconds of one call; each repeat lasts 50 ms at least."""
    function()
    times = []
    for _ in range(repeats):
        calls, start = 0, time.process_time()
        while time.process_time() - start < 0.05:
            function()
            calls += 1
        times.append((time.process_time() - start) / calls)
    return statistics.median(times)


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
    hand = [processor_seconds(partial(by_hand, a)) for a in (fifty, ten, many)]
    found = [
        Row("assessment, 50 positions", processor_seconds(lambda: assess(fifty)) / 50 * 1e6,
            "us/position", name, hand[0] / 50 * 1e6, "25 us"),
        Row("assessment, an account of 10", processor_seconds(lambda: assess(ten)) * 1e6,
            "us", name, hand[1] * 1e6, "300 us"),
        Row("the same, every number and finding read", processor_seconds(lambda: _read(fifty))
            / 50 * 1e6, "us/position", name, hand[0] / 50 * 1e6),
        Row("assessment, Bybit cross, 50 positions", processor_seconds(lambda: assess(bybit))
            / 50 * 1e6, "us/position", name, hand[0] / 50 * 1e6, "50 us"),
        Row("assessment, Bitget union, 50 positions", processor_seconds(lambda: assess(bitget))
            / 50 * 1e6, "us/position", name, hand[0] / 50 * 1e6, "50 us"),
        Row("liquidation_prices, 200 positions",
            processor_seconds(lambda: liquidation_prices(many), 3) * 1e3, "ms", name,
            hand[2] * 1e3, "20 ms"),
    ]  # fmt: skip
    document = to_dict(fifty)
    read = processor_seconds(lambda: from_dict(document), 3) / 50 * 1e6
    found.append(Row("reading an account, 50 positions", read, "us/position", name,
                     hand[0] / 50 * 1e6, "100 us"))  # fmt: skip
    unseen = map(_unseen, repeat(document), count())
    read = processor_seconds(lambda: from_dict(next(unseen)), 3) / 50 * 1e6
    found.append(Row("reading it, 50 tables of 10 tiers never seen", read, "us/position", name,
                     hand[0] / 50 * 1e6))  # fmt: skip
    peer = _ccxt()
    if peer is not None:
        found.append(Row("peer: ccxt parses a position", peer, "us/position", name,
                         hand[0] / 50 * 1e6))  # fmt: skip
        found.append(Row("pace of this machine, 1 is the bars'", peer / CCXT_PARSES, "times"))
    found.append(_first(ten))
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
        taken = [
            float(subprocess.run(command, check=True, capture_output=True, env=env).stdout)
            for _ in range(7)
        ]
    return Row("import and first assessment of a file", statistics.median(taken) * 1e3, "ms",
               bar="80 ms")  # fmt: skip


def _unseen(document: Mapping[str, Any], number: int) -> dict[str, object]:
    """The document with tier tables that no other has."""
    parameters = document["parameters"]
    tables = {}
    for place, (symbol, table) in enumerate(parameters["tiers"].items()):
        *rows, last = table["rows"]
        last = last | {"rate": f"0.15{number:06d}{place:04d}"}
        tables[symbol] = table | {"rows": [*rows, last]}
    return {**document, "parameters": {**parameters, "tiers": tables}}


def _ccxt() -> float | None:
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
    return processor_seconds(lambda: exchange.parse_position_risk(told)) * 1e6


def _ticking() -> list[Row]:
    ten = account(10)
    one, hand = live(ten), processor_seconds(lambda: by_hand(ten)) * 1e6
    draw = Random(5)
    prices = cycle([Decimal(f"{20100 * draw.uniform(0.99, 1.01):.2f}") for _ in range(997)])
    marks = iter(cycle([{f"C{n}USDT": next(prices)} for n in range(10) for _ in range(90)]))
    tick = processor_seconds(lambda: one.tick(next(marks))) * 1e6
    price = processor_seconds(lambda: one.price("C3USDT")) * 1e6
    taken, size = _rounds()
    name = "health of all 10 by hand in Decimal"
    return [
        Row("live: a tick, status of now included", tick, "us", name, hand, "3 us"),
        Row("live: a liquidation price of now", price, "us", name, hand, "2 us"),
        Row(f"live: {ACCOUNTS} accounts x {HELD}, {SYMBOLS} marks", taken * 1e3, "ms",
            "the same by hand in Decimal", hand * ACCOUNTS / 1e3, "60 ms"),
        Row("live: memory an account in that group", size / 1024, "KiB", bar="30 KiB"),
    ]  # fmt: skip


def _rounds() -> tuple[float, float]:
    """Seconds of a round, and bytes that the group holds for an account beside its document."""
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
    group, times = LiveGroup(held), []
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / ACCOUNTS
    tracemalloc.stop()
    for _ in range(ROUNDS):
        marks = {s: Decimal(f"{20100 * draw.uniform(0.996, 1.004):.2f}") for s in names}
        start = time.process_time()
        group.tick(marks)
        times.append(time.process_time() - start)
    return statistics.median(times), size


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
