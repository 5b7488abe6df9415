"""COIN-M answers: contracts of a face in USD, margined in the coin."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from marginline.core.findings import Code, Status
from marginline.errors import PayloadError
from marginline.venues.assessing import assess
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import read
from tests.venues.binance import answers
from tests.venues.documents import Doc

COINM = "binance_coinm"


def test_the_account() -> None:
    account = read(COINM, **answers.coinm())
    position = account.positions[0]
    assert (account.mode, account.wallets[0].asset, account.wallets[0].balance) == (
        None,
        "BTC",
        D(1),
    )
    assert (position.key, position.size, position.leverage) == ("BTCUSD_PERP/both", D(100), D(10))
    assert assess(account).status is Status.HEALTHY


def test_figures_are_in_coin() -> None:
    pool = assess(read(COINM, **answers.coinm())).pool("BTC")
    assert (pool.unrealized_pnl, pool.maintenance_margin) == (D("0.1"), D("0.0016"))


def test_a_mode_is_refused() -> None:
    with pytest.raises(PayloadError, match="has no modes"):
        read(COINM, mode="single_asset", **answers.coinm())


@pytest.mark.parametrize(
    ("symbol", "face", "expires_at"),
    [
        ("BTCUSD_PERP", D(100), None),
        ("ETHUSD_PERP", D(10), None),
        ("BTCUSD_201225", D(100), datetime(2020, 12, 25, 8, tzinfo=UTC)),
    ],
)
def test_what_a_symbol_tells(symbol: str, face: D, expires_at: datetime | None) -> None:
    row: Doc = answers.coinm()["position_risk"][0] | {"symbol": symbol}
    account = read(COINM, position_risk=[row])
    found = account.instruments[symbol]
    assert (found.payoff, found.quote, found.contract_size, found.expires_at) == (
        "inverse",
        "USD",
        face,
        expires_at,
    )
    assert found.settle == found.base == symbol[:3]
    assert any(note.code is Code.PACKAGED_PARAMETER for note in notes_of(account))


def test_exchange_info_tells_the_contract_size() -> None:
    info = {
        "symbols": [
            {
                "symbol": "BTCUSD_PERP",
                "contractType": "PERPETUAL",
                "deliveryDate": 4_133_404_800_000,
                "contractSize": 1000,
                "baseAsset": "BTC",
                "quoteAsset": "USD",
                "marginAsset": "BTC",
            }
        ]
    }
    account = read(COINM, exchange_info=info, **answers.coinm())
    found = account.instruments["BTCUSD_PERP"]
    assert (found.contract_size, found.expires_at) == (D(1000), None)
    assert not notes_of(account)


def test_tiers_are_by_value_in_coin() -> None:
    table = read(COINM, **answers.coinm()).parameters.tiers["BTCUSD_PERP"]
    assert table.keyed_by == "notional"
    assert [(row.floor, row.cap) for row in table.rows] == [(D(0), D(5)), (D(5), D(50))]


def test_the_floor_may_be_spelled_right() -> None:
    given = answers.coinm()
    for tier in given["brackets"][0]["brackets"]:
        tier["qtyFloor"] = tier.pop("qtylFloor")
    assert read(COINM, **given) == read(COINM, **answers.coinm())


def test_balances_alone() -> None:
    balance = {"asset": "BTC", "balance": "0.0025", "withdrawAvailable": "0.0025",
               "crossWalletBalance": "0.0024", "updateTime": answers.AS_OF}  # fmt: skip
    account = read(COINM, balance=[balance])
    assert account.wallets[0].balance == D("0.0025")
    assert assess(account).status is Status.UNKNOWN


def test_an_isolated_position() -> None:
    given = answers.coinm()
    changes = {"marginType": "isolated", "isolatedMargin": "0.15000000"}
    given["position_risk"][0] |= changes
    given["account"]["positions"][0]["isolated"] = True
    account = read(COINM, **given)
    assert account.positions[0].isolated_margin == D("0.05")  # less the P&L of 0.1 that is in it
