"""A venue on loopback that plays recorded answers: real clients sign, send and read for real."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.venues.binance import answers as binance
from tests.venues.bingx import answers as bingx
from tests.venues.bitget import answers as bitget
from tests.venues.bybit import answers as bybit
from tests.venues.documents import Doc
from tests.venues.okx import answers as okx

AT = 1_780_272_000_000  # 2026-06-01
Played = Mapping[str, object]
"""A body by path; `PATH?name=value` is more particular. A tuple is a status and a body."""


class Player:
    """What is played, and what was asked for: (verb, path, query, headers)."""

    def __init__(self, played: Played) -> None:
        self.played = dict(played)
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self.url = ""

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, str]:
        """Status and text."""
        found: object = (404, f'{{"code":"404","msg":"nothing is recorded for {path}"}}')
        most = -1
        for name, body in self.played.items():
            place, _, wanted = name.partition("?")
            pairs = [pair.split("=") for pair in wanted.split("&") if pair]
            if place == path and len(pairs) > most and all(query.get(k) == v for k, v in pairs):
                found, most = body, len(pairs)
        status, body = found if isinstance(found, tuple) else (200, found)
        return status, body if isinstance(body, str) else json.dumps(body)


@contextmanager
def playing(played: Played) -> Iterator[Player]:
    """A server that answers as recorded, until the block is left."""
    player = Player(played)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            player.asked.append((self.command, split.path, query, headers))
            status, text = player.answer(split.path, query)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_PUT = do_GET  # noqa: N815 - a listen key is made and kept by other verbs

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    player.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield player
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def redirected(exchange: Any, url: str) -> Any:
    """The client, its addresses on loopback."""

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: moved(each) for name, each in value.items()}
        if isinstance(value, str) and "://" in value:
            _, _, path = value.partition("://")[2].partition("/")
            return f"{url}/{path}" if path else url
        return value

    exchange.urls["api"] = moved(exchange.urls["api"])
    return exchange


# -- what the venues answer ------------------------------------------------------------------------


def coinm() -> Played:
    """COIN-M: the account worked out by hand in `tests.venues.binance.answers`."""
    said = binance.coinm()
    return {
        "/dapi/v1/time": {"serverTime": AT},
        "/dapi/v1/account": said["account"],
        "/dapi/v1/positionRisk": said["position_risk"],
        "/dapi/v1/positionSide/dual": said.get("position_mode", {"dualSidePosition": False}),
        "/dapi/v1/openOrders": said.get("open_orders", []),
        "/dapi/v1/openAlgoOrders": [],
        "/dapi/v2/leverageBracket": said["brackets"],
        "/dapi/v1/premiumIndex": [
            {"symbol": "BTCUSD_PERP", "pair": "BTCUSD", "markPrice": "25000", "indexPrice": "25000",
             "lastFundingRate": "0.0001", "nextFundingTime": AT + 3_600_000, "time": AT}
        ],
        "/dapi/v1/exchangeInfo": said.get("exchange_info", {"symbols": []}),
        "/dapi/v1/commissionRate": {
            "symbol": "BTCUSD_PERP", "makerCommissionRate": "0.0001",
            "takerCommissionRate": "0.0005",
        },
        "/sapi/v1/account/apiRestrictions": RIGHTS_BINANCE,
    }  # fmt: skip


def portfolio() -> Played:
    """Portfolio margin: the account worked out by hand."""
    said = binance.portfolio()

    def of(kind: str, other: object) -> object:
        return said.get(kind, other)

    names = {
        "account": "account", "balance": "balance", "um_position_risk": "um/positionRisk",
        "cm_position_risk": "cm/positionRisk", "um_open_orders": "um/openOrders",
        "cm_open_orders": "cm/openOrders", "um_brackets": "um/leverageBracket",
        "cm_brackets": "cm/leverageBracket", "um_symbol_config": "um/symbolConfig",
        "cm_symbol_config": "cm/symbolConfig",
    }  # fmt: skip
    premium = list(said.get("premium_index", []))
    coined = [row for row in premium if "USD_" in row["symbol"]]
    return {
        "/fapi/v1/time": {"serverTime": AT},
        **{f"/papi/v1/{path}": of(kind, []) for kind, path in names.items()},
        "/papi/v1/um/positionSide/dual": of("um_position_mode", {"dualSidePosition": True}),
        "/sapi/v1/portfolio/asset-index-price": said["index_price"],
        "/sapi/v1/portfolio/collateralRate": said["collateral_rate"],
        "/fapi/v1/premiumIndex": [row for row in premium if row not in coined],
        "/dapi/v1/premiumIndex": coined,
        "/fapi/v1/exchangeInfo": {"symbols": []},
        "/dapi/v1/exchangeInfo": of("exchange_info", {"symbols": []}),
        "/fapi/v1/assetIndex": of("asset_index", []),
        "/sapi/v1/account/apiRestrictions": RIGHTS_BINANCE,
    }


RIGHTS_BINANCE: Doc = {
    "ipRestrict": True, "createTime": AT, "enableReading": True, "enableWithdrawals": False,
    "enableInternalTransfer": False, "permitsUniversalTransfer": False, "enableMargin": False,
    "enableFutures": False, "enableSpotAndMarginTrading": False, "enableVanillaOptions": False,
    "enablePortfolioMarginTrading": False, "enableFixApiTrade": False, "enableFixReadOnly": True,
}  # fmt: skip
_PAST = 1_751_241_600_000  # Bitget's samples are of mid-2025


def bitget_classic() -> Played:
    """Classic futures: one BTCUSDT position of the USDT product."""
    env = bitget.enveloped
    mix = "/api/v2/mix"
    usdt = "?productType=USDT-FUTURES"
    contracts = bitget.contracts("BTCUSDT", "ETHUSDT")
    ticker = {"symbol": "BTCUSDT", "markPrice": "25100", "indexPrice": "25101", "lastPr": "25100"}
    tiers = [
        {"symbol": "BTCUSDT", "level": "1", "startUnit": "0", "endUnit": "50000",
         "leverage": "125", "keepMarginRate": "0.004"},
        {"symbol": "BTCUSDT", "level": "2", "startUnit": "50000", "endUnit": "200000",
         "leverage": "100", "keepMarginRate": "0.005"},
    ]  # fmt: skip
    fee = {"makerFeeRate": "0.0002", "takerFeeRate": "0.0006"}
    return {
        "/api/v2/public/time": env({"serverTime": str(_PAST)}),
        "/api/v3/account/settings": (400, env(None, code="40084")),
        f"{mix}/account/accounts": env([]),
        f"{mix}/account/accounts{usdt}": env([bitget.account()]),
        f"{mix}/position/all-position": env([]),
        f"{mix}/position/all-position{usdt}": env([bitget.position()]),
        f"{mix}/order/orders-pending": env({"entrustedList": None, "endId": None}),
        f"{mix}/market/contracts": env([]),
        f"{mix}/market/contracts{usdt}": contracts,
        f"{mix}/market/tickers{usdt}": env([ticker, {**ticker, "symbol": "XRPUSDT"}]),
        f"{mix}/market/query-position-lever?symbol=BTCUSDT": env(tiers),
        f"{mix}/market/current-fund-rate": env([{"symbol": "BTCUSDT", "fundingRate": "0.0001"}]),
        "/api/v2/common/trade-rate": env(fee),
        "/api/v2/spot/account/info": env(
            {"userId": "1", "ips": "", "authorities": ["stor", "coor", "cpor"]}
        ),
    }


def bitget_unified() -> Played:
    """The unified account: 2 USDT positions out of nothing but Bitget's own words."""
    env = bitget.enveloped
    v3 = "/api/v3"
    usdt = "?category=USDT-FUTURES"
    assets = {
        "accountEquity": "10100", "effEquity": "10100", "mmr": "115.46", "imr": "1255",
        "unrealisedPnl": "100",
        "assets": [{"coin": "USDT", "equity": "10100", "usdValue": "10100", "balance": "10000",
                    "available": "8845", "debt": "0", "locked": "0"}],
    }  # fmt: skip
    held = {
        "category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginCoin": "USDT",
        "holdMode": "one_way_mode", "posSide": "long", "marginMode": "crossed", "available": "1",
        "frozen": "0", "total": "1", "leverage": "20", "avgPrice": "25000",
        "positionStatus": "normal", "unrealisedPnl": "100", "markPrice": "25100",
        "createdTime": str(_PAST), "updatedTime": str(_PAST),
    }  # fmt: skip
    settings = {
        "assetMode": "multi_assets", "accountLevel": "basic", "holdMode": "one_way_mode",
        "symbolConfigList": [{"category": "USDT-FUTURES", "symbol": "BTCUSDT",
                              "marginMode": "crossed", "leverage": "20"}],
        "coinConfigList": [],
    }  # fmt: skip
    tier = {"tier": "1", "minTierValue": "0", "maxTierValue": "150000", "leverage": "125",
            "mmr": "0.004"}  # fmt: skip
    return {
        "/api/v2/public/time": env({"serverTime": str(_PAST)}),
        f"{v3}/account/settings": env(settings),
        f"{v3}/account/assets": env(assets),
        f"{v3}/position/current-position": env({"list": []}),
        f"{v3}/position/current-position{usdt}": env({"list": [held]}),
        f"{v3}/trade/unfilled-orders": env({"list": [], "cursor": None}),
        f"{v3}/market/instruments": env([]),
        f"{v3}/market/instruments{usdt}": bitget.contracts("BTCUSDT"),
        f"{v3}/market/tickers{usdt}": env(
            [{"symbol": "BTCUSDT", "markPrice": "25100", "indexPrice": "25101"}]
        ),
        f"{v3}/market/position-tier": env([tier]),
        f"{v3}/market/current-fund-rate": env([{"symbol": "BTCUSDT", "fundingRate": "0.0001"}]),
        f"{v3}/market/discount-rate": env([]),
        f"{v3}/account/fee-rate": env({"makerFeeRate": "0.0002", "takerFeeRate": "0.0006"}),
        f"{v3}/account/info": env(
            {"userId": "1", "ips": "192.0.2.1", "permType": "read_only", "permissions": ["uta_mgt"]}
        ),
    }


