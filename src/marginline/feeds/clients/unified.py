"""`ml.from_ccxt`: an account from what ccxt's unified methods returned, by the `info` in it.

Under `info` ccxt keeps the venue's own answer, or its own row. That is what is read; the unified
figures beside it are not: `total` is a wallet balance at one venue and an equity at another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.core.unified import native
from marginline.errors import PayloadError, Problem, shown
from marginline.feeds.plans.venues import EXCHANGES, VENUES, venue_named
from marginline.venues.reader.notes import noted
from marginline.venues.reader.reading import Given, kinds, read

Unified = Mapping[str, object] | Sequence[object]
"""What a unified method of ccxt returned."""

_KINDS: Mapping[str, Mapping[str, str]] = {
    "binance_usdm": {
        "balance": "account", "positions": "position_risk", "orders": "open_orders",
        "tiers": "brackets", "markets": "exchange_info", "funding_rates": "premium_index",
        "fees": "commission_rate", "leverages": "symbol_config",
    },
    "binance_coinm": {
        "balance": "account", "positions": "position_risk", "orders": "open_orders",
        "tiers": "brackets", "markets": "exchange_info", "funding_rates": "premium_index",
        "fees": "commission_rate",
    },
    "binance_pm": {"balance": "balance"},
    "bybit_unified": {
        "balance": "wallet_balance", "positions": "positions", "orders": "open_orders",
        "tiers": "risk_limit", "markets": "instruments_info", "funding_rates": "tickers",
        "fees": "fee_rate",
    },
    "bitget_futures": {
        "balance": "accounts", "positions": "positions", "orders": "orders", "tiers": "tiers",
        "markets": "contracts", "funding_rates": "prices", "fees": "fee_rate",
    },
    "bitget_unified": {
        "balance": "assets", "positions": "positions", "orders": "orders", "tiers": "tiers",
        "markets": "contracts", "funding_rates": "prices", "fees": "fee_rate",
    },
    "bingx_perpetual": {
        "balance": "balance", "positions": "positions", "orders": "orders", "tiers": "tiers",
        "funding_rates": "premium_index", "fees": "commission",
    },
    "okx": {
        "balance": "balance", "positions": "positions", "orders": "orders", "tiers": "tiers",
        "markets": "instruments", "funding_rates": "funding_rate", "fees": "fees",
    },
}  # fmt: skip
_SAME = {"bybit_inverse": "bybit_unified"}
_CALLS = {
    "balance": "fetch_balance()",
    "positions": "fetch_positions()",
    "orders": "fetch_open_orders()",
}
_ROWS_INSIDE = {"exchange_info": "symbols"}


def from_ccxt(
    exchange: str,
    *,
    balance: Unified | None = None,
    positions: Unified | None = None,
    orders: Unified | None = None,
    tiers: Unified | None = None,
    markets: Unified | None = None,
    funding_rates: Unified | None = None,
    fees: Unified | None = None,
    leverages: Unified | None = None,
    mode: str | None = None,
    as_of: datetime | str | None = None,
    name: str | None = None,
    **answers: Given,
) -> Account:
    """The account that ccxt's unified answers tell, read from the venue's own rows in them.

    What was not given is unknown, never zero, and a finding names the call to make. Numbers that
    ccxt parsed to floats are read by the shortest text that names them, and a finding says so.

    Args:
        exchange: ccxt's name ("binanceusdm"), or ours of the venue ("bybit_inverse").
        balance: of `fetch_balance()`.
        positions: of `fetch_positions()`.
        orders: of `fetch_open_orders()`; `[]` where there are none.
        tiers: of `fetch_leverage_tiers()` or `fetch_market_leverage_tiers()`.
        markets: `exchange.markets`, or of `fetch_markets()`.
        funding_rates: of `fetch_funding_rates()` or `fetch_mark_prices()`: marks and funding.
        fees: of `fetch_trading_fees()` or `fetch_trading_fee()`.
        leverages: of `fetch_leverages()` or `fetch_margin_modes()`: leverage and margin mode.
        mode: the account's mode, where no answer tells it.
        as_of: when they were fetched; else the newest moment that they tell, else now.
        name: what to call the account.
        answers: raw answers beside them, by kind: `account_config=...` (see `ml.kinds`).

    Raises:
        PayloadError: no `info` in an answer, or answers that cannot be of one account.
        InputError: an exchange that cannot be read.
    """
    given = {
        "balance": balance, "positions": positions, "orders": orders, "tiers": tiers,
        "markets": markets, "funding_rates": funding_rates, "fees": fees, "leverages": leverages,
    }  # fmt: skip
    venue = _venue(venue_named(exchange), exchange, balance)
    known = _KINDS[_SAME.get(venue, venue)]
    raw: dict[str, Given] = dict(answers)
    ours = _symbols_of(balance, positions, orders)
    for part, value in given.items():
        if value is None:
            continue
        kind = known.get(part)
        if kind is None:
            remedy = f"give the venue's own answer by its kind: {', '.join(kinds(venue))}"
            text = f"what ccxt tells of {part} is not read for {venue}"
            raise PayloadError([Problem(part, "", text, remedy)])
        found = _raw(part, kind, value, venue, ours)
        if found is not None and kind not in raw:
            raw[kind] = found
    account = _read(venue, raw, mode, as_of, name)
    for part, call in _CALLS.items():
        if given[part] is None and known.get(part, part) not in answers:
            text = f"{part} were not given: nothing is known of them; call {call}"
            account = noted(account, Finding(Code.MISSING_DATA, part, text))
    return account


def _venue(venue: str, exchange: str, balance: Unified | None) -> str:
    """Which account of an exchange: told by the balance, where the exchange has several."""
    if exchange in VENUES or len(EXCHANGES.get(exchange, ())) < 2:
        return venue
    info = balance.get("info") if isinstance(balance, Mapping) else None
    if exchange == "bitget":
        row = info[0] if isinstance(info, list) and info else info
        classic = isinstance(row, Mapping) and "marginCoin" in row
        return venue if classic else "bitget_unified"
    if exchange == "bybit" and isinstance(info, Mapping):
        result = info.get("result")
        rows = result.get("list") if isinstance(result, Mapping) else None
        kind = rows[0].get("accountType") if isinstance(rows, list) and rows else None
        return "bybit_inverse" if kind == "CONTRACT" else venue
    if exchange == "binance" and isinstance(info, list):
        return "binance_pm"
    if exchange == "binance" and isinstance(info, Mapping) and "totalWalletBalance" not in info:
        if "assets" in info and "positions" in info:
            return "binance_coinm"
        text = "is no answer of a futures account"
        remedy = "fetch_balance of binanceusdm, or with type 'swap'"
        raise PayloadError([Problem("balance", shown(info, 60), text, remedy)])
    return venue


# -- out of ccxt's wrapping --------------------------------------------------------------------


def _raw(part: str, kind: str, value: Unified, venue: str, ours: frozenset[str]) -> Given | None:
    """The venue's own answer or rows in what a unified method returned."""
    if part == "balance":
        return _info(part, value)
    if part == "tiers" and kind == "brackets":
        return _brackets(value, venue)
    rows = [_info(part, row) for row in _listed(part, value)]
    if part in ("markets", "funding_rates"):
        rows = [row for row in rows if not ours or _name(row) in ours]
    rows = _unique(rows)
    if not rows and part in ("markets", "funding_rates", "fees"):
        return None
    inside = _ROWS_INSIDE.get(kind)
    return rows if inside is None else {inside: rows}


