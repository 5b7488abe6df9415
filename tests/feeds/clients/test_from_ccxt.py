"""`ml.from_ccxt`: what real unified calls of ccxt returned, read by the `info` in it."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.findings import Status
from marginline.errors import PayloadError
from tests.feeds.plans.playing import VENUES, playing, redirected
from tests.sandbox.serving import blocking, served


class Called:
    """What a client's unified calls returned, and the account that the venue holds."""

    def __init__(self, exchange: Any, truth: Account) -> None:
        self.truth = truth
        self.balance = exchange.fetch_balance()
        self.positions = exchange.fetch_positions()
        self.tiers = exchange.fetch_leverage_tiers()
        exchange.options["warnOnFetchOpenOrdersWithoutSymbol"] = False
        self.orders = exchange.fetch_open_orders()
        self.markets = exchange.markets
        self.rates = exchange.fetch_funding_rates()
        self.leverages = None if exchange.id == "bybit" else exchange.fetch_leverages()


def called(account: str) -> Called:
    with served() as venue, blocking(venue, account) as exchange:
        return Called(exchange, venue.floor.world.truth(account))


@pytest.fixture(scope="module")
def binance() -> Called:
    return called("gambler")


@pytest.fixture(scope="module")
def bybit() -> Called:
    return called("unified desk")


def notes(account: Account) -> dict[str, str]:
    told: Any = account.extra.get("notes", ())
    return {note["where"]: note["message"] for note in told}


def test_binance_is_read_whole(binance: Called) -> None:
    account = ml.from_ccxt(
        "binanceusdm", balance=binance.balance, positions=binance.positions, tiers=binance.tiers,
        orders=binance.orders, markets=binance.markets, funding_rates=binance.rates,
        leverages=binance.leverages, mode=binance.truth.mode, as_of=binance.truth.as_of,
    )  # fmt: skip
    ours, theirs = ml.assess(account), ml.assess(binance.truth)
    assert ours.status is theirs.status
    for pool in theirs.pools:
        assert ours.pool(pool.id).margin_balance == pool.margin_balance
        assert ours.pool(pool.id).maintenance_margin == pool.maintenance_margin


def test_bybit_is_read_whole(bybit: Called) -> None:
    account = ml.from_ccxt(
        "bybit", balance=bybit.balance, positions=bybit.positions, tiers=bybit.tiers,
        orders=bybit.orders, markets=bybit.markets, funding_rates=bybit.rates,
        mode=bybit.truth.mode, as_of=bybit.truth.as_of,
    )  # fmt: skip
    assert {p.key: p.size for p in account.positions} == {
        p.key: p.size for p in bybit.truth.positions if p.size
    }
    held = {position.instrument for position in account.positions}
    assert held <= account.parameters.tiers.keys()


@pytest.mark.parametrize(
    ("part", "call"),
    [("balance", "fetch_balance"), ("positions", "fetch_positions"),
     ("orders", "fetch_open_orders")],
)  # fmt: skip
def test_what_is_not_given_is_unknown_and_names_the_call(
    binance: Called, part: str, call: str
) -> None:
    given = {"balance": binance.balance, "positions": binance.positions, "orders": binance.orders}
    del given[part]
    account = ml.from_ccxt("binanceusdm", tiers=binance.tiers, as_of=binance.truth.as_of, **given)
    assert call in notes(account)[part]
    assert ml.assess(account).status is Status.UNKNOWN


def test_numbers_that_ccxt_made_floats_are_said_to_be(binance: Called) -> None:
    tiers = {"BTC/USDT:USDT": [{"symbol": "BTC/USDT:USDT", "info": {
        "bracket": 1, "notionalFloor": 0, "notionalCap": 50000, "maintMarginRatio": 0.004,
        "cum": 0.1, "initialLeverage": 125}}]}  # fmt: skip
    account = ml.from_ccxt("binanceusdm", balance=binance.balance, positions=binance.positions,
                           orders=[], tiers=tiers, as_of=binance.truth.as_of)  # fmt: skip
    row = account.parameters.tiers["BTCUSDT"].rows[0]
    assert (str(row.rate), str(row.deduction)) == ("0.004", "0.1")
    assert "shortest text" in notes(account)["answers"]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"balance": {"USDT": {"total": 5}}}, "info"),
        ({"positions": [{"symbol": "BTC/USDT:USDT"}]}, "info"),
        ({"balance": {"info": "<html>"}}, "info"),
        ({"positions": 5}, "positions"),
    ],
)
def test_what_has_no_answer_of_the_venue_in_it_is_refused(given: Any, match: str) -> None:
    with pytest.raises(PayloadError, match=match):
        ml.from_ccxt("binanceusdm", **given)


def test_an_exchange_that_is_not_read_is_refused_with_those_there_are() -> None:
    with pytest.raises(ml.InputError, match="bitget"):
        ml.from_ccxt("kraken", balance={"info": {}})


@pytest.mark.parametrize("venue", ["bitget_futures", "bingx_perpetual", "okx", "binance_coinm"])
def test_other_venues_balances_and_positions_are_read(venue: str) -> None:
    """Recorded answers through ccxt's own parsers."""
    name, build = VENUES[venue]
    played = build()
    with playing(played) as player:
        exchange = redirected(getattr(ccxt, name)({"apiKey": "k", "secret": "s", "password": "p"}),
                              player.url)  # fmt: skip
        exchange.session.close()
    path = {
        "bitget_futures": ("/api/v2/mix/account/accounts?productType=USDT-FUTURES",
                           "/api/v2/mix/position/all-position?productType=USDT-FUTURES"),
        "bingx_perpetual": ("/openApi/swap/v3/user/balance", "/openApi/swap/v2/user/positions"),
        "okx": ("/api/v5/account/balance", "/api/v5/account/positions"),
        "binance_coinm": ("/dapi/v1/account", "/dapi/v1/positionRisk"),
    }[venue]  # fmt: skip
    balance, positions = (played[each] for each in path)
    rows = positions if isinstance(positions, list) else positions["data"]
    told = {"info": balance["data"] if venue == "bitget_futures" else balance}
    account = ml.from_ccxt(
        venue, balance=told, positions=[{"info": row} for row in rows], orders=[],
        as_of="2026-06-01T00:00:00Z",
    )  # fmt: skip
    assert any(position.size for position in account.positions)
