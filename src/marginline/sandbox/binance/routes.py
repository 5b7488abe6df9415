"""Binance's table of paths: who answers, at what weight, with which right."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from marginline.sandbox.binance import account, history, klines, market, settings, trading
from marginline.sandbox.wire.calls import Route

_PUBLIC: dict[str, Route] = {
    "/fapi/v1/ping": Route(market.ping),
    "/fapi/v1/time": Route(market.server_time),
    "/fapi/v1/exchangeInfo": Route(market.exchange_info),
    "/fapi/v1/premiumIndex": Route(market.premium_index, 10),
    "/fapi/v1/fundingRate": Route(market.funding_rate),
    "/fapi/v1/fundingInfo": Route(market.funding_info),
    "/fapi/v1/ticker/24hr": Route(market.ticker_24hr, 40),
    "/fapi/v1/ticker/price": Route(market.ticker_price, 2),
    "/fapi/v2/ticker/price": Route(market.ticker_price, 2),
    "/fapi/v1/ticker/bookTicker": Route(market.book_ticker, 5),
    "/fapi/v1/depth": Route(market.depth, 20),
    "/fapi/v1/klines": Route(klines.klines, 5),
    "/fapi/v1/openInterest": Route(market.open_interest),
    "/fapi/v1/assetIndex": Route(market.asset_index, 10),
}
_SIGNED: dict[str, Route] = {
    "/fapi/v1/leverageBracket": Route(market.leverage_bracket, 1, "signed"),
    "/fapi/v2/account": Route(account.account_v2, 5, "signed"),
    "/fapi/v3/account": Route(account.account_v3, 5, "signed"),
    "/fapi/v2/balance": Route(account.balance, 5, "signed"),
    "/fapi/v3/balance": Route(account.balance, 5, "signed"),
    "/fapi/v2/positionRisk": Route(account.position_risk_v2, 5, "signed"),
    "/fapi/v3/positionRisk": Route(account.position_risk_v3, 5, "signed"),
    "/fapi/v1/accountConfig": Route(settings.account_config, 5, "signed"),
    "/fapi/v1/symbolConfig": Route(settings.symbol_config, 5, "signed"),
    "/fapi/v1/positionSide/dual": Route(settings.position_mode, 30, "signed"),
    "/fapi/v1/multiAssetsMargin": Route(settings.multi_assets_mode, 30, "signed"),
    "/fapi/v1/commissionRate": Route(settings.commission_rate, 20, "signed"),
    "/fapi/v1/adlQuantile": Route(settings.adl_quantile, 5, "signed"),
    "/fapi/v1/openOrders": Route(trading.open_orders, 40, "signed"),
    "/fapi/v1/order": Route(trading.order, 1, "signed"),
    "/fapi/v1/openOrder": Route(trading.open_order, 1, "signed"),
    "/fapi/v1/allOrders": Route(trading.all_orders, 5, "signed"),
    "/fapi/v1/openAlgoOrders": Route(history.nothing, 40, "signed"),
    "/fapi/v1/allAlgoOrders": Route(history.nothing, 5, "signed"),
    "/fapi/v1/income": Route(history.income, 30, "signed"),
    "/fapi/v1/userTrades": Route(history.user_trades, 5, "signed"),
    "/fapi/v1/forceOrders": Route(history.force_orders, 50, "signed"),
    "/fapi/v1/positionMargin/history": Route(history.nothing, 1, "signed"),
    "/sapi/v1/account/apiRestrictions": Route(settings.key_rights, 1, "signed"),
    "/sapi/v1/capital/config/getall": Route(history.nothing, 10, "signed"),
    "/sapi/v1/margin/allPairs": Route(history.nothing, 1, "key"),
}
_OTHERS: dict[tuple[str, str], Route] = {
    ("POST", "/fapi/v1/order"): Route(trading.place, 1, "trade"),
    ("POST", "/fapi/v1/order/test"): Route(trading.place_test, 1, "trade"),
    ("DELETE", "/fapi/v1/order"): Route(trading.cancel, 1, "trade"),
    ("DELETE", "/fapi/v1/allOpenOrders"): Route(trading.cancel_all, 1, "trade"),
    ("POST", "/fapi/v1/algoOrder"): Route(trading.no_algo_order, 1, "trade"),
    ("DELETE", "/fapi/v1/algoOrder"): Route(trading.no_algo_order, 1, "trade"),
    ("POST", "/fapi/v1/leverage"): Route(trading.set_leverage, 1, "trade"),
    ("POST", "/fapi/v1/marginType"): Route(trading.set_margin_type, 1, "trade"),
    ("POST", "/fapi/v1/positionSide/dual"): Route(trading.set_position_mode, 1, "trade"),
    ("POST", "/fapi/v1/multiAssetsMargin"): Route(trading.set_multi_assets, 1, "trade"),
    ("POST", "/fapi/v1/listenKey"): Route(settings.post_listen_key, 1, "key"),
    ("PUT", "/fapi/v1/listenKey"): Route(settings.put_listen_key, 1, "key"),
    ("DELETE", "/fapi/v1/listenKey"): Route(settings.delete_listen_key, 1, "key"),
}
ROUTES: Mapping[tuple[str, str], Route] = MappingProxyType(
    {("GET", path): route for path, route in (_PUBLIC | _SIGNED).items()} | _OTHERS
)
