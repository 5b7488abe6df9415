"""Bybit's raw answers become an account: by type, with what is unknown kept and listed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.findings import Status
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.assessing import assess
from marginline.venues.bybit.payloads.market import instrument_of, is_option
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import apply, kinds, read
from tests.venues.bybit.answers import (
    AT,
    account,
    coin,
    info,
    listed,
    order,
    position,
    streamed,
    wallet,
)
from tests.venues.documents import Doc, extra

D = Decimal


def said(found: Account) -> dict[str, str]:
    return {note.where: note.message for note in notes_of(found)}


# -- account -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("ISOLATED_MARGIN", "isolated"),
        ("REGULAR_MARGIN", "cross"),
        ("PORTFOLIO_MARGIN", "portfolio"),
    ],
)
def test_the_margin_mode_is_the_accounts(word: str, mode: str) -> None:
    assert account(account_info=info(word)).mode == mode


def test_a_mode_that_nobody_tells_is_asked_for() -> None:
    with pytest.raises(PayloadError, match="no answer tells the margin mode"):
        read("bybit_unified", positions=listed())


def test_a_mode_that_contradicts_the_answers_is_refused() -> None:
    with pytest.raises(PayloadError, match="the answers say cross"):
        account(mode="isolated")


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(PayloadError, match="is no margin mode"):
        account(account_info=info("NEW_MARGIN"))


def test_a_refusal_of_the_venue_is_told() -> None:
    with pytest.raises(PayloadError, match="API key is invalid"):
        account(positions={"retCode": 10003, "retMsg": "API key is invalid", "result": {}})


# -- wallets -----------------------------------------------------------------------------------


def first_wallet(**fields: Any) -> Any:
    found = account(wallet_balance=listed(wallet(coin(**fields))))
    return found.wallets[0]


def test_the_generation_with_spot_borrow_tells_balances_gross_of_loans() -> None:
    held = first_wallet(balance="1200", spotBorrow="200", equity="1000", borrowAmount="200")
    assert (held.balance, held.borrowed) == (D(1200), D(200))


def test_the_generation_without_it_tells_them_net_and_it_is_said() -> None:
    row = coin(balance="1000", borrowAmount="200")
    del row["spotBorrow"]
    found = account(wallet_balance=listed(wallet(row)))
    assert (found.wallets[0].balance, found.wallets[0].borrowed) == (D(1000), D(0))
    assert "net of what is borrowed" in said(found)["wallet_balance: USDT"]


def test_bonus_locked_interest_and_switches() -> None:
    held = first_wallet(bonus="5", locked="7", accruedInterest="0.5", marginCollateral=False)
    assert (held.credit, held.locked, held.collateral) == (D(5), D(7), False)
    assert held.extra["accruedInterest"] == "0.5"


def test_equity_beyond_wallet_and_pnl_is_the_value_of_options() -> None:
    assert first_wallet(equity="10070", unrealisedPnl="20").options_value == D(50)
    assert first_wallet(equity="10020", unrealisedPnl="20").options_value is None
    assert first_wallet(name="BTC", equity="10070").options_value is None


def test_the_index_of_a_coin_is_its_value_over_its_amount() -> None:
    found = account(wallet_balance=listed(wallet(coin("BTC", "2", usdValue="100000"))))
    assert found.market.asset_rate["BTC"].index == D(50000)


def test_an_empty_coin_stays_only_where_a_position_settles_in_it() -> None:
    empty = coin(balance="0", usdValue="0", equity="0")
    assert not account(wallet_balance=listed(wallet(empty))).wallets
    held = account(wallet_balance=listed(wallet(empty)), positions=listed(position()))
    assert [w.balance for w in held.wallets] == [D(0)]


def test_empty_texts_are_unknown_not_zero() -> None:
    row = wallet(coin(), totalMarginBalance="", accountMMRate="", totalInitialMargin=None)
    found = account(wallet_balance=listed(row))
    assert found.reported is not None
    assert "margin_balance" not in found.reported.account
    assert first_wallet(balance="", equity="5").balance is None


def test_totals_are_reported_under_our_names() -> None:
    row = wallet(coin(), totalMarginBalance="9000", accountMMRate="0.0204", totalPerpUPL="1")
    found = account(wallet_balance=listed(row))
    assert found.reported is not None
    assert found.reported.account["margin_balance"] == D(9000)
    assert found.reported.account["margin_ratio"] == D("0.0204")
    assert "unrealized_pnl" not in found.reported.account, "it is after the collateral ratio"


def test_isolated_mode_has_no_account_wide_figures_but_equity() -> None:
    row = wallet(coin(), totalMarginBalance="9000")
    found = account(account_info=info("ISOLATED_MARGIN"), wallet_balance=listed(row))
    assert found.reported is not None
    assert dict(found.reported.account) == {"equity": D(10000)}


# -- positions ---------------------------------------------------------------------------------


def test_a_sell_is_a_negative_size() -> None:
    (held,) = account(positions=listed(position(side="Sell"))).positions
    assert (held.size, held.side) == (D("-0.5"), "both")
    assert (held.entry_price, held.leverage, held.realized_pnl) == (D(50000), D(10), D("-13.75"))


@pytest.mark.parametrize(("leg", "side"), [(1, "long"), (2, "short")])
def test_the_legs_of_hedge_mode(leg: int, side: str) -> None:
    word = "Buy" if leg == 1 else "Sell"
    found = account(positions=listed(position(positionIdx=leg, side=word)))
    assert found.position_mode == "hedge"
    assert found.positions[0].side == side


def test_a_row_of_size_zero_carries_leverage_alone() -> None:
    found = account(positions=listed(position("0", side="", leverage="25")))
    assert not found.positions
    assert found.settings["BTCUSDT"].leverage == D(25)
    assert found.market.mark["BTCUSDT"] == D(50500)


def test_the_margin_of_an_isolated_position_is_its_balance() -> None:
    row = position(positionBalance="2512.375")
    found = account(account_info=info("ISOLATED_MARGIN"), positions=listed(row))
    assert found.positions[0].margin_mode == "isolated"
    assert found.positions[0].isolated_margin == D("2512.375")
    assert account(positions=listed(row)).positions[0].isolated_margin is None


def test_pnl_of_a_usdc_contract_counts_from_its_session() -> None:
    row = position(symbol="BTCPERP", sessionAvgPrice="50400")
    found = account(positions=listed(row))
    assert found.positions[0].entry_price == D(50400)
    assert "session price" in said(found)["positions: BTCPERP"]


def test_options_are_not_itemised_and_blind_the_assessment() -> None:
    row = position(symbol="BTC-29DEC23-40000-C")
    found = account(positions=listed(row, category="option"))
    assert not found.positions
    assert assess(found).status is Status.UNKNOWN


def test_a_price_of_zero_or_999999_is_none() -> None:
    row = position(liqPrice="0", bustPrice="999999.00", breakEvenPrice="50030")
    found = account(positions=listed(row))
    assert found.reported is not None
    assert dict(found.reported.positions["BTCUSDT/both"]) == {
        "unrealized_pnl": D(250),
        "break_even_price": D(50030),
    }


def test_an_answer_of_one_category_says_so() -> None:
    notes = said(account(positions=listed(position(), category="linear", cursor="next")))
    assert "next page" in notes["positions"] or "inverse" in notes["positions"]


@pytest.mark.parametrize("field", [{"side": "None"}, {"positionIdx": 3}])
def test_words_that_are_none_of_the_venues_are_refused(field: Doc) -> None:
    with pytest.raises(PayloadError):
        account(positions=listed(position(**field)))


# -- orders ------------------------------------------------------------------------------------


def test_an_order_is_what_is_left_of_it() -> None:
    (resting,) = account(open_orders=listed(order())).orders
    assert (resting.side, resting.size, resting.price) == ("buy", D("0.4"), D(49000))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"orderStatus": "New"}, "limit"),
        ({"orderType": "Market", "price": "0", "orderStatus": "New"}, "market"),
        ({"orderStatus": "Untriggered", "triggerPrice": "48000"}, "stop"),
        ({"orderStatus": "Untriggered", "stopOrderType": "PartialTakeProfit"}, "take_profit"),
    ],
)
def test_kinds_of_orders(fields: Doc, kind: str) -> None:
    (resting,) = account(open_orders=listed(order(**fields))).orders
    assert resting.kind == kind


def test_spot_orders_are_kept_apart_and_those_that_ended_are_left_out() -> None:
    rows = (order(category="spot"), order(orderStatus="Cancelled"), order(leavesQty="0"))
    found = account(open_orders=listed(*rows))
    assert not found.orders
    assert len(extra(found, "spot_orders")) == 1


# -- parameters --------------------------------------------------------------------------------


def limit(value: str, rate: str, initial: str, leverage: str, **fields: Any) -> Doc:
    row = {"symbol": "BTCUSDT", "riskLimitValue": value, "maintenanceMargin": rate}
    return row | {"initialMargin": initial, "maxLeverage": leverage} | fields


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            [limit("2000000", "0.5", "1", "100.00"), limit("2600000", "0.56", "1.11", "90")],
            id="per cent",
        ),
        pytest.param(
            [
                limit("2600000", "0.0056", "0.0111", "90", mmDeduction="1200"),
                limit("2000000", "0.005", "0.01", "100", mmDeduction=""),
            ],
            id="fractions, out of order, with deductions",
        ),
    ],
)
def test_risk_limits_in_per_cent_and_as_fractions(rows: list[Doc]) -> None:
    table = account(risk_limit=listed(*rows)).parameters.tiers["BTCUSDT"]
    assert [tier.rate for tier in table.rows] == [D("0.005"), D("0.0056")]
    assert [tier.cap for tier in table.rows] == [D(2000000), D(2600000)]
    assert table.rows[0].initial_rate == D("0.01")


def test_rates_that_cannot_be_told_apart_are_a_contradiction() -> None:
    found = account(risk_limit=listed(limit("1000", "0.5", "7", "2")))
    assert "cannot be told apart" in said(found)["risk_limit: BTCUSDT"]
    assert assess(found).status is Status.UNKNOWN


def test_collateral_by_quantity_and_loans_by_tier() -> None:
    ratios = {"currency": "BTC", "collateralRatioList": [
        {"minQty": "10", "maxQty": "", "collateralRatio": "0.9"},
        {"minQty": "0", "maxQty": "10", "collateralRatio": "0.95"},
    ]}  # fmt: skip
    tiers = {"currency": "BTC", "positionTiersRatioList": [
        {"tier": "1", "borrowLimit": "390", "positionMMR": "0.04", "positionIMR": "0.2"},
        {"tier": "2", "borrowLimit": "391", "positionMMR": "0.04", "positionIMR": "0.25"},
    ]}  # fmt: skip
    found = account(collateral_tiers=listed(ratios), borrow_tiers=listed(tiers)).parameters
    assert [(r.floor, r.cap, r.ratio) for r in found.collateral["BTC"].rows] == [
        (D(0), D(10), D("0.95")),
        (D(10), None, D("0.9")),
    ]
    assert found.borrow["BTC"].kind == "whole"
    assert [row.initial_rate for row in found.borrow["BTC"].rows] == [D("0.2"), D("0.25")]


def test_prices_funding_fees_and_terms() -> None:
    ticker = {"symbol": "BTCUSDT", "markPrice": "50600", "indexPrice": "50550",
              "fundingRate": "0.0001", "nextFundingTime": "1762214400000"}  # fmt: skip
    terms = {"symbol": "BTCUSDT", "contractType": "LinearPerpetual", "baseCoin": "BTC",
             "quoteCoin": "USDT", "settleCoin": "USDT", "deliveryTime": "0",
             "priceFilter": {"tickSize": "0.10"},
             "lotSizeFilter": {"qtyStep": "0.001"}}  # fmt: skip
    fee = {"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
    found = account(
        positions=listed(position()),
        tickers=listed(ticker),
        instruments_info=listed(terms),
        fee_rate=listed(fee),
    )
    assert found.market.mark["BTCUSDT"] == D(50500)  # the position's own, of its moment
    assert found.market.index["BTCUSDT"] == D(50550)
    assert found.market.funding["BTCUSDT"].rate == D("0.0001")
    assert found.instruments["BTCUSDT"].tick_size == D("0.1")
    assert found.parameters.fees.by_instrument["BTCUSDT"].taker == D("0.00055")


@pytest.mark.parametrize(
    ("symbol", "payoff", "settle", "expires"),
    [
        ("BTCUSDT", "linear", "USDT", None),
        ("BTCPERP", "linear", "USDC", None),
        ("BTC-27DEC24", "linear", "USDC", "2024-12-27T08:00:00+00:00"),
        ("BTCUSDT-5DEC24", "linear", "USDT", "2024-12-05T08:00:00+00:00"),
        ("BTCUSD", "inverse", "BTC", None),
        ("BTCUSDZ24", "inverse", "BTC", "2024-12-27T08:00:00+00:00"),
    ],
)
def test_what_a_symbol_tells(symbol: str, payoff: str, settle: str, expires: str | None) -> None:
    found = instrument_of(symbol)
    assert found is not None
    assert (found.payoff, found.settle) == (payoff, settle)
    assert (found.expires_at.isoformat() if found.expires_at else None) == expires


def test_options_are_told_by_their_symbol() -> None:
    assert is_option("BTC-29DEC23-40000-C")
    assert is_option("BTC-25SEP26-80000-C-USDT")
    assert not is_option("BTC-29DEC23")
    assert instrument_of("BTC-99DEC23") is None


# -- portfolio margin --------------------------------------------------------------------------

SCENARIO = {
    "retCode": 0,
    "result": {
        "wallet": {"equity": "52197.86892104", "accountMM": "1069.93399838"},
        "assetPnlRange": [
            {
                "baseCoin": "BTC",
                "totalPnlRanges": {
                    "ALL": {
                        "pnlRanges": [
                            {"priceScale": "-0.1", "pnls": ["-1004.74710000"]},
                            {"priceScale": "0.0", "pnls": ["-11.36910000"]},
                            {"priceScale": "0.1", "pnls": ["1016.16720000"]},
                        ]
                    },
                },
                "contingency": {
                    "optionContingency": "0.00000000",
                    "futureDeltaContingency": "56.89174177",
                    "optionVegaContingency": "0.00000000",
                    "contingencyComponents": "57.69544638",
                    "usdtUsdcContingency": "0.00000000",
                    "futureContingency": "0.80370460",
                },
                "asset": {
                    "coin": "BTC",
                    "assetIM": "1274.8190514137673",
                    "assetMM": "1062.3492095114727",
                },
                "maxLossPriceMove": "-0.1",
            }
        ],
    },
    "time": 1774319290506,
}
"""Cut from the sample of Bybit's API documentation, Get Portfolio Margin Info."""