def bingx_perpetual() -> Played:
    """A USDT-M position, from the samples of the API reference."""
    env, swap = bingx.enveloped, "/openApi/swap"
    coin = "/openApi/cswap/v1"
    premium = {"symbol": "BTC-USDT", "markPrice": "23125.9", "indexPrice": "23126",
               "lastFundingRate": "0.0001", "nextFundingTime": AT + 3_600_000}  # fmt: skip
    return {
        f"{swap}/v2/server/time": env({"serverTime": AT}),
        f"{swap}/v3/user/balance": env([bingx.balance()]),
        f"{swap}/v2/user/positions": env([bingx.position()]),
        f"{swap}/v2/trade/openOrders": env({"orders": []}),
        f"{swap}/v1/positionSide/dual": env({"dualSidePosition": "true"}),
        f"{swap}/v1/trade/assetMode": env({"assetMode": "singleAssetMode"}),
        f"{coin}/user/balance": env([]),
        f"{coin}/user/positions": env([]),
        f"{coin}/trade/openOrders": env({"orders": []}),
        f"{swap}/v2/user/commissionRate": env(bingx.COMMISSION),
        f"{swap}/v1/maintMarginRatio": env(bingx.TIERS),
        f"{swap}/v2/trade/leverage": env({"longLeverage": 20, "shortLeverage": 20}),
        f"{swap}/v2/trade/marginType": env({"marginType": "CROSSED"}),
        f"{swap}/v2/quote/premiumIndex": env([premium, premium | {"symbol": "XRP-USDT"}]),
        "/openApi/v1/account/apiPermissions": env(
            {"apiKey": "k", "permissions": [2], "ipAddresses": [], "note": "watch"}
        ),
    }