def _listed(part: str, value: Unified) -> list[object]:
    """The entries of a list, or of a dict by symbol; tiers by symbol are lists themselves."""
    if isinstance(value, Mapping):
        if "info" in value:
            return [value]
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        text = f"is not what ccxt's {part} are: a list, or a dict by symbol"
        raise PayloadError([Problem(part, shown(value, 60), text)])
    found: list[object] = []
    for each in value:
        found += each if isinstance(each, (list, tuple)) else [each]
    return found


def _info(part: str, entry: object) -> object:
    info = entry.get("info") if isinstance(entry, Mapping) else None
    if not info or not isinstance(info, (Mapping, list)):
        remedy = "give what ccxt returned as it is, with its info"
        raise PayloadError(
            [Problem(part, shown(entry, 60), "has no answer of the venue under info", remedy)]
        )
    return info


def _unique(rows: Iterable[object]) -> list[object]:
    """Each row once: an answer that stands under several entries is one answer."""
    found: list[object] = []
    seen: set[int] = set()
    for row in rows:
        if id(row) not in seen:
            seen.add(id(row))
            found.append(row)
    return found


def _brackets(value: Unified, venue: str) -> list[object]:
    """Binance's brackets by symbol: ccxt keeps the rows and drops the symbol they stood under."""
    by_symbol: dict[str, list[object]] = {}
    for entry in _listed("tiers", value):
        symbol = entry.get("symbol") if isinstance(entry, Mapping) else None
        if not isinstance(symbol, str):
            remedy = "give what fetch_leverage_tiers returned"
            raise PayloadError([Problem("tiers", shown(entry, 60), "names no symbol", remedy)])
        by_symbol.setdefault(native(venue, symbol), []).append(_info("tiers", entry))
    return [{"symbol": symbol, "brackets": rows} for symbol, rows in by_symbol.items()]


def _name(row: object) -> str:
    if not isinstance(row, Mapping):
        return ""
    return str(row.get("symbol") or row.get("instId") or "")


def _symbols_of(*parts: Unified | None) -> frozenset[str]:
    """The venue's names of the contracts that balances, positions and orders tell of."""
    found: set[str] = set()
    for part in parts:
        entries = part.values() if isinstance(part, Mapping) and "info" not in part else part
        if isinstance(part, Mapping) and "info" in part:
            continue
        for entry in entries if isinstance(entries, Iterable) else ():
            info = entry.get("info") if isinstance(entry, Mapping) else None
            found.add(_name(info))
    return frozenset(found - {""})


def _read(
    venue: str, raw: Mapping[str, Given], mode: str | None, as_of: datetime | str | None,
    name: str | None,
) -> Account:  # fmt: skip
    """Read; where no answer tells the moment, now is taken and said."""
    given: dict[str, Any] = dict(raw)  # Any: as `read` takes answers
    try:
        return read(venue, mode=mode, as_of=as_of, name=name, **given)
    except PayloadError as error:
        if as_of is not None or not any(p.path == "as_of" for p in error.problems):
            raise
    account = read(venue, mode=mode, as_of=datetime.now(UTC), name=name, **given)
    text = "no answer tells the moment: now is taken; give as_of, when they were fetched"
    return noted(account, Finding(Code.APPROXIMATE, "as_of", text))