def test_the_venues_own_scenario_figures_are_used() -> None:
    found = account(account_info=info("PORTFOLIO_MARGIN"), portfolio_margin=SCENARIO)
    unit = assess(found).pool("BTC")
    assert unit.requirement_parts == {
        "max_loss": D("1004.7471"),
        "contingency": D("57.69544638"),
    }
    assert unit.maintenance_margin == D("1062.44254638")
    assert unit.initial_margin == D("1062.44254638") * D("1.2")
    assert "unknown" not in found.extra


def test_the_sample_says_nine_cents_less_than_its_own_parts() -> None:
    """1,062.3492 against 1,004.7471 + 57.6954: the sample's figures are of two moments."""
    found = account(account_info=info("PORTFOLIO_MARGIN"), portfolio_margin=SCENARIO)
    lines = {line.label: line for line in reconcile(found).lines if line.where == "BTC"}
    assert lines["assetMM"].outcome is Outcome.DIFFERS
    assert lines["assetMM"].difference == D("0.0933368685273")


# -- answers put together ----------------------------------------------------------------------


def reproduced(symbol: str, rate: str, row: Doc) -> Account:
    tier = {"symbol": symbol, "riskLimitValue": "200000", "maintenanceMargin": rate}
    return account(
        wallet_balance=listed(wallet(coin())),
        positions=listed(row, at=1672279322668),
        risk_limit=listed(tier | {"initialMargin": "0.1", "maxLeverage": "10"}),
        fee_rate=listed({"symbol": symbol, "takerFeeRate": "0.0006", "makerFeeRate": "0.0001"}),
        as_of="2022-12-29T00:00:00Z",
    )