def okx_account() -> Played:
    """A swap, as recorded in `tests.venues.okx.answers`."""
    env = okx.enveloped
    v5 = "/api/v5"
    said = deepcopy(okx.WHOLE)

    def of(kind: str) -> object:
        rows = said.get(kind)
        return rows if isinstance(rows, dict) and "code" in rows else env(rows or [])

    config = [okx.CONFIG | {"perm": "read_only", "ip": "192.0.2.1"}]
    return {
        f"{v5}/public/time": env([{"ts": okx.AT}]),
        f"{v5}/account/config": env(config),
        f"{v5}/account/balance": env([okx.balance()]),
        f"{v5}/account/positions": env([okx.position()]),
        f"{v5}/trade/orders-pending": env([]),
        f"{v5}/account/trade-fee": env([okx.FEES]),
        f"{v5}/account/leverage-info": env([]),
        f"{v5}/public/position-tiers": env(okx.TIERS),
        f"{v5}/public/mark-price": env(
            [{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "markPx": "60800", "ts": okx.AT}]
        ),
        f"{v5}/public/instruments": env(
            [{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "ctVal": "0.01", "ctMult": "1",
              "ctType": "linear", "ctValCcy": "BTC", "settleCcy": "USDT", "tickSz": "0.1",
              "lotSz": "0.1", "uly": "BTC-USDT", "expTime": ""}]
        ),
        f"{v5}/market/index-tickers": env([]),
        f"{v5}/public/funding-rate": env([]),
        f"{v5}/public/discount-rate-interest-free-quota": of("discount"),
    }  # fmt: skip


