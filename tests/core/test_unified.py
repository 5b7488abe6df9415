"""Unified symbols ("BTC/USDT:USDT") are understood wherever an instrument is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.unified import native, own_name

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "comfortable.json"


@pytest.mark.parametrize(
    ("venue", "unified", "own"),
    [
        ("binance_usdm", "BTC/USDT:USDT", "BTCUSDT"),
        ("binance_usdm", "BTC/USDT:USDT-241227", "BTCUSDT_241227"),
        ("binance_coinm", "BTC/USD:BTC", "BTCUSD_PERP"),
        ("binance_coinm", "BTC/USD:BTC-241227", "BTCUSD_241227"),
        ("bybit_unified", "BTC/USDT:USDT", "BTCUSDT"),
        ("bybit_unified", "BTC/USDC:USDC", "BTCPERP"),
        ("bybit_unified", "BTC/USDC:USDC-241227", "BTC-27DEC24"),
        ("bybit_unified", "BTC/USDT:USDT-241227", "BTCUSDT-27DEC24"),
        ("bybit_inverse", "BTC/USD:BTC", "BTCUSD"),
        ("bybit_inverse", "BTC/USD:BTC-241227", "BTCUSDZ24"),
        ("bitget_futures", "BTC/USDC:USDC", "BTCPERP"),
        ("bingx_perpetual", "BTC/USDT:USDT", "BTC-USDT"),
        ("okx", "BTC/USDT:USDT", "BTC-USDT-SWAP"),
        ("okx", "BTC/USD:BTC-241227", "BTC-USD-241227"),
        ("bitmex", "BTC/USD:BTC", "XBTUSD"),
        ("binance_usdm", "BTC/USDT:USDT/long", "BTCUSDT/long"),
        ("binance_usdm", "BTCUSDT", "BTCUSDT"),
        ("binance_usdm", "all", "all"),
    ],
)
def test_a_unified_symbol_is_the_venues_own(venue: str, unified: str, own: str) -> None:
    assert native(venue, unified) == own


@pytest.fixture
def account() -> Account:
    return ml.load(SAMPLE)


def unified(account: Account) -> tuple[str, str]:
    """An instrument of the account, by its own name and by the unified one."""
    own = next(p.instrument for p in account.positions if p.instrument.endswith("USDT"))
    return own, f"{own.removesuffix('USDT')}/USDT:USDT"


def test_the_questions_give_the_same_answer_by_either_name(account: Account) -> None:
    own, theirs = unified(account)
    mark = account.market.mark[own]
    by_name = [
        (
            ml.what_if(account, [ml.shock(name, "-0.05"), ml.order(name, "0.001")]).to_dict(),
            ml.size_for(account, name, "buy", keep_ratio="0.9").to_dict(),
            ml.liquidation_prices(account, betas={name: "0.5"}).to_dict(),
            ml.to_dict(ml.with_marks(account, {name: mark * 2})),
        )
        for name in (own, theirs)
    ]
    assert by_name[0] == by_name[1]


def test_a_live_account_ticks_by_either_name(account: Account) -> None:
    own, theirs = unified(account)
    first, second = ml.live(account), ml.live(account)
    first.tick({own: account.market.mark[own] * 2})
    second.tick({theirs: account.market.mark[own] * 2})
    assert first.assessment() == second.assessment()
    assert first.price(own) == second.price(theirs)


def test_a_number_is_explained_by_either_name(account: Account) -> None:
    own, theirs = unified(account)
    assessment = ml.assess(account)
    assert ml.explain(assessment, theirs, "notional") == ml.explain(assessment, own, "notional")


def test_an_account_that_calls_its_own_instrument_so_keeps_its_name(account: Account) -> None:
    held = replace(account.positions[0], instrument="BTC/USDT:USDT")
    named = replace(account, positions=(held,))
    assert own_name(named, "BTC/USDT:USDT") == "BTC/USDT:USDT"
