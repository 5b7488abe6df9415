"""The book's sums by other tools, on the same book and in the same run.

numpy, polars and DuckDB do the same sums, tiers included, from columns in their own form, each the
fastest way we know: the tiers of an instrument stand in the row that its positions are joined with,
and the requirement is the largest of ten lines. DuckDB is also asked the way its users would write
it, with a join on tier floors. polars and DuckDB are measured where they are installed;
nautilus_trader where `build/nautilus` is an environment that has it
(`python -m venv build/nautilus && build/nautilus/bin/pip install nautilus_trader`), or where
`MARGINLINE_BENCH_NAUTILUS` names another Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measuring import Row, medians
from marginline.book.book import Book
from marginline.book.kernels.limits import LANES

_BARS = {"numpy": "15", "polars": "25", "duckdb": "50", "duckdb, tiers joined": "50"}


class Flat(NamedTuple):
    """The book in the peers' form: a row a position, tiers by instrument."""

    account: Any
    """[positions] its number"""
    first: Any
    """[accounts] its first position"""
    static: Any
    """[accounts] cash less the value at entry"""
    contract: Any
    """[positions]"""
    size: Any
    """[positions] signed"""
    value: Any
    """[contracts] of one unit at the mark"""
    floor: Any
    """[tiers, contracts]"""
    rate: Any
    """[tiers, contracts]"""
    deduction: Any
    """[tiers, contracts]"""


def rows(book: Book) -> list[Row]:
    """Milliseconds of each peer, beside the sweep in the same minutes."""
    flat = _flat(book)
    vector, out = book.price_vector(), book.outcome()
    units = book.units(vector)
    sweep = book.sweep(initial=False)
    peers: dict[str, Callable[[], Any]] = {"numpy": lambda: _by_numpy(flat)}
    peers |= _polars(flat) | _duckdb(flat)
    for name, peer in peers.items():
        need = peer()
        assert np.allclose(sweep.requirement, need, atol=1e-6), name
    work: dict[str, Callable[[], object]] = {
        "sweep": lambda: book.run(vector, units, out, np.empty(0), initial=False)
    }
    taken = medians(work | peers, 5)
    ours = taken.pop("sweep")
    found = [
        Row(f"book: {name}, the same sums", seconds * 1e3, "ms", "sweep", ours * 1e3, _BARS[name])
        for name, seconds in taken.items()
    ]
    return found + _nautilus(ours / book.positions)


