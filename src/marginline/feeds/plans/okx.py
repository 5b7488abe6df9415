"""What to ask OKX for: the trading account with its swaps and futures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marginline.feeds.plans.asking import Ask, Gathered, Steps, ask, pages, several
from marginline.feeds.plans.envelopes import (
    codes,
    judge_by,
    lists,
    only,
    rows_in,
    time_at,
)
from marginline.feeds.wire.allowance import unheard
from marginline.feeds.wire.door import Manners
from marginline.feeds.wire.rest import Answer, Endpoint

_PAGE = 100
_KINDS = {"SWAP": "SWAP"}


def _private(path: str) -> Endpoint:
    return Endpoint("private", path)


def _public(path: str) -> Endpoint:
    return Endpoint("public", path, signed=False)


TIME = _public("public/time")
CONFIG = _private("account/config")
_ORDERS = _private("trade/orders-pending")
_FEES = _private("account/trade-fee")
_LEVERAGE = _private("account/leverage-info")
_TIERS = _public("public/position-tiers")
_MARKS = _public("public/mark-price")
_INDEX = _public("market/index-tickers")
_FUNDING = _public("public/funding-rate")
_CONTRACTS = _public("public/instruments")
_DISCOUNT = _public("public/discount-rate-interest-free-quota")


def _next_order(answer: Answer) -> Mapping[str, object]:
    rows = lists(answer)
    return {"after": rows[-1]["ordId"]} if len(rows) == _PAGE else {}


def account(wanted: frozenset[str]) -> Steps:
    """A trading account: balances, positions, orders, then the market of what is in use."""
    gathered = Gathered("okx")
    found = yield from ask(
        gathered,
        [
            Ask("config", CONFIG, check=lists),
            Ask("balance", _private("account/balance"), check=lists),
            Ask("positions", _private("account/positions"), check=lists),
            Ask("fees", _FEES, {"instType": "SWAP"}, lost="the fees of this account"),
        ],
    )
    orders = yield from pages(gathered, Ask("orders", _ORDERS, {"limit": _PAGE}), _next_order)
    rows = rows_in([*found["positions"], *orders])
    used = wanted | {str(row["instId"]) for row in rows if _contract(str(row.get("instId", "")))}
    coins = {
        str(each["ccy"])
        for row in rows_in(found["balance"])
        for each in row.get("details") or ()
        if isinstance(each, dict) and each.get("ccy")
    }
    modes = {str(row.get("instId")): str(row.get("mgnMode") or "cross") for row in rows}
    market = yield from ask(gathered, _market_of(used, coins, modes))
    for kind in ("mark_price", "instruments"):
        if market.get(kind):
            gathered.texts[kind] = only(market.pop(kind), used)
    if market.get("index"):
        pairs = {f"{coin}-USD" for coin in coins} | {_family(symbol) for symbol in used}
        gathered.texts["index"] = only(market.pop("index"), pairs)
    gathered.texts["orders"] = several(orders)
    for kind, answers in {**found, **market}.items():
        if answers:
            gathered.texts[kind] = several(answers)
    return gathered


def _contract(symbol: str) -> bool:
    return len(symbol.split("-")) == 3


def _family(symbol: str) -> str:
    return symbol.rpartition("-")[0]


def _type(symbol: str) -> str:
    return _KINDS.get(symbol.rpartition("-")[2], "FUTURES")


def _market_of(
    used: frozenset[str] | set[str], coins: set[str], modes: Mapping[str, str]
) -> Sequence[Ask]:
    asks = []
    for kind in sorted({_type(symbol) for symbol in used}):
        asks.append(Ask("mark_price", _MARKS, {"instType": kind}, check=lists))
        asks.append(Ask("instruments", _CONTRACTS, {"instType": kind}, check=lists))
    for kind, family in sorted({(_type(symbol), _family(symbol)) for symbol in used}):
        where = {"instType": kind, "instFamily": family, "tdMode": "cross"}
        asks.append(Ask("tiers", _TIERS, where, check=lists))
    for symbol in sorted(used):
        where = {"instId": symbol, "mgnMode": modes.get(symbol, "cross")}
        asks.append(Ask("leverage", _LEVERAGE, where, lost=f"the leverage set for {symbol}"))
        if _type(symbol) == "SWAP":
            asks.append(
                Ask("funding_rate", _FUNDING, {"instId": symbol}, lost=f"funding of {symbol}")
            )
    for quote in ("USD", "USDT"):
        lost = f"index prices in {quote}"
        asks.append(Ask("index", _INDEX, {"quoteCcy": quote}, lost=lost, check=lists))
    asks += [
        Ask("discount", _DISCOUNT, {"ccy": coin}, lost=f"the discount of {coin}")
        for coin in sorted(coins)
    ]
    return asks


MANNERS = Manners(
    name="okx",
    socket="wss://ws.okx.com:8443",
    weight=20,  # a ceiling of ours, unverified: no official figure was read (2026-11)
    window_ms=2_000,
    time=TIME,
    time_of=time_at("data", 0, "ts"),
    judge=judge_by(
        codes(
            "0",
            key="50100 50101 50103 50104 50105 50106 50107 50110 50111 50113 50114 50119 50120",
            clock="50102 50112",
            busy="50011 50013 50061",
            ours="50000 50001 50004 50026",
        )
    ),
    heard=unheard,
)
