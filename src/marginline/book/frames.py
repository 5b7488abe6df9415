"""Arrow out, and frames of any library by narwhals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from marginline.book.accounts import Accounts
from marginline.book.kernels.limits import BookMisuse
from marginline.core.pool.exposure import Basis
from marginline.core.pool.pool import Trigger
from marginline.errors import Problem


def frame_of(columns: Mapping[str, Any], backend: str) -> Any:
    """Columns as a frame of "polars", "pandas", "pyarrow" or whatever narwhals knows."""
    import narwhals as nw

    chosen: Any = backend
    return nw.from_dict(dict(columns), backend=chosen).to_native()


def arrow_of(columns: Mapping[str, Any]) -> Any:
    """Columns as a pyarrow Table."""
    import pyarrow as pa

    return pa.table(dict(columns))


def to_arrow(accounts: Accounts) -> Any:
    """The positions of every plain pool as a pyarrow Table, which `from_arrow` reads.

    Raises:
        BookMisuse: the book holds what such rows cannot say: pools of several assets or that do not
            fit, other triggers, fees inside the requirement, two tables of one instrument, two
            pools of one name.
    """
    import pyarrow as pa

    _refuse_unsaid(accounts)
    store = accounts.store
    lanes = accounts.lanes_of_pools()
    pools = np.flatnonzero(lanes >= 0)
    lanes = lanes[pools]
    used = store.lanes.used[lanes].astype(np.int64)
    rows = np.maximum(used, 1)
    of = np.repeat(np.arange(len(pools)), rows)
    place = np.arange(len(of)) - np.repeat(np.cumsum(rows) - rows, rows)
    lane = lanes[of]
    slot = store.slices.slot[lane // 64] + 64 * place + lane % 64
    bare = used[of] == 0
    contract = np.where(bare, 0, store.slots.contract[np.where(bare, 0, slot)])
    symbol = np.array(
        [c.instrument.symbol if c.instrument else None for c in accounts.terms.contracts.rows],
        object,
    )
    side = np.array([c.side for c in accounts.terms.contracts.rows], object)
    kind = np.array([group.kind.value for group in accounts.terms.groups.rows], object)
    lever = [float(c.leverage) if c.leverage else np.nan for c in accounts.terms.codes.rows]
    slot = np.where(bare, 0, slot)
    names = np.array(accounts.names(), object)
    columns = {
        "account": pa.array(names[pools[of]], pa.string()),
        "cash": store.lanes.cash[lane],
        "instrument": pa.array(symbol[contract], pa.string()),
        "size": np.where(bare, 0.0, store.slots.size[slot]),
        "entry_price": np.where(bare, 0.0, store.slots.entry[slot]),
        "leverage": pa.array(
            np.array(lever)[np.where(bare, 0, store.slots.code[slot])], from_pandas=True
        ),
        "side": pa.array(side[contract], pa.string()),
        "kind": pa.array(kind[store.lanes.group[lane]], pa.string()),
    }
    return pa.table(columns)


def _refuse_unsaid(accounts: Accounts) -> None:
    """Refuse what a table of positions and its terms have no place for: it would be lost."""
    lanes = accounts.lanes_of_pools()
    lanes = lanes[lanes >= 0]
    problems = []
    if accounts.odd or (accounts.store.lanes.joint[lanes] >= 0).any():
        problems.append("pools of several assets, or assessed by the exact path")
    if {
        accounts.terms.groups.rows[g].trigger for g in np.unique(accounts.store.lanes.group[lanes])
    } - {Trigger()}:
        problems.append("triggers other than a ratio of 1")
    rows = [row for row in accounts.terms.contracts.rows if row.instrument is not None]
    if any(row.fee_rate or row.closing_rate or row.basis is not Basis.MARK for row in rows):
        problems.append("fees inside the requirement, or requirements at entry or index")
    tables = {(row.instrument.symbol, row.schedule) for row in rows if row.instrument is not None}
    if len({symbol for symbol, _ in tables}) < len(tables):
        problems.append("two tier tables of one instrument")
    names = accounts.names()
    if len(set(names)) < len(names):
        problems.append("two pools of one name")
    if problems:
        text, remedy = "a table of positions has no place for it", "keep the account files"
        raise BookMisuse([Problem("book", problem, text, remedy) for problem in problems])