def bybit_inverse() -> Played:
    """A classic account of inverse contracts."""

    def listed(*rows: object) -> Doc:
        return bybit.listed(*rows, category="inverse")

    held = bybit.position(
        "1000", symbol="BTCUSD", avgPrice="60000", markPrice="61000", positionValue="0.01639344",
        leverage="10", positionIM="0.0017", positionMM="0.0001", unrealisedPnl="0.00027322",
    )  # fmt: skip
    row = {
        "accountType": "CONTRACT",
        "coin": [bybit.coin("BTC", "0.5", usdValue="30500", equity="0.50027322",
                            unrealisedPnl="0.00027322")],
    }  # fmt: skip
    tier = {"id": 1, "symbol": "BTCUSD", "riskLimitValue": "150", "maintenanceMargin": "0.005",
            "initialMargin": "0.01", "maxLeverage": "100.00", "mmDeduction": ""}  # fmt: skip
    info = {
        "symbol": "BTCUSD", "contractType": "InversePerpetual", "status": "Trading",
        "baseCoin": "BTC", "quoteCoin": "USD", "settleCoin": "BTC", "deliveryTime": "0",
        "priceFilter": {"tickSize": "0.10"}, "lotSizeFilter": {"qtyStep": "1"},
    }  # fmt: skip
    ticker = {"symbol": "BTCUSD", "markPrice": "61000", "indexPrice": "61001",
              "fundingRate": "0.0001", "nextFundingTime": str(bybit.AT + 3_600_000)}  # fmt: skip
    rights = {"retCode": 0, "retMsg": "", "time": bybit.AT, "result": {
        "readOnly": 1, "permissions": {"ContractTrade": []}, "ips": ["*"], "uta": 0, "unified": 0,
    }}  # fmt: skip
    time = {"timeSecond": str(bybit.AT // 1000), "timeNano": str(bybit.AT * 1_000_000)}
    fee = {"symbol": "BTCUSD", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
    return {
        "/v5/market/time": {"retCode": 0, "retMsg": "OK", "result": time, "time": bybit.AT},
        "/v5/user/query-api": rights,
        "/v5/account/wallet-balance": bybit.listed(row),
        "/v5/position/list": listed(held),
        "/v5/order/realtime": listed(),
        "/v5/account/fee-rate": listed(fee),
        "/v5/market/tickers": listed(ticker),
        "/v5/market/risk-limit": listed(tier),
        "/v5/market/instruments-info": listed(info),
    }


VENUES: Mapping[str, tuple[str, Any]] = {
    "binance_coinm": ("binancecoinm", coinm),
    "binance_pm": ("binance", portfolio),
    "bybit_inverse": ("bybit", bybit_inverse),
    "bitget_futures": ("bitget", bitget_classic),
    "bitget_unified": ("bitget", bitget_unified),
    "bingx_perpetual": ("bingx", bingx_perpetual),
    "okx": ("okx", okx_account),
}
