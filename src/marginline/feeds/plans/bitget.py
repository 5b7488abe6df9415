"""What to ask Bitget for: classic futures (v2), and the unified account (v3)."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from marginline.feeds.plans.asking import Ask, Gathered, Reply, Steps, ask, pages, several
from marginline.feeds.plans.envelopes import (
    codes,
    data_of,
    judge_by,
    lists,
    only,
    rows_in,
    time_at,
)
from marginline.feeds.wire.allowance import unheard
from marginline.feeds.wire.door import Manners
from marginline.feeds.wire.rest import Answer, Endpoint

PRODUCTS = ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
_PAGE = 100


def _private(path: str, *, mix: bool = True) -> Endpoint:
    return Endpoint(f"private.{'mix' if mix else 'uta'}", path)


def _public(path: str, *, mix: bool = True) -> Endpoint:
    return Endpoint(f"public.{'mix' if mix else 'uta'}", path, signed=False)


TIME = Endpoint("public.common", "v2/public/time", signed=False)
CLASSIC_RIGHTS = Endpoint("private.spot", "v2/spot/account/info")
UNIFIED_RIGHTS = _private("v3/account/info", mix=False)
SETTINGS = _private("v3/account/settings", mix=False)
_ACCOUNTS = _private("v2/mix/account/accounts")
_POSITIONS = _private("v2/mix/position/all-position")
_ORDERS = _private("v2/mix/order/orders-pending")
_UNION = _private("v2/mix/account/union-config")
_FEES = Endpoint("private.common", "v2/common/trade-rate")
_TIERS = _public("v2/mix/market/query-position-lever")
_CONTRACTS = _public("v2/mix/market/contracts")
_TICKERS = _public("v2/mix/market/tickers")
_FUNDING = _public("v2/mix/market/current-fund-rate")
_DISCOUNT = _public("v2/mix/market/discount-rate")


def _products(kind: str, endpoint: Endpoint, name: str, products: Sequence[str]) -> list[Ask]:
    return [Ask(kind, endpoint, {name: product}) for product in products]


def _next_order(answer: Answer) -> Mapping[str, object]:
    """What asks for the orders after these; a full page may have one behind it."""
    rows, body = rows_in([answer], "entrustedList", "list"), data_of(answer)
    last = body.get("endId") or body.get("cursor") if isinstance(body, dict) else None
    if len(rows) < _PAGE or not last:
        return {}
    return {"idLessThan": last} if "endId" in body else {"cursor": last}


def _orders(
    gathered: Gathered, endpoint: Endpoint, name: str
) -> Generator[Sequence[Ask], Sequence[Reply], list[Answer]]:
    found: list[Answer] = []
    for product in PRODUCTS:
        one = Ask("orders", endpoint, {name: product, "limit": _PAGE})
        found += yield from pages(gathered, one, _next_order)
    return found


# Any: rows of parsed JSON.
def _used(rows: Sequence[Mapping[str, Any]], product_of: Mapping[str, str]) -> dict[str, str]:
    """The product of each symbol in rows."""
    found = {}
    for row in rows:
        symbol = str(row.get("symbol") or "").upper()  # orders may be in small letters
        product = str(row.get("productType") or row.get("category") or "").upper()
        if symbol:
            found[symbol] = product_of.get(symbol) or product or PRODUCTS[0]
    return found


def _of_pages(answers: Sequence[Answer], asked: Sequence[str], *inside: str) -> dict[str, str]:
    """The product whose list a symbol stands in."""
    found: dict[str, str] = {}
    for product, answer in zip(asked, answers, strict=True):
        for row in rows_in([answer], *inside):
            found.setdefault(str(row.get("symbol")), product)
    return found


# -- classic -----------------------------------------------------------------------------------


def classic(wanted: frozenset[str]) -> Steps:
    """A classic futures account, over its three products."""
    gathered = Gathered("bitget_futures")
    asks = _products("accounts", _ACCOUNTS, "productType", PRODUCTS)
    asks += _products("positions", _POSITIONS, "productType", PRODUCTS)
    asks += _products("contracts", _CONTRACTS, "productType", PRODUCTS)
    found = yield from ask(gathered, [_listing(each) for each in asks])
    orders = yield from _orders(gathered, _ORDERS, "productType")
    listed = _of_pages(found["contracts"], PRODUCTS)
    rows = rows_in([*found["positions"], *orders], "entrustedList")
    used = _used(rows, listed) | {symbol: listed[symbol] for symbol in wanted & listed.keys()}
    union = any(row.get("assetMode") == "union" for row in rows_in(found["accounts"]))
    market = yield from ask(gathered, _market_of(used, union=union))
    symbols = frozenset(used)
    for kind in ("accounts", "positions"):
        gathered.texts[kind] = several(found[kind])
    gathered.texts["orders"] = several(orders)
    gathered.texts["contracts"] = only(found["contracts"], symbols)
    if market.get("prices"):
        gathered.texts["prices"] = only(market.pop("prices"), symbols)
    _lay(gathered, market)
    return gathered


def _listing(asked: Ask) -> Ask:
    return Ask(asked.kind, asked.endpoint, asked.params, asked.lost, lists)


def _market_of(used: Mapping[str, str], *, union: bool) -> list[Ask]:
    """Prices of the products in use; tiers, fee and funding of each symbol."""
    asks = _products("prices", _TICKERS, "productType", sorted(set(used.values())))
    for symbol, product in sorted(used.items()):
        where = {"symbol": symbol, "productType": product}
        asks.append(Ask("tiers", _TIERS, where, check=lists))
        fee = {"symbol": symbol, "business": "mix"}
        asks.append(Ask("fee_rate", _FEES, fee, lost=f"the fee of {symbol}"))
        asks.append(Ask("funding_rate", _FUNDING, where, lost=f"funding of {symbol}"))
    if union:
        asks.append(Ask("discount_rate", _DISCOUNT, check=lists))
        asks.append(Ask("union_config", _UNION, lost="rates of liabilities"))
    return asks


def _lay(gathered: Gathered, answers: Mapping[str, Sequence[Answer]]) -> None:
    for kind, found in answers.items():
        if found:
            gathered.texts[kind] = several(found)


# -- unified -----------------------------------------------------------------------------------

_U_ASSETS = _private("v3/account/assets", mix=False)
_U_POSITIONS = _private("v3/position/current-position", mix=False)
_U_ORDERS = _private("v3/trade/unfilled-orders", mix=False)
_U_FEES = _private("v3/account/fee-rate", mix=False)
_U_TIERS = _public("v3/market/position-tier", mix=False)
_U_CONTRACTS = _public("v3/market/instruments", mix=False)
_U_TICKERS = _public("v3/market/tickers", mix=False)
_U_FUNDING = _public("v3/market/current-fund-rate", mix=False)
_U_DISCOUNT = _public("v3/market/discount-rate", mix=False)


def unified(wanted: frozenset[str]) -> Steps:
    """A unified account: assets, the positions of every category, the coins' ratios."""
    gathered = Gathered("bitget_unified")
    asks = [
        Ask("assets", _U_ASSETS),
        Ask("settings", SETTINGS),
        Ask("discount_rate", _U_DISCOUNT, check=lists),
        *_products("positions", _U_POSITIONS, "category", PRODUCTS),
        *_products("contracts", _U_CONTRACTS, "category", PRODUCTS),
    ]
    found = yield from ask(gathered, asks)
    if "accountLevel" not in (data_of(found["settings"][0]) or {}):
        raise found["settings"][0].malformed("tells no account level")
    if "assets" not in (data_of(found["assets"][0]) or {}):
        raise found["assets"][0].malformed("lists no assets")
    orders = yield from _orders(gathered, _U_ORDERS, "category")
    listed = _of_pages(found["contracts"], PRODUCTS)
    rows = rows_in([*found["positions"], *orders], "list")
    used = _used(rows, listed) | {symbol: listed[symbol] for symbol in wanted & listed.keys()}
    more = _products("prices", _U_TICKERS, "category", sorted(set(used.values())))
    for symbol, category in sorted(used.items()):
        where = {"symbol": symbol, "category": category}
        more.append(Ask("tiers", _U_TIERS, where, check=lists))
        more.append(Ask("fee_rate", _U_FEES, where, lost=f"the fee of {symbol}"))
        more.append(
            Ask("funding_rate", _U_FUNDING, {"symbol": symbol}, lost=f"funding of {symbol}")
        )
    market = yield from ask(gathered, more)
    symbols = frozenset(used)
    gathered.texts["orders"] = several(orders)
    gathered.texts["contracts"] = only(found.pop("contracts"), symbols)
    if market.get("prices"):
        gathered.texts["prices"] = only(market.pop("prices"), symbols)
    _lay(gathered, {**found, **market})
    return gathered


MANNERS = Manners(
    name="bitget",
    socket="wss://ws.bitget.com",
    weight=60,  # a ceiling of ours, unverified: no official figure was read (2026-11)
    window_ms=5_000,
    time=TIME,
    time_of=time_at("data", "serverTime"),
    judge=judge_by(
        codes(
            "00000",
            key="40001 40002 40003 40006 40009 40011 40012 40014 40018 40022 40036 40037 40038",
            clock="40004 40005 40008",
            busy="429 30007",
            ours="40010 40015 40725 45001",
        )
    ),
    heard=unheard,
)
