"""`ml.fetch` with real, unmodified ccxt clients: against the sandbox, and against bad answers."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.errors import VenueError
from marginline.feeds.clients.fetching import method_of
from tests.sandbox.serving import blocking, client, run, sandbox, served

ACCOUNTS = ("gambler", "unified desk")


def same_figures(account: Account, truth: Account) -> None:
    """Every figure that decides is the one of the account that the world holds."""
    ours, theirs = ml.assess(account), ml.assess(truth)
    assert ours.status is theirs.status
    for pool in theirs.pools:
        for measure in ("margin_balance", "maintenance_margin", "buffer", "margin_ratio"):
            assert getattr(ours.pool(pool.id), measure) == getattr(pool, measure), measure


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_async_client_gives_the_account_that_the_venue_holds(name: str) -> None:
    async def main() -> None:
        async with sandbox() as venue, client(venue, name, trading=False) as exchange:
            account = await ml.fetch(exchange, name=name)
            assert account.name == name
            same_figures(account, venue.floor.world.truth(name))
            assert "on_rest_response" not in vars(exchange)

    run(main())


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_blocking_client_gives_the_same(name: str) -> None:
    with served() as venue, blocking(venue, name) as exchange:
        account = ml.fetch(exchange)
        same_figures(account, venue.floor.world.truth(name))


def test_contracts_that_are_asked_for_come_with_tiers_and_marks_by_either_name() -> None:
    with served() as venue, blocking(venue, "gambler") as exchange:
        account = ml.fetch(exchange, symbols=["SOL/USDT:USDT"])
        assert account.parameters.tiers["SOLUSDT"].rows
        assert ml.check_order(account, ml.order("SOL/USDT:USDT", "1")).accepted is not None


def test_a_key_that_the_venue_refuses_is_named_without_the_key() -> None:
    with served() as venue, blocking(venue, "gambler", secret="c" * 40) as exchange:
        with pytest.raises(VenueError) as refused:
            ml.fetch(exchange)
        error = refused.value
        assert error.failure == "key"
        assert "check key" in error.remedy
        assert "c" * 40 not in str(error) + repr(error)
        assert venue.key("gambler").key not in str(error)


FAULTS = [
    pytest.param({"status": 200, "body": "html"}, "malformed", id="an HTML page with status 200"),
    pytest.param({"status": 200, "body": "empty"}, "malformed", id="an empty answer"),
    pytest.param({"status": 200, "body": "object"}, "malformed", id="an empty object"),
    pytest.param({"status": 200, "body": "list"}, "malformed", id="an empty list"),
    pytest.param({"status": 503, "body": "html"}, "venue", id="the venue is down"),
    pytest.param({"status": 418, "retry_after": 77, "code": -1003, "message": "banned"}, "busy",
                 id="a ban"),
    pytest.param({"status": 400, "code": -1021, "message": "outside of the recvWindow"}, "clock",
                 id="a clock that is off"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "failure"), FAULTS)
def test_what_is_no_answer_is_no_account(fault: dict[str, Any], failure: str) -> None:
    with served() as venue, blocking(venue, "gambler") as exchange:
        venue.faults.add({"kind": "status", "path": "/fapi/v3/account", **fault})
        with pytest.raises(VenueError) as refused:
            ml.fetch(exchange)
        assert refused.value.failure == failure
        assert refused.value.retry_after == fault.get("retry_after")
        assert "on_rest_response" not in vars(exchange)


def test_a_hook_of_the_users_own_is_called_and_stays() -> None:
    heard = []

    def hook(*told: Any) -> Any:
        heard.append(told[2])
        return told[5]

    with served() as venue, blocking(venue, "gambler") as exchange:
        exchange.on_rest_response = hook
        ml.fetch(exchange)
        assert exchange.on_rest_response is hook
        assert any("/fapi/v3/account" in url for url in heard)


def test_without_a_network_it_says_so() -> None:
    exchange = ccxt.binanceusdm({"apiKey": "k" * 20, "secret": "s" * 20, "timeout": 500})
    exchange.urls["api"] = {
        name: "http://127.0.0.1:9" if isinstance(url, str) else url
        for name, url in exchange.urls["api"].items()
    }
    with pytest.raises(VenueError) as refused:
        ml.fetch(exchange)
    assert refused.value.failure == "unreachable"
    assert "signature" not in str(refused.value)
    exchange.session.close()


def test_a_client_of_another_exchange_is_refused_with_those_there_are() -> None:
    with pytest.raises(ml.InputError, match="binanceusdm"):
        ml.fetch(ccxt.kraken())


def test_every_call_of_every_plan_is_a_method_of_ccxt() -> None:
    from marginline.feeds.plans import binance, bingx, bitget, bybit, okx
    from marginline.feeds.plans.venues import VENUES
    from marginline.feeds.wire.rest import Endpoint

    classes = {bingx: ccxt.bingx, bitget: ccxt.bitget, okx: ccxt.okx, bybit: ccxt.bybit}
    missing = []
    for module, kind in {**classes, binance: ccxt.binance}.items():
        for value in vars(module).values():
            found = value.values() if isinstance(value, dict) else [value]
            for each in found:
                endpoint = each[0] if isinstance(each, tuple) and each and isinstance(
                    each[0], Endpoint) else each  # fmt: skip
                if isinstance(endpoint, Endpoint) and not hasattr(kind, method_of(endpoint)):
                    missing.append(method_of(endpoint))
    for venue in VENUES.values():
        kind = getattr(ccxt, venue.manners.name)
        asked = map(method_of, (venue.probe, venue.manners.time))
        missing += [method for method in asked if not hasattr(kind, method)]
    assert missing == []
