"""Arrow out, and frames of any library by narwhals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from marginline.book.book import Book
from marginline.book.limits import BookMisuse
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


def to_arrow(book: Book) -> Any:
    """The positions of every plain pool as a pyarrow Table, which `from_arrow` reads.

    Raises:
        BookMisuse: the book holds joint pools or pools that do not fit, which have no such rows.
    """
    import pyarrow as pa

    store = book.store
    lanes = book.lanes_of_pools()
    if book.odd or (store.lanes.joint[lanes[lanes >= 0]] >= 0).any():
        text = "pools of several assets have no place in a table of positions"
        raise BookMisuse([Problem("book", "", text, "keep their account files")])
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
        [c.instrument.symbol if c.instrument else None for c in book.terms.contracts.rows], object
    )
    side = np.array([c.side for c in book.terms.contracts.rows], object)
    kind = np.array([group.kind.value for group in book.terms.groups.rows], object)
    lever = [float(c.leverage) if c.leverage else np.nan for c in book.terms.codes.rows]
    slot = np.where(bare, 0, slot)
    names = np.array(book.names(), object)
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
