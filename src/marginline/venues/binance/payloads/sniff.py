"""Which venue and kind an answer of Binance is: by the address it came from, else by its shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from marginline.venues.binance.payloads.kinds import EVENTS, KINDS, MESSAGES, plain, unframed
from marginline.venues.binance.payloads.market import is_coinm
from marginline.venues.reader.kinds import by_address, by_fields, by_topic, first_of

_ADDRESS = re.compile(r"/(fapi|dapi|papi|sapi)/v[0-9]/(.+)")
_APIS = {
    "fapi": ("binance_usdm", "binance_pm_pro", "binance_pm"),
    "dapi": ("binance_coinm", "binance_pm_pro", "binance_pm"),
    "papi": ("binance_pm",),
    "sapi": ("binance_pm_pro", "binance_pm"),
}
_USDM, _COINM = _APIS["fapi"], _APIS["dapi"]
_PORTFOLIO = ("binance_pm", "binance_pm_pro")
_OF_A_BOOK = ("account", "balance", "account_config", "open_algo_orders")

_TABLES = (KINDS["binance_usdm"], KINDS["binance_pm"])
"""Every kind under its own name: those of futures first, then what is portfolio margin's alone."""


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The venues, likeliest first, that give such an answer, each with its kind there."""
    if path is not None:
        return _existing(_by_address(path))
    rows = list(_rows(plain(value)))
    first = rows[0] if rows else {}
    if any(map(_of_another_venue, rows[:50])):
        return {}
    kind = _stream_kind(value) or _kind_of(first)
    if kind is None:
        return {}
    if kind == EVENTS and any(row.get("fs") in ("UM", "CM") for row in rows):
        return _existing(dict.fromkeys(_PORTFOLIO, kind))
    return _existing(dict(_by_shape(kind, rows)))


def _of_another_venue(row: Mapping[str, object]) -> bool:
    """Rows of BingX in the same words: symbols with a dash, amounts of more than 8 decimals."""
    symbol = row.get("symbol")
    if isinstance(symbol, str) and ("-" in symbol or "/" in symbol):
        return True
    if "code" in row and "data" in row:
        return True
    update = row.get("a")
    if row.get("e") != "ACCOUNT_UPDATE" or not isinstance(update, Mapping):
        return False
    balances = list(_rows(update.get("B")))
    symbols = [str(each.get("s")) for each in _rows(update.get("P"))]
    decimals = (str(each.get("wb")).partition(".")[2] for each in balances)
    return any("-" in symbol for symbol in symbols) or any(len(d) > 8 for d in decimals)


def _existing(found: Mapping[str, str]) -> Mapping[str, str]:
    return {venue: kind for venue, kind in found.items() if kind in KINDS[venue]}


def _by_address(path: str) -> dict[str, str]:
    parts = _ADDRESS.fullmatch(path.partition("?")[0])
    if parts is None:
        return {}
    api, tail = parts[1], parts[2]
    book, name = ("", tail)
    if api == "papi" and tail.partition("/")[0] in ("um", "cm"):
        book, _, name = tail.partition("/")
    found = (by_address(table, name) for table in _TABLES)
    kind = next((each for each in found if each), None)
    if kind is None:
        return {}
    return {venue: _in_book(venue, kind, book or _book_of(api)) for venue in _APIS[api]}


def _book_of(api: str) -> str:
    return {"fapi": "um", "dapi": "cm"}.get(api, "")


def _in_book(venue: str, kind: str, book: str) -> str:
    """The kind's name in a venue: portfolio margin tells its two futures books apart."""
    if venue not in _PORTFOLIO or not book:
        return kind
    inner = f"{book}_{kind}"
    return inner if inner in KINDS[venue] or kind in _OF_A_BOOK else kind


# -- by shape ----------------------------------------------------------------------------------


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    for row in value if isinstance(value, list) else [value]:
        if isinstance(row, Mapping):
            yield row


def _stream_kind(value: object) -> str | None:
    """The kind of a stream message: its name is lost once it is in an endpoint's words."""
    first = first_of(unframed(value))
    name = first.get("e") if isinstance(first, Mapping) else None
    return EVENTS if isinstance(name, str) and name in MESSAGES else by_topic(_TABLES[0], name)


def _kind_of(row: Mapping[str, object]) -> str | None:
    found = (by_fields(table, row) for table in _TABLES)
    return next((kind for kind in found if kind), None)


def _by_shape(kind: str, rows: list[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    first = rows[0]
    if "uniMMR" in first:
        pro = first.get("accountType") in ("PM_1", "PM_3") or "accountInitialMargin" not in first
        yield from ((venue, kind) for venue in (reversed(_PORTFOLIO) if pro else _PORTFOLIO))
        return
    if kind in ("collateral_rate", "index_price") or "crossMarginAsset" in first:
        yield from ((venue, kind) for venue in _PORTFOLIO)
        return
    coin = _is_coin(kind, rows)
    book = "cm" if coin else "um"
    venues: Iterable[str] = _COINM if coin else _USDM
    if kind == "position_risk" and not {"isolatedMargin", "isolatedWallet"} & first.keys():
        venues = _PORTFOLIO  # portfolio margin knows no isolated positions
    if kind == "account" and not _whole_wallets(first):
        venues = _PORTFOLIO
    for venue in venues:
        yield venue, _in_book(venue, kind, book)


def _whole_wallets(account: Mapping[str, object]) -> bool:
    """Whether assets tell their whole wallet; those of portfolio margin's books do not."""
    assets = list(_rows(account.get("assets")))
    return not assets or any("walletBalance" in row for row in assets)


def _is_coin(kind: str, rows: list[Mapping[str, object]]) -> bool:
    if kind == "balance":
        return any("withdrawAvailable" in row for row in rows)
    if kind == "account":
        return "totalWalletBalance" not in rows[0] and _is_coin(
            "", list(_rows(rows[0].get("positions")))
        )
    symbols: list[object] = [row.get("symbol") for row in rows]
    if kind == EVENTS:
        symbols = list(_event_symbols(rows))
    if kind == "exchange_info":
        symbols = [row.get("symbol") for row in _rows(rows[0].get("symbols"))]
    return any(isinstance(symbol, str) and is_coinm(symbol) for symbol in symbols)


def _event_symbols(rows: list[Mapping[str, object]]) -> Iterator[object]:
    for row in rows:
        for name in ("o", "ac"):
            inner = row.get(name)
            yield inner.get("s") if isinstance(inner, Mapping) else None
        update = row.get("a")
        below = [update.get("P")] if isinstance(update, Mapping) else []
        for part in (*below, row.get("p")):
            yield from (each.get("s") for each in _rows(part))
