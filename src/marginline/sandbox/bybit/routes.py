"""Bybit's table of paths: who answers, with which right."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from marginline.sandbox.bybit import account, history, klines, market, trading
from marginline.sandbox.wire.calls import Route

_GET: dict[str, Route] = {
    "/v5/market/time": Route(market.server_time),
    "/v5/market/instruments-info": Route(market.instruments_info),
    "/v5/market/tickers": Route(market.tickers),
    "/v5/market/orderbook": Route(market.orderbook),
    "/v5/market/funding/history": Route(market.funding_history),
    "/v5/market/kline": Route(klines.kline),
    "/v5/market/open-interest": Route(market.open_interest),
    "/v5/market/risk-limit": Route(market.risk_limit),
    "/v5/market/adlAlert": Route(market.nothing),
    "/v5/market/insurance": Route(market.nothing),
    "/v5/spot-margin-trade/collateral": Route(account.collateral_tiers),
    "/v5/spot-margin-trade/position-tiers": Route(account.borrow_tiers),
    "/v5/user/query-api": Route(account.query_api, rights="signed"),
    "/v5/account/info": Route(account.account_info, rights="signed"),
    "/v5/account/wallet-balance": Route(account.wallet_balance, rights="signed"),
    "/v5/account/collateral-info": Route(account.collateral_info, rights="signed"),
    "/v5/account/fee-rate": Route(account.fee_rate, rights="signed"),
    "/v5/account/transaction-log": Route(history.transaction_log, rights="signed"),
    "/v5/asset/coin/query-info": Route(market.no_coins, rights="signed"),
    "/v5/position/list": Route(account.position_list, rights="signed"),
    "/v5/order/realtime": Route(trading.realtime, rights="signed"),
    "/v5/order/history": Route(trading.order_history, rights="signed"),
    "/v5/execution/list": Route(history.execution_list, rights="signed"),
}
_POST: dict[str, Route] = {
    "/v5/order/create": Route(trading.create, rights="trade"),
    "/v5/order/cancel": Route(trading.cancel, rights="trade"),
    "/v5/order/cancel-all": Route(trading.cancel_all, rights="trade"),
    "/v5/order/amend": Route(trading.no_amend, rights="trade"),
    "/v5/position/set-leverage": Route(trading.set_leverage, rights="trade"),
    "/v5/position/switch-mode": Route(trading.switch_mode, rights="trade"),
    "/v5/account/set-margin-mode": Route(trading.set_margin_mode, rights="trade"),
}
ROUTES: Mapping[tuple[str, str], Route] = MappingProxyType(
    {("GET", path): route for path, route in _GET.items()}
    | {("POST", path): route for path, route in _POST.items()}
)