def test_a_payload_whose_own_sums_are_possible_agrees_to_the_last_digit() -> None:
    row = position("100", symbol="XRPUSDT", avgPrice="0.3615", markPrice="0.3432",
                   unrealisedPnl="-1.83", positionIM="3.634521", positionMM="0.381021",
                   positionValue="36.15")  # fmt: skip
    found = reconcile(reproduced("XRPUSDT", "0.01", row))
    agree = {line.label for line in found.lines if line.outcome is Outcome.AGREES}
    assert {"unrealisedPnl", "positionIM", "positionMM"} <= agree
    assert not found.contradictions


def test_unknown_fields_are_kept_and_listed() -> None:
    found = account(positions=listed(position(brandNew="7")))
    assert dict(extra(found, "unknown")) == {"positions[0].brandNew": "7"}


def test_the_classic_account_reads_coins_and_trade_mode() -> None:
    row = position("1000", symbol="BTCUSD", tradeMode=1, positionBalance="0.002", avgPrice="50000")
    found = read(
        "bybit_inverse",
        wallet_balance=listed(wallet(coin("BTC", "1"), accountType="CONTRACT")),
        positions=listed(row, category="inverse"),
        open_orders=listed(category="inverse"),
    )
    assert (found.venue, found.mode) == ("bybit_inverse", None)
    assert found.positions[0].margin_mode == "isolated"
    assert found.positions[0].isolated_margin == D("0.002")


