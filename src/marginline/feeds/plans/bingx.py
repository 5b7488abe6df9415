"""What to ask BingX for: perpetual futures in USDT and USDC, and those margined in coins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marginline.feeds.nudges.bingx import LISTEN_KEY
from marginline.feeds.plans.asking import Ask, Gathered, Steps, ask, several
from marginline.feeds.plans.envelopes import (
    codes,
    judge_by,
    only,
    rows_in,
    time_at,
)
from marginline.feeds.wire.allowance import unheard
from marginline.feeds.wire.door import Manners
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint, Reply, decoded


def _swap(version: str, path: str) -> Endpoint:
    return Endpoint(f"swap.{version}.private", path)


def _coin(path: str) -> Endpoint:
    return Endpoint("cswap.v1.private", path)


TIME = Endpoint("swap.v2.public", "server/time", signed=False)
RIGHTS = Endpoint("account.v1.private", "account/apiPermissions")
_OWN: Mapping[str, Endpoint] = {
    "balance": _swap("v3", "user/balance"),
    "positions": _swap("v2", "user/positions"),
    "orders": _swap("v2", "trade/openOrders"),
    "position_mode": _swap("v1", "positionSide/dual"),
    "asset_mode": _swap("v1", "trade/assetMode"),
}
_OWN_COIN: Mapping[str, Endpoint] = {
    "coin_balance": _coin("user/balance"),
    "coin_positions": _coin("user/positions"),
    "coin_orders": _coin("trade/openOrders"),
}
_FEES = _swap("v2", "user/commissionRate")
_TIERS = _swap("v1", "maintMarginRatio")
_LEVERAGE = _swap("v2", "trade/leverage")
_MARGIN_TYPE = _swap("v2", "trade/marginType")
_PREMIUM = Endpoint("swap.v2.public", "quote/premiumIndex", signed=False)
_COIN_PREMIUM = Endpoint("cswap.v1.public", "market/premiumIndex", signed=False)
_COIN_CONTRACTS = Endpoint("cswap.v1.public", "market/contracts", signed=False)
_RULES = Endpoint("swap.v1.public", "trade/multiAssetsRules", signed=False)


def perpetual(wanted: frozenset[str]) -> Steps:
    """A perpetual account: both families, with the tiers and settings of what is in use."""
    gathered = Gathered("bingx_perpetual")
    found = yield from ask(gathered, (Ask(k, e) for k, e in {**_OWN, **_OWN_COIN}.items()))
    mode = found["asset_mode"][0].value()["data"]
    several_assets = isinstance(mode, dict) and mode.get("assetMode") == "multiAssetsMode"
    used = wanted | _symbols([*found["positions"], *found["orders"]])
    coined = _symbols([*found["coin_positions"], *found["coin_orders"]])
    market = yield from ask(gathered, _market_of(used, coined, multi=several_assets))
    for kind in ("premium_index", "coin_contracts"):
        if market.get(kind):
            gathered.texts[kind] = only(market.pop(kind), used | coined)
    for kind, answers in {**found, **market}.items():
        if answers:
            gathered.texts[kind] = several(answers)
    return gathered


def _symbols(answers: Sequence[Answer]) -> frozenset[str]:
    return frozenset(str(row["symbol"]) for row in rows_in(answers, "orders") if "symbol" in row)


def _market_of(used: frozenset[str], coined: frozenset[str], *, multi: bool) -> list[Ask]:
    asks = [
        Ask("premium_index", _PREMIUM),
        Ask("commission", _FEES, lost="the fees of this account"),
    ]
    for symbol in sorted(used):
        where = {"symbol": symbol}
        asks.append(Ask("tiers", _TIERS, where, lost=f"maintenance tiers of {symbol}"))
        asks.append(Ask("leverage", _LEVERAGE, where, lost=f"the leverage set for {symbol}"))
        asks.append(Ask("margin_type", _MARGIN_TYPE, where, lost=f"the mode set for {symbol}"))
    if coined:
        asks.append(Ask("premium_index", _COIN_PREMIUM))
        asks.append(Ask("coin_contracts", _COIN_CONTRACTS))
    if multi:
        asks.append(Ask("multi_assets_rules", _RULES))
    return asks


_enveloped = judge_by(
    codes(
        "0",
        key="100001 100004 100412 100413 100414 100419 100421",
        clock="109400 100400",
        busy="100410 100429",
        ours="100500 100503 80012",
    )
)


def _judge(path: str, reply: Reply) -> CallFailed | None:
    """As others; answers about listen keys come without an envelope, or without a word."""
    if path == LISTEN_KEY and reply.status in (200, 204):
        value = decoded(reply.text)
        named = isinstance(value, dict) and isinstance(value.get("listenKey"), str)
        if named or reply.text.strip() in ("", "{}"):
            return None
    return _enveloped(path, reply)


MANNERS = Manners(
    name="bingx",
    socket="wss://open-api-swap.bingx.com",
    weight=100,  # a ceiling of ours, unverified: no official figure was read (2026-11)
    window_ms=10_000,
    time=TIME,
    time_of=time_at("data", "serverTime"),
    judge=_judge,
    heard=unheard,
)
