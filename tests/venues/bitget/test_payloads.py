"""Bitget's words turned into an account: units, signs, modes, what is empty, what is wrong."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, to_dict
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import kinds, read
from tests.venues.bitget.answers import account, contracts, enveloped, position
from tests.venues.documents import Doc

D = Decimal


def classic(**answers: Any) -> Account:
    whole: Doc = {"accounts": [account()], "positions": [position()], "orders": []}
    given: Doc = {
        kind: enveloped(rows) if isinstance(rows, list) else rows
        for kind, rows in (whole | answers).items()
    }
    return read("bitget_futures", **given)


def notes(found: Account, code: str) -> list[str]:
    told: Any = found.extra.get("notes", ())
    return [note["where"] for note in told if note["code"] == code]


def test_a_cross_position() -> None:
    found = classic()
    assert (found.mode, found.position_mode) == ("single", "one_way")
    row = found.positions[0]
    assert (row.key, row.size, row.entry_price) == ("BTCUSDT/both", D(1), D(25000))
    assert (row.margin_mode, row.isolated_margin, row.leverage) == ("cross", None, D(20))
    assert (row.fees, row.funding) == (D(-15), D(0))  # totalFee "" is documented to be none yet
    assert found.market.mark["BTCUSDT"] == 25100
    assert row.opened_at is not None
    assert row.opened_at.isoformat() == "2025-01-01T00:00:00+00:00"


def test_the_balance_is_the_equity_less_unrealized_pnl() -> None:
    wallet = classic().wallets[0]
    assert (wallet.asset, wallet.balance, wallet.credit) == ("USDT", D(10000), D(25))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"unrealizedPL": ""}, D(10000), id="empty: as the positions say"),
        pytest.param(
            {"unrealizedPL": "", "crossedUnrealizedPL": "23", "isolatedUnrealizedPL": "7"},
            D(10070),
            id="empty: of cross and isolated",
        ),
        pytest.param({"accountEquity": ""}, None, id="no equity"),
    ],
)
def test_empty_figures_are_not_nothing(fields: dict[str, str], expected: Decimal | None) -> None:
    found = classic(accounts=[account(**fields)])
    assert found.wallets[0].balance == expected
    assert ("accounts: USDT" in notes(found, "MISSING_DATA")) == (expected is None)


def test_without_positions_the_account_is_not_known() -> None:
    found = read("bitget_futures", accounts=enveloped([account(unrealizedPL="")]), mode="single")
    assert found.wallets[0].balance is None
    assert assess(found).status is Status.UNKNOWN


def test_a_short_leg_in_hedge_mode() -> None:
    row = position(holdSide="short", posMode="hedge_mode")
    found = classic(positions=[row])
    assert found.position_mode == "hedge"
    assert (found.positions[0].key, found.positions[0].size) == ("BTCUSDT/short", D(-1))


def test_an_isolated_position_carries_its_margin() -> None:
    found = classic(positions=[position(marginMode="isolated")])
    assert (found.positions[0].margin_mode, found.positions[0].isolated_margin) == (
        "isolated",
        D(1255),
    )


def test_a_liquidation_price_below_zero_is_none() -> None:
    reported = classic().reported
    assert reported is not None
    assert reported.positions["BTCUSDT/both"]["liquidation_price"] is None
    lines = reconcile(classic(contracts=contracts("BTCUSDT"))).lines
    line = next(line for line in lines if line.label == "liquidationPrice")
    assert line.theirs is None


def test_a_coin_margined_position() -> None:
    row = position(
        symbol="BTCUSD",
        marginCoin="BTC",
        total="0.5",
        unrealizedPL="0.00199203",
        marginSize="0.025",
    )
    coin = account(marginCoin="BTC", accountEquity="1.00199203", unrealizedPL="0.00199203")
    found = classic(accounts=[coin], positions=[row])
    assert found.positions[0].size == D("12500")
    assert found.instruments["BTCUSD"].payoff == "inverse"
    assert "positions: BTCUSD/both" in notes(found, "APPROXIMATE")
    lines = {line.label: line.outcome.value for line in reconcile(found).lines}
    assert lines["unrealizedPL"] == "agrees"


@pytest.mark.parametrize(
    ("symbol", "base", "settle"),
    [("BTCUSDT", "BTC", "USDT"), ("ETHPERP", "ETH", "USDC"), ("SOLUSD", "SOL", "SOL"),
     ("BTCUSDM25", "BTC", "BTC")],
)  # fmt: skip
def test_symbols(symbol: str, base: str, settle: str) -> None:
    found = classic(positions=[position(symbol=symbol, marginCoin=settle)])
    assert (found.instruments[symbol].base, found.instruments[symbol].settle) == (base, settle)


def test_one_contract_in_two_margin_coins() -> None:
    rows = [position(symbol="BTCUSD", marginCoin=coin) for coin in ("BTC", "ETH")]
    found = classic(positions=rows)
    assert [row.key for row in found.positions] == ["BTCUSD/both#BTC", "BTCUSD/both#ETH"]
    assert [row.margin_asset for row in found.positions] == [None, "ETH"]


def test_a_position_told_twice_is_refused() -> None:
    with pytest.raises(PayloadError, match="told twice"):
        classic(positions=[position(), position()])


def test_a_symbol_that_tells_nothing_must_be_described() -> None:
    found = classic(positions=[position(symbol="FOO")])
    assert "positions: FOO" in notes(found, "MISSING_DATA")


ORDER = {"symbol": "btcusdt", "size": "2", "baseVolume": "0.5", "price": "24000", "side": "buy",
         "orderType": "limit", "orderId": "7"}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "side", "position_side", "reduces"),
    [
        pytest.param(
            {"posSide": "net", "posMode": "one_way_mode"}, "buy", "both", False, id="one-way"
        ),
        pytest.param(
            {"posSide": "net", "reduceOnly": "YES"}, "buy", "both", True, id="reduce-only"
        ),
        pytest.param(
            {"posSide": "long", "tradeSide": "open", "posMode": "hedge_mode"},
            "buy", "long", False, id="opens a long",
        ),
        pytest.param(
            {"posSide": "long", "tradeSide": "close", "posMode": "hedge_mode"},
            "sell", "long", False, id="closes a long, which v2 calls a buy of the long side",
        ),
        pytest.param(
            {"posSide": "short", "tradeSide": "close", "posMode": "hedge_mode", "side": "sell"},
            "buy", "short", False, id="closes a short",
        ),
    ],
)  # fmt: skip
def test_orders(fields: dict[str, str], side: str, position_side: str, reduces: bool) -> None:
    rows = [position(posMode=fields.get("posMode", "one_way_mode"))]
    found = classic(
        orders=enveloped({"entrustedList": [ORDER | fields], "endId": "1"}), positions=rows
    )
    order = found.orders[0]
    assert (order.instrument, order.size, order.price) == ("BTCUSDT", D("1.5"), D(24000))
    assert (order.side, order.position_side, order.reduce_only) == (side, position_side, reduces)


def test_union_wallets_come_from_the_list_of_assets() -> None:
    row = account(
        assetMode="union",
        unionTotalMargin="32000",
        unionAvailable="30000",
        unionMm="115",
        assetList=[{"coin": "BTC", "balance": "1.2", "available": "1.2"}],
    )
    found = classic(accounts=[row], positions=[position(assetMode="union")])
    assert found.mode == "union"
    assert {w.asset: w.balance for w in found.wallets} == {"USDT": D(10000), "BTC": D("1.2")}
    assert found.reported is not None
    assert found.reported.pools["USDT"]["margin_balance"] == 32000


def test_the_list_of_assets_is_the_last_word_also_before_a_row_of_the_same_coin() -> None:
    listed = account(assetMode="union", assetList=[{"coin": "BTC", "balance": "1.2"}])
    own = account(assetMode="union", marginCoin="BTC", accountEquity="7", unrealizedPL="0")
    found = classic(accounts=[listed, own], positions=[position(assetMode="union")])
    assert {w.asset: w.balance for w in found.wallets}["BTC"] == D("1.2")


def test_collateral_and_liability_rates() -> None:
    tiers = [
        {"tier": "1", "minAmount": "0", "maxAmount": "10000", "discountRate": "0.99"},
        {"tier": "2", "minAmount": "10000", "maxAmount": "-1", "discountRate": "0.95"},
    ]
    found = classic(
        accounts=[account(assetMode="union")],
        positions=[],
        discount_rate=[
            {"coin": "BTC", "userLimit": "1", "totalLimit": "2", "discountRateList": tiers}
        ],
        union_config=enveloped({"imr": "0.1", "mmr": "0.05"}),
    )
    rows = found.parameters.collateral["BTC"].rows
    assert [(r.floor, r.cap, r.ratio) for r in rows] == [
        (D(0), D(10000), D("0.99")), (D(10000), None, D("0.95")),
    ]  # fmt: skip
    assert found.parameters.venue["liability_rate"] == D("0.05")


def test_standard_fees_are_said_to_be_standard() -> None:
    found = classic(contracts=contracts("BTCUSDT"))
    assert found.parameters.fees.by_instrument["BTCUSDT"].taker == D("0.0006")
    assert "contracts: BTCUSDT" in notes(found, "APPROXIMATE")
    assert found.instruments["BTCUSDT"].tick_size == D("0.5")


def test_the_accounts_own_fee_wins() -> None:
    own = enveloped({"makerFeeRate": "0.0001", "takerFeeRate": "0.0004"})
    found = classic(contracts=contracts("BTCUSDT"), fee_rate=own)
    assert found.parameters.fees.by_instrument["BTCUSDT"].taker == D("0.0004")
    assert "contracts: BTCUSDT" not in notes(found, "APPROXIMATE")


def test_prices_and_funding() -> None:
    found = classic(
        prices=[{"symbol": "BTCUSDT", "price": "1", "indexPrice": "25090", "markPrice": "25095"}],
        funding_rate=[{"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingRateInterval": "8"}],
    )
    assert found.market.mark["BTCUSDT"] == 25100  # of the position's own moment
    assert found.market.index["BTCUSDT"] == 25090
    assert found.market.funding["BTCUSDT"].rate == D("0.0001")


def test_stream_words_are_those_of_the_endpoint() -> None:
    message = {
        "action": "snapshot",
        "arg": {"instType": "USDT-FUTURES", "channel": "account", "coin": "default"},
        "data": [{"marginCoin": "USDT", "frozen": "3", "available": "10", "equity": "20",
                  "unrealizedPL": "5", "assetsMode": "single"}],
        "ts": 1751241600000,
    }  # fmt: skip
    found = classic(accounts=message)
    assert found.wallets[0].balance == 15
    assert "unknown" not in found.extra


COINS = [
    {"coin": "USDT", "equity": "900", "usdValue": "899.1", "balance": "1000", "available": "1",
     "debt": "50", "locked": "7"},
    {"coin": "BTC", "equity": "2", "usdValue": "50000", "balance": "2", "available": "2",
     "debt": "0", "locked": "0"},
]  # fmt: skip
ASSETS = {"accountEquity": "50899.1", "effEquity": "48000", "mmr": "10", "imr": "20",
          "mgnRatio": "0.0002", "assets": COINS}  # fmt: skip
HELD = {
    "category": "USDT-FUTURES", "symbol": "BTCUSDT", "marginCoin": "USDT",
    "holdMode": "one_way_mode", "posSide": "short", "marginMode": "crossed",
    "positionBalance": "8433.6", "available": "1",
    "frozen": "0", "total": "1", "leverage": "3", "avgPrice": "25000", "unrealisedPnl": "-100",
    "markPrice": "25100", "mmr": "0.004", "liquidationPrice": "0", "openFeeTotal": "-15",
    "closeFeeTotal": "0", "totalFunding": "-3", "createdTime": "1735689600000",
}  # fmt: skip


def unified(**answers: Any) -> Account:
    whole = {
        "assets": ASSETS,
        "positions": {"list": [HELD]},
        "orders": {"list": []},
        "settings": {
            "assetMode": "multi_assets",
            "accountLevel": "advanced",
            "holdMode": "one_way_mode",
        },
    } | answers
    given: Doc = {kind: enveloped(data) for kind, data in whole.items()}
    return read("bitget_unified", **given)


def test_a_unified_account() -> None:
    found = unified()
    assert found.mode == "advanced"
    usdt, btc = found.wallets
    assert (usdt.balance, usdt.borrowed, usdt.locked) == (D(1007), D(50), D(7)), (
        "locked stands beside balance"
    )
    assert found.market.asset_rate["USDT"].index == D("0.999")
    assert found.market.asset_rate["BTC"].index == 25000
    row = found.positions[0]
    assert (row.key, row.size, row.fees, row.funding) == ("BTCUSDT/both", D(-1), D(-15), D(-3))
    assert btc.asset == "BTC"


def test_unified_settings() -> None:
    settings = {
        "assetMode": "single_asset", "accountLevel": "basic", "holdMode": "hedge_mode",
        "symbolConfigList": [
            {"category": "USDT-FUTURES", "symbol": "ETHUSDT", "marginMode": "isolated",
             "leverage": "7"}
        ],
        "coinConfigList": [{"coin": "BTC", "leverage": "3"}],
    }  # fmt: skip
    found = unified(settings=settings, positions={"list": []})
    assert (found.mode, found.position_mode) == ("basic", "hedge")
    assert (found.settings["ETHUSDT"].leverage, found.settings["ETHUSDT"].margin_mode) == (
        D(7),
        "isolated",
    )
    assert found.settings["BTC"].spot_leverage == 3


def test_unified_tiers_do_not_name_their_symbol() -> None:
    tiers = [
        {
            "tier": "1",
            "minTierValue": "0",
            "maxTierValue": "100000",
            "leverage": "125",
            "mmr": "0.004",
        }
    ]
    found = unified(tiers=tiers)
    assert found.parameters.tiers["BTCUSDT"].rows[0].rate == D("0.004")
    assert "tiers" in notes(found, "APPROXIMATE")
    assert "tiers" in notes(unified(tiers=tiers, positions={"list": []}), "APPROXIMATE")
    named = [tiers[0] | {"symbol": "ETHUSDT"}]
    assert "ETHUSDT" in unified(tiers=named).parameters.tiers


def test_a_position_that_has_ended_only_sets_leverage() -> None:
    ended = HELD | {"total": "0", "avgPrice": "0", "positionStatus": "ended"}
    found = unified(positions={"list": [ended]})
    assert not found.positions
    assert found.settings["BTCUSDT"].leverage == 3


def test_unknown_fields_are_kept_and_listed() -> None:
    found = classic(positions=[position(novelty={"a": 1})])
    assert found.extra["unknown"] == {"positions[0].novelty": {"a": "1"}}
    assert "positions[0].novelty" in notes(found, "UNKNOWN_FIELD")


def test_what_is_read_can_be_written_and_loaded() -> None:
    for found in (classic(), unified()):
        assert from_dict(to_dict(found)) == found


def test_ledger_rows_are_kept() -> None:
    found = classic(bills=enveloped({"bills": [{"billId": "1", "amount": "-0.5"}], "endId": "1"}))
    assert found.extra["bills"] == ({"billId": "1", "amount": "-0.5"},)


WRONG = [
    pytest.param({"positions": [position(holdSide="up")]}, "holdSide", id="a side that is none"),
    pytest.param({"positions": [position(marginMode="")]}, "marginMode", id="no margin mode"),
    pytest.param({"positions": [position(marginMode="fixed")]}, "marginMode", id="an unknown one"),
    pytest.param(
        {"positions": [position(posMode="net")]}, "posMode", id="an unknown position mode"
    ),
    pytest.param({"positions": [position(total="much")]}, "total", id="a size that is no number"),
    pytest.param({"positions": [position(openPriceAvg=math.inf)]}, "openPriceAvg", id="inf"),
    pytest.param({"accounts": [account(assetMode="union")]}, "assetMode", id="two asset modes"),
    pytest.param({"orders": [ORDER | {"side": "up"}]}, "side", id="an order without a side"),
    pytest.param({"orders": [ORDER | {"orderType": "x"}]}, "orderType", id="an order of no type"),
    pytest.param({"accounts": enveloped([], code="40037")}, "40037", id="the venue refused"),
]


@pytest.mark.parametrize(("answers", "place"), WRONG)
def test_wrong_answers_are_refused(answers: Doc, place: str) -> None:
    with pytest.raises(PayloadError, match=place):
        classic(**answers)


def test_the_mode_must_be_told() -> None:
    row = {k: v for k, v in account().items() if k != "assetMode"}
    with pytest.raises(PayloadError, match="give mode: single or union"):
        read("bitget_futures", accounts=enveloped([row]))


def test_a_mode_against_the_answers_is_refused() -> None:
    with pytest.raises(PayloadError, match="the answers say single"):
        read("bitget_futures", accounts=enveloped([account()]), mode="union")


def test_the_moment_must_be_told() -> None:
    with pytest.raises(PayloadError, match="as_of"):
        read("bitget_futures", positions=[position()], mode="single")


def test_kinds_are_listed() -> None:
    assert {"accounts", "positions", "tiers"} <= kinds("bitget_futures").keys()
    assert {"assets", "positions", "settings"} <= kinds("bitget_unified").keys()


def test_a_healthy_account_end_to_end() -> None:
    tiers = [{"symbol": "BTCUSDT", "level": "1", "startUnit": "0", "endUnit": "150000",
              "leverage": "125", "keepMarginRate": "0.004"}]  # fmt: skip
    found = assess(classic(contracts=contracts("BTCUSDT"), tiers=tiers))
    assert found.status is Status.HEALTHY
    assert found.pools[0].measures[M.MAINTENANCE_MARGIN] == D(25100) * D("0.0046")