def test_the_kinds_are_told() -> None:
    assert "portfolio_margin" in kinds("bybit_unified")
    assert "account_info" not in kinds("bybit_inverse")


# -- the stream --------------------------------------------------------------------------------


def test_events_bring_an_account_up_to_date_and_twice_is_once() -> None:
    start = account(positions=listed(position()))
    event = streamed("position", position("0.7", side="Sell"), at=AT + 1000)
    moved = apply(start, event)
    assert moved.positions[0].size == D("-0.7")
    assert apply(moved, event) == moved
    closed = apply(moved, streamed("position", position("0", side=""), at=AT + 2000))
    assert not closed.positions


def test_a_wallet_event_leaves_the_coins_it_does_not_list() -> None:
    start = account(wallet_balance=listed(wallet(coin(), coin("BTC", "1", usdValue="50000"))))
    moved = apply(start, streamed("wallet", wallet(coin(balance="9000")), at=AT + 1))
    assert {w.asset: w.balance for w in moved.wallets} == {"USDT": D(9000), "BTC": D(1)}


def test_an_order_event_replaces_that_order_alone() -> None:
    start = account(open_orders=listed(order(), order(orderId="b")))
    moved = apply(start, streamed("order", order(orderStatus="Filled"), at=AT + 1))
    assert [o.extra["orderId"] for o in moved.orders] == ["b"]


def test_an_event_that_is_too_old_is_not_applied() -> None:
    start = account(positions=listed(position()))
    late = apply(start, streamed("position", position("9"), at=AT - 1))
    assert late.positions == start.positions
    assert "was not applied" in said(late)["events: positions"]


@pytest.mark.parametrize(
    "event",
    [{"topic": "greeks", "data": []}, {"nothing": 1}, {"topic": "wallet", "data": []}],
)
def test_an_event_that_no_reader_knows_is_refused(event: Doc) -> None:
    with pytest.raises(PayloadError):
        apply(account(), event)
