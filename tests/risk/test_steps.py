"""Sizes come in steps that can be sent: as given, else as packaged with their date."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.core.findings import Code, Finding
from marginline.risk.sizing.sizing import size_for
from marginline.risk.what_if.orders import Change
from marginline.risk.what_if.trial import Trial


def account(venue: str, mode: str, symbol: str, as_of: str, **terms: str) -> ml.Account:
    base: dict[str, Any] = {"payoff": "linear", "base": "X", "quote": "USDT", "settle": "USDT"}
    return ml.load(
        {
            "schema": "marginline/account/1",
            "venue": venue,
            "mode": mode,
            "as_of": as_of,
            "wallets": [{"asset": "USDT", "balance": "5000"}],
            "positions": [],
            "instruments": {symbol: base | terms},
            "market": {
                "mark": {symbol: "3.21"},
                "index": {symbol: "3.21"},
                "asset_rate": {"USDT": {"index": "1"}},
            },
            "parameters": {
                "tiers": {symbol: [{"floor": "0", "rate": "0.01"}]},
                "fees": {"taker": "0.0006"},
            },
        }
    )


LATE = "2026-11-20T00:00:00Z"
XRP = "binance_usdm", "single_asset", "XRPUSDT"


@pytest.mark.parametrize(
    ("venue", "mode", "symbol", "step"),
    [
        (*XRP, "0.1"),
        ("bybit_unified", "cross", "LTCUSDT", "0.1"),
        ("bitget_futures", "single", "DOGEUSDT", "1"),
        ("okx", "futures", "ADA-USDT-SWAP", "0.1"),
    ],
)
def test_a_contract_described_without_its_step_is_sized_in_the_packaged_one(
    venue: str, mode: str, symbol: str, step: str
) -> None:
    found = size_for(account(venue, mode, symbol, LATE), symbol, "buy", leverage="10")
    assert found.step == Decimal(step)
    assert found.size
    assert found.size % found.step == 0
    (said,) = [f for f in found.findings if f.code is Code.PACKAGED_PARAMETER]
    assert said.where == symbol
    assert f"steps of {step}: " in said.message
    assert "from 202" in said.message


@pytest.mark.parametrize(
    ("venue", "mode", "symbol", "step", "tick"),
    [
        (*XRP, "0.1", "0.0001"),
        ("bybit_unified", "cross", "LTCUSDT", "0.1", "0.01"),
        ("bitget_futures", "single", "DOGEUSDT", "1", "0.00001"),
        ("okx", "futures", "ADA-USDT-SWAP", "0.1", "0.0001"),
        ("bitmex", "single_asset", "ETHUSDT", "1000", "0.01"),
    ],
)
def test_an_order_off_the_packaged_steps_is_refused_by_their_name_and_date(
    venue: str, mode: str, symbol: str, step: str, tick: str
) -> None:
    at = "2026-06-01T00:00:00Z" if venue == "bitmex" else LATE  # the day of its last rulebook
    before = account(venue, mode, symbol, at, contract_size="1")
    size, price = Decimal(step), Decimal(tick) * 100
    assert not refusals(before, ml.order(symbol, size, price=price, resting=True))
    (off,) = refusals(before, ml.order(symbol, size * Decimal("1.5"), price=price, resting=True))
    assert f"no multiple of {step}, the packaged step: " in off
    assert f", from 202{off.split(', from 202')[1][0]}" in off
    assert off.endswith(f"instruments.{symbol}.size_step beats it")
    (off,) = refusals(before, ml.order(symbol, size, price=price + Decimal("1e-9"), resting=True))
    assert f"no multiple of {tick}, the packaged step: " in off


def test_an_order_whose_step_nobody_tells_says_so_and_is_not_refused_for_it() -> None:
    early = account(*XRP, "2022-05-01T00:00:00Z")
    found = ml.check_order(early, ml.order("XRPUSDT", "0.123", leverage="10"))
    assert found.accepted
    assert "whether this size can be sent is not known" in " ".join(
        f.message for f in found.what_if.findings
    )


def refusals(before: ml.Account, change: Change) -> list[str]:
    found = ml.what_if(before, change).findings
    return [
        f.message for f in found if f.code is Code.VENUE_WOULD_REFUSE and "multiple" in f.message
    ]


def test_a_given_step_beats_the_packaged_one_and_needs_no_word() -> None:
    found = size_for(account(*XRP, LATE, size_step="0.5"), "XRPUSDT", "buy", leverage="10")
    assert found.step == Decimal("0.5")
    assert not [f for f in found.findings if "steps of" in f.message]


def test_before_its_first_day_a_step_is_not_known() -> None:
    early = account(*XRP, "2022-05-01T00:00:00Z")
    assert Trial(early).steps("XRPUSDT").size is None
    found = size_for(early, "XRPUSDT", "buy", leverage="10")
    assert "the venue's size step is not told" in " ".join(f.message for f in found.findings)


def test_bitmex_sizes_are_whole_contracts_and_whole_lots_since_they_are_known() -> None:
    for as_of, step in (("2022-05-21T00:00:00Z", "1"), ("2026-06-01T00:00:00Z", "1000")):
        found = account("bitmex", "single_asset", "ETHUSDT", as_of, contract_size="0.00001")
        assert Trial(found).steps("ETHUSDT").size == Decimal(step)


def test_a_price_off_the_tick_is_said_with_the_tick_and_whose_it_is() -> None:
    def off(**given: str) -> list[Finding]:
        told = size_for(
            account(*XRP, LATE, **given), "XRPUSDT", "buy", price="3.21005", leverage="9"
        )
        return [f for f in told.findings if "tick" in f.message]

    (packaged,) = off()
    assert packaged.message.startswith("the price 3.21005 is no multiple of the tick 0.0001: Bin")
    (own,) = off(tick_size="0.01")
    assert own.message == "the price 3.21005 is no multiple of the tick 0.01"
    assert not off(tick_size="0.00001")