def _flat(book: Book) -> Flat:
    lanes, store = book.lanes_of_pools(), book.store
    used = store.lanes.used[lanes].astype(np.int64)
    first = np.concatenate([[0], np.cumsum(used)])[:-1]
    account = np.repeat(np.arange(len(lanes)), used)
    place = np.arange(len(account)) - np.repeat(first, used)
    lane = lanes[account]
    slot = store.slices.slot[lane // LANES] + LANES * place + lane % LANES
    tiers, table = book.table.tiers, book.table.contracts.table
    count = int(tiers.first[2] - tiers.first[1])

    def by_contract(column: Any) -> Any:
        held = [np.zeros(count)] + [
            column[tiers.first[t] : tiers.first[t] + count] for t in table[1:]
        ]
        return np.ascontiguousarray(np.stack(held, axis=1))

    return Flat(
        account.astype(np.int32),
        first,
        store.lanes.static[lanes],
        store.slots.contract[slot].astype(np.int32),
        store.slots.size[slot],
        book.units(book.prices).value,
        by_contract(tiers.floor),
        by_contract(tiers.rate),
        by_contract(tiers.deduction),
    )


def _by_numpy(flat: Flat) -> Any:
    worth = flat.size * flat.value[flat.contract]
    notional = np.abs(worth)
    need = notional * flat.rate[0][flat.contract]
    for rate, deduction in zip(flat.rate[1:], flat.deduction[1:], strict=True):
        line = notional * rate[flat.contract]
        line -= deduction[flat.contract]
        np.maximum(need, line, out=need)
    flat.static + np.add.reduceat(worth, flat.first)
    return np.add.reduceat(need, flat.first)


def _columns(flat: Flat) -> tuple[dict[str, Any], dict[str, Any]]:
    """Positions, and contracts with the lines of their tiers."""
    terms = {"contract": np.arange(len(flat.value), dtype=np.int32), "value": flat.value}
    for row, (rate, deduction) in enumerate(zip(flat.rate, flat.deduction, strict=True)):
        terms |= {f"r{row}": rate, f"d{row}": deduction}
    return {"account": flat.account, "contract": flat.contract, "size": flat.size}, terms


def _polars(flat: Flat) -> dict[str, Callable[[], Any]]:
    try:
        import polars as pl
    except ImportError:
        print("polars is not installed: left out", file=sys.stderr)
        return {}
    positions, terms = map(pl.DataFrame, _columns(flat))
    notional = pl.col("size").abs() * pl.col("value")
    lines = [notional * pl.col(f"r{n}") - pl.col(f"d{n}") for n in range(len(flat.rate))]
    query = (
        positions.lazy()
        .join(terms.lazy(), on="contract")
        .select("account", worth=pl.col("size") * pl.col("value"), need=pl.max_horizontal(lines))
        .group_by("account")
        .agg(pl.col("worth").sum(), pl.col("need").sum())
    )

    def run() -> Any:
        found = query.collect()
        need = np.empty(len(flat.first))
        need[found["account"].to_numpy()] = found["need"].to_numpy()
        return need

    return {"polars": run}


def _duckdb(flat: Flat) -> dict[str, Callable[[], Any]]:
    try:
        import duckdb
        import pyarrow as pa
    except ImportError:
        print("duckdb or pyarrow is not installed: left out", file=sys.stderr)
        return {}
    base = duckdb.connect()
    positions, terms = _columns(flat)
    count, contracts = flat.floor.shape
    tiers = {
        "contract": np.tile(np.arange(contracts, dtype=np.int32), count),
        "floor": flat.floor.ravel(),
        "rate": flat.rate.ravel(),
        "deduction": flat.deduction.ravel(),
    }
    for name, columns in {"p": positions, "c": terms, "t": tiers}.items():
        base.register("given", pa.table(columns))
        base.execute(f"create table {name} as select * from given")
        base.unregister("given")
    most = ", ".join(f"abs(size) * value * r{n} - d{n}" for n in range(count))
    lines = (
        f"select account, sum(size * value) as worth, sum(greatest({most})) as need"
        " from p join c using (contract) group by account"
    )
    joined = (
        "with v as (select account, contract, size * value as worth, abs(size * value) as notional"
        " from p join c using (contract))"
        " select account, sum(worth) as worth, sum(notional * rate - deduction) as need"
        " from v asof join t on v.contract = t.contract and v.notional >= t.floor"
        " group by account"
    )

    def run(query: str) -> Any:
        found = base.execute(query).fetchnumpy()
        need = np.empty(len(flat.first))
        need[found["account"]] = found["need"]
        return need

    return {"duckdb": lambda: run(lines), "duckdb, tiers joined": lambda: run(joined)}


def _nautilus(ours: float) -> list[Row]:
    """Nanoseconds a position; ours in `ours`, in seconds."""
    python = Path(os.environ.get("MARGINLINE_BENCH_NAUTILUS", "build/nautilus/bin/python"))
    if not python.exists():
        print("nautilus_trader is not installed: left out", file=sys.stderr)
        return []
    script = Path(__file__).with_name("nautilus.py")
    done = subprocess.run([python, script], capture_output=True, text=True, check=True)
    name = "book: nautilus_trader, a position (P&L and flat maintenance margin)"
    return [Row(name, float(done.stdout) * 1e9, "ns", "sweep per position", ours * 1e9)]
