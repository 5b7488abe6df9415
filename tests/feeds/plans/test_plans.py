"""Every venue's plan, carried out by a real ccxt client, against recorded answers."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.findings import Status
from marginline.errors import VenueError
from tests.feeds.plans import playing
from tests.feeds.plans.playing import VENUES, Played, redirected
from tests.venues.bingx import answers as bingx
from tests.venues.bitget.answers import account as bitget_account
from tests.venues.bitget.answers import enveloped
from tests.venues.bitget.answers import position as bitget_position

KEY = {"apiKey": "k" * 24, "secret": "s" * 32, "password": "p" * 12, "enableRateLimit": False}
HELD = {
    "binance_coinm": {"BTCUSD_PERP/both": "100"},
    "binance_pm": {"BTCUSDT/long": "0.1", "BTCUSD_PERP/short": "-10"},
    "bybit_inverse": {"BTCUSD/both": "1000"},
    "bitget_futures": {"BTCUSDT/both": "1"},
    "bitget_unified": {"BTCUSDT/both": "1"},
    "bingx_perpetual": {"BTC-USDT/long": "0.001"},
    "okx": {"BTC-USDT-SWAP/both": "50"},
}


def client(name: str, url: str, **options: Any) -> Any:
    exchange = getattr(ccxt, name)(KEY | {"options": options})
    return redirected(exchange, url)


def fetched(venue: str, played: Played | None = None, **options: Any) -> Account:
    name, build = VENUES[venue]
    with playing.playing(build() if played is None else played) as player:
        exchange = client(name, player.url, **options)
        try:
            account: Account = ml.fetch(exchange, venue=venue)
        finally:
            exchange.session.close()
    return account


@pytest.mark.parametrize("venue", VENUES)
def test_the_account_is_read_whole_from_the_recorded_answers(venue: str) -> None:
    account = fetched(venue)
    assert account.venue == venue
    assert {p.key: str(p.size) for p in account.positions} == HELD[venue]
    symbols = {position.instrument for position in account.positions}
    assert symbols <= account.parameters.tiers.keys()
    assert symbols <= account.market.mark.keys()
    assert "XRPUSDT" not in account.instruments
    ml.assess(account)


@pytest.mark.parametrize("venue", sorted(set(VENUES) - {"binance_pm"}))
def test_its_status_is_known(venue: str) -> None:
    assessment = ml.assess(fetched(venue))
    assert assessment.status in (Status.HEALTHY, Status.WATCH), assessment.findings


@pytest.mark.parametrize("venue", VENUES)
def test_an_answer_that_is_missing_never_reads_as_safe(venue: str) -> None:
    """Each path in turn refuses: there is no account, or one that says what is missing."""
    _, build = VENUES[venue]
    whole = fetched(venue)
    for path in {place.partition("?")[0] for place in build()}:
        played = {p: v for p, v in build().items() if p.partition("?")[0] != path}
        played[path] = (200, "<html>maintenance</html>")
        try:
            account = fetched(venue, played)
        except (VenueError, ml.InputError):
            continue
        if account != whole:
            told = ml.assess(account)
            assert "notes" in account.extra, path
            assert told.status is Status.UNKNOWN or told.findings, path


def test_what_only_some_bingx_accounts_need_is_asked_for_and_read() -> None:
    """Several assets as margin, and contracts margined in coins."""
    swap, coin = "/openApi/swap", "/openApi/cswap/v1"
    rules = [{"marginAssets": "USDT", "ltv": "100.00%", "collateralValueRatio": "99.99%",
              "maxTransfer": "", "indexPrice": "0.5"},
             {"marginAssets": "TRX", "ltv": "85.00%", "collateralValueRatio": "95.00%",
              "maxTransfer": "1000", "indexPrice": "0.2"}]  # fmt: skip
    premium = {"symbol": "SOL-USD", "markPrice": "125", "indexPrice": "125.1",
               "lastFundingRate": "0.0001", "nextFundingTime": playing.AT + 3_600_000}  # fmt: skip
    account = fetched(
        "bingx_perpetual",
        {
            **playing.bingx_perpetual(),
            f"{swap}/v1/trade/assetMode": bingx.enveloped({"assetMode": "multiAssetsMode"}),
            f"{swap}/v1/trade/multiAssetsRules": bingx.enveloped(rules),
            f"{coin}/user/positions": bingx.enveloped([bingx.coin_position()]),
            f"{coin}/market/premiumIndex": bingx.enveloped([premium]),
            f"{coin}/market/contracts": bingx.enveloped(
                [{"symbol": "SOL-USD", "minTickSize": "10", "pricePrecision": 2}]
            ),
        },
    )
    assert str(account.parameters.collateral["TRX"].ratio) == "0.95"
    assert str(account.market.mark["SOL-USD"]) == "125"
    assert account.instruments["SOL-USD"].contract_size == 10
    assert {each.key for each in account.positions} == {"BTC-USDT/long", "SOL-USD/long"}


def test_what_only_bitgets_union_accounts_need_is_asked_for_and_read() -> None:
    mix = "/api/v2/mix"
    rates = [
        {"tier": "1", "minAmount": "0", "maxAmount": "10000", "discountRate": "0.99"},
        {"tier": "2", "minAmount": "10000", "maxAmount": "-1", "discountRate": "0.95"},
    ]
    account = fetched(
        "bitget_futures",
        {
            **playing.bitget_classic(),
            f"{mix}/account/accounts?productType=USDT-FUTURES": enveloped(
                [bitget_account(assetMode="union")]
            ),
            f"{mix}/position/all-position?productType=USDT-FUTURES": enveloped(
                [bitget_position(assetMode="union")]
            ),
            f"{mix}/market/discount-rate": enveloped(
                [{"coin": "BTC", "userLimit": "1", "totalLimit": "2", "discountRateList": rates}]
            ),
            f"{mix}/account/union-config": enveloped({"imr": "0.1", "mmr": "0.05"}),
        },
    )
    assert [str(row.ratio) for row in account.parameters.collateral["BTC"].rows] == ["0.99", "0.95"]
    assert str(account.parameters.venue["liability_rate"]) == "0.05"


def test_which_account_of_an_exchange_it_is_is_found_out() -> None:
    for venue in ("bitget_futures", "bitget_unified", "bybit_inverse"):
        name, build = VENUES[venue]
        with playing.playing(build()) as player:
            exchange = client(name, player.url)
            assert ml.fetch(exchange).venue == venue
            exchange.session.close()


@pytest.mark.parametrize(
    ("name", "options", "venue"),
    [
        ("binance", {"portfolioMargin": True}, "binance_pm"),
        ("binance", {"defaultType": "swap", "defaultSubType": "inverse"}, "binance_coinm"),
        ("binance", {"defaultType": "delivery"}, "binance_coinm"),
    ],
)
def test_the_clients_options_say_which(name: str, options: Any, venue: str) -> None:
    with playing.playing(VENUES[venue][1]()) as player:
        exchange = client(name, player.url, **options)
        assert ml.fetch(exchange).venue == venue
        exchange.session.close()


def test_orders_of_a_second_page_are_asked_for() -> None:
    played = dict(playing.bitget_classic())
    where = "/api/v2/mix/order/orders-pending?productType=USDT-FUTURES"
    rows = [
        {"symbol": "btcusdt", "size": "1", "baseVolume": "0", "price": str(20_000 + n),
         "side": "buy", "posSide": "net", "tradeSide": "buy_single", "orderId": str(n),
         "orderType": "limit", "status": "live", "marginMode": "crossed", "marginCoin": "USDT",
         "leverage": "20", "posMode": "one_way_mode", "reduceOnly": "no", "force": "gtc",
         "cTime": "1751241600000"}
        for n in range(103)
    ]  # fmt: skip
    envelope = enveloped
    played[where] = envelope({"entrustedList": rows[:100], "endId": "99"})
    played[where + "&idLessThan=99"] = envelope({"entrustedList": rows[100:], "endId": "102"})
    assert len(fetched("bitget_futures", played).orders) == 103
