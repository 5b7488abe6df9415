"""The answers that an account monitor fetches, raw, as our readers take them."""

from __future__ import annotations

import time
from typing import Any

from marginline.core.account.account import Account
from marginline.sandbox import Sandbox
from marginline.sandbox.wire.keys import signature
from marginline.venues.reader.reading import read
from tests.sandbox.serving import http

BINANCE = {
    "account": "/fapi/v3/account",
    "position_risk": "/fapi/v3/positionRisk",
    "open_orders": "/fapi/v1/openOrders",
    "open_algo_orders": "/fapi/v1/openAlgoOrders",
    "account_config": "/fapi/v1/accountConfig",
    "symbol_config": "/fapi/v1/symbolConfig",
    "brackets": "/fapi/v1/leverageBracket",
    "premium_index": "/fapi/v1/premiumIndex",
    "asset_index": "/fapi/v1/assetIndex",
    "exchange_info": "/fapi/v1/exchangeInfo",
}
BYBIT = {
    "account_info": "/v5/account/info",
    "wallet_balance": "/v5/account/wallet-balance?accountType=UNIFIED",
    "positions": "/v5/position/list?category=linear&settleCoin=USDT&limit=200",
    "open_orders": "/v5/order/realtime?category=linear&settleCoin=USDT&limit=50",
    "risk_limit": "/v5/market/risk-limit?category=linear",
    "tickers": "/v5/market/tickers?category=linear",
    "collateral_tiers": "/v5/spot-margin-trade/collateral",
    "borrow_tiers": "/v5/spot-margin-trade/position-tiers",
    "fee_rate": "/v5/account/fee-rate?category=linear",
    "instruments_info": "/v5/market/instruments-info?category=linear",
}


async def ask(
    venue: Sandbox,
    account: str,
    path: str,
    *,
    verb: str = "GET",
    body: str = "",
    trading: bool = False,
    at: int | None = None,
    secret: str | None = None,
    window: int | None = None,
) -> tuple[int, str, dict[str, str]]:
    """A signed request: status, text, headers. What is given replaces what would be right."""
    key = venue.key(account, trading=trading)
    stamp = int(time.time() * 1_000) if at is None else at
    signer = key.secret if secret is None else secret
    url, headers = venue.rest_url + path, {}
    if key.venue == "binance_usdm":
        text = "" if window is None else f"&recvWindow={window}"
        query = f"{path.partition('?')[2]}&timestamp={stamp}{text}".lstrip("&")
        url = f"{venue.rest_url}{path.partition('?')[0]}?{query}"
        url += f"&signature={signature(signer, query)}"
        headers = {"X-MBX-APIKEY": key.key}
    else:
        span = "5000" if window is None else str(window)
        text = path.partition("?")[2] if verb == "GET" else body
        headers = {
            "X-BAPI-API-KEY": key.key,
            "X-BAPI-TIMESTAMP": str(stamp),
            "X-BAPI-RECV-WINDOW": span,
            "X-BAPI-SIGN": signature(signer, f"{stamp}{key.key}{span}{text}"),
        }
    async with (
        http() as session,
        session.request(verb, url, headers=headers, data=body or None) as answer,
    ):
        return answer.status, await answer.text(), dict(answer.headers)


async def answers(venue: Sandbox, name: str, /, **instead: str) -> dict[str, str]:
    """Every answer by kind; `instead` names other paths."""
    table = BINANCE if venue.key(name).venue == "binance_usdm" else BYBIT
    return {kind: (await ask(venue, name, path))[1] for kind, path in (table | instead).items()}


async def account(venue: Sandbox, name: str, /, **instead: Any) -> Account:
    """The account as our readers make it of the answers."""
    told: dict[str, Any] = dict(await answers(venue, name, **instead))
    return read(venue.key(name).venue, name=name, **told)
