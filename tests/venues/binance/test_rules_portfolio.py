"""Portfolio Margin and PM Pro: loans, open loss, collateral, orders, the direction of uniMMR."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from marginline.core.measures import Measure
from marginline.core.numbers import exact
from marginline.errors import DocumentError, RulebookError
from tests.venues.documents import (
    Doc,
    account,
    assessed,
    findings,
    flat,
    inverse,
    linear,
    market,
    order,
    position,
    wallet,
)

ONE = {"ratio": "1"}


def book(venue: str = "binance_pm", **parts: object) -> Doc:
    """1,000 USDT behind one BTC at 20,000: MM 200, uniMMR 5."""
    document = account(
        venue,
        wallets=[wallet("USDT", "1000")],
        positions=[position("BTCUSDT", "1", "20000", leverage="100")],
        instruments={"BTCUSDT": linear(), "BTCUSD_PERP": inverse()},
        market=market(BTCUSDT="20000", BTCUSD_PERP="20000")
        | {"asset_rate": {"USDT": "1", "BTC": "20000", "ETH": "1000"}},
        parameters={
            "tiers": {"BTCUSDT": flat("0.01"), "BTCUSD_PERP": flat("0.01")},
            "collateral": {"USDT": ONE, "BTC": {"ratio": "0.9"}, "ETH": {"ratio": "0.5"}},
        },
    )
    return document | parts


def test_unimmr_rises_with_safety_and_our_ratio_with_danger() -> None:
    safe, worse = assessed(book()), assessed(book(wallets=[wallet("USDT", "500")]))
    assert (safe.venue_ratio, worse.venue_ratio) == (D(5), D("2.5"))
    with exact():
        assert (safe.margin_ratio, worse.margin_ratio) == (D("1.05") / 5, D("1.05") / D("2.5"))
    assert safe.buffer == 1000 - D("1.05") * 200


def test_without_a_requirement_unimmr_is_without_bound() -> None:
    assessment = assessed(book(positions=[]))
    assert (assessment.venue_ratio, assessment.margin_ratio) == (None, D(0))
    assert assessment.status == "healthy"


def test_price_of_a_position_is_where_unimmr_is_105_percent() -> None:
    """1,000 + (P - 20,000) = 1.05 * 0.01 * P."""
    place = assessed(book()).pools[0].positions[0]
    with exact():
        assert place.liquidation_price == D(19_000) / (1 - D("0.0105"))
    assert place.bankruptcy_price == 19_000


def test_positive_equity_is_cut_debts_are_not_and_pnl_joins_first() -> None:
    wallets = [wallet("USDT", "1000"), wallet("BTC", "1"), wallet("ETH", "-2")]
    assessment = assessed(book(wallets=wallets))
    assert assessment.margin_balance == 1000 + 18_000 - 2_000
    assert assessment.equity == 1000 + 20_000 - 2_000
    assert assessment.haircut == 2_000


def test_inverse_pnl_and_maintenance_are_converted_at_index() -> None:
    """200 contracts of 100 USD, short from 10,000: 2 BTC - 1 BTC less, at 20,000 a BTC."""
    positions = [position("BTCUSD_PERP", "-200", "10000")]
    assessment = assessed(book(wallets=[wallet("BTC", "3")], positions=positions))
    assert assessment.unrealized_pnl == -1 * 20_000
    assert assessment.margin_balance == 2 * 20_000 * D("0.9")
    assert assessment.maintenance_margin == D("0.01") * 20_000
    assert assessment.gross_notional == 20_000


# -- loans ---------------------------------------------------------------------------------------

BORROW = {
    "BTC": {
        "rows": [
            {"floor": "0", "cap": "1", "maintenance_rate": "0.05", "initial_rate": "0.1"},
            {"floor": "1", "maintenance_rate": "0.1", "initial_rate": "0.2"},
        ]
    }
}


def lent(**terms: object) -> Doc:
    document = book(
        wallets=[wallet("USDT", "10000"), wallet("BTC", "3", borrowed="2", interest="0.5")],
        positions=[],
    )
    document["parameters"] |= terms
    return document


def test_loan_is_charged_slice_by_slice_on_the_principal() -> None:
    assessment = assessed(lent(borrow=BORROW))
    assert assessment.maintenance_margin == (D("0.05") + D("0.1")) * 20_000
    assert assessment.borrow_initial_margin == (D("0.1") + D("0.2")) * 20_000
    assert assessment.initial_margin == assessment.borrow_initial_margin
    assert assessment.margin_balance == 10_000 + D("0.5") * 20_000 * D("0.9")


def test_leverage_of_a_loan_gives_the_initial_rate() -> None:
    """1 / (leverage - 1) on the principal."""
    document = lent(borrow=BORROW) | {"settings": {"BTC": {"spot_leverage": "5"}}}
    assert assessed(document).borrow_initial_margin == 10_000
    assert assessed(document).maintenance_margin == 3_000


@pytest.mark.parametrize(
    ("leverage", "rate"),
    [
        pytest.param("3", "0.10", id="B29: 3x, 10 %"),
        pytest.param("5", "0.08", id="B29: 5x, 8 %"),
        pytest.param("10", "0.05", id="B29: 10x, 5 %"),
        pytest.param("10.0", "0.05", id="10.0 is 10"),
        pytest.param("4", None, id="no rate is known for 4x"),
        pytest.param("1", None, id="no rate and no initial margin at 1x"),
    ],
)
def test_packaged_rate_of_a_loan(leverage: str, rate: str | None) -> None:
    assessment = assessed(lent() | {"settings": {"BTC": {"spot_leverage": leverage}}})
    expected = None if rate is None else D(rate) * 2 * 20_000
    assert assessment.maintenance_margin == expected
    assert bool(findings(assessment, "PACKAGED_PARAMETER")) == (rate is not None)
    assert (assessment.status == "unknown") == (rate is None)
    assert (assessment.borrow_initial_margin is None) == (leverage == "1")


def test_table_in_the_file_replaces_the_packaged_rate_as_a_whole() -> None:
    rows = [{"floor": "0", "initial_rate": "0.3"}]
    document = lent(borrow={"BTC": {"rows": rows}}) | {"settings": {"BTC": {"spot_leverage": "3"}}}
    assert assessed(document).maintenance_margin is None


def test_loan_without_a_price_or_rates_is_missing_data() -> None:
    document = lent(borrow=BORROW)
    del document["market"]["asset_rate"]["BTC"]
    assert assessed(document).status == "unknown"
    assert assessed(lent()).status == "unknown"


def test_only_the_principal_is_charged_not_what_the_balance_falls_below_zero_by() -> None:
    document = lent(borrow=BORROW)
    document["wallets"][1] = wallet("BTC", "-1", borrowed="2")
    assert assessed(document).maintenance_margin == (D("0.05") + D("0.1")) * 20_000


@pytest.mark.parametrize("venue", ["binance_pm", "binance_pm_pro"])
def test_a_side_that_does_not_go_with_the_position_mode_is_pointed_out(venue: str) -> None:
    assert len(findings(assessed(book(venue, position_mode="hedge")), "POSITION_MODE")) == 1


# -- adjusted equity, orders, what is not public -------------------------------------------------


def test_open_loss_is_taken_off_the_adjusted_equity() -> None:
    document = book()
    document["parameters"]["venue"] = {"open_loss": "400"}
    assessment = assessed(document)
    assert assessment.margin_balance == 1000
    assert (assessment.venue_ratio, assessment.buffer) == (D(3), D(600) - 210)
    document["parameters"]["venue"] = {"open_loss": "much"}
    assert assessed(document).status == "unknown"


def test_margin_of_orders_is_not_public() -> None:
    resting = book(orders=[order("BTCUSDT", "buy", "1", "19000")])
    assessment = assessed(resting)
    assert assessment.order_initial_margin is None
    assert assessment.initial_margin is None
    assert assessment.position_initial_margin == 200
    codes = {
        f.code.name
        for f in assessment.all_findings()
        if f.measure and f.measure.value == "order_initial_margin"
    }
    assert codes == {"UNSUPPORTED"}
    assert assessed(book()).order_initial_margin == 0


def test_available_and_withdrawable_of_portfolio_margin_are_unsupported() -> None:
    assessment = assessed(book())
    told = {f.measure.value: f.code.name for f in assessment.findings if f.measure}
    assert told["available_balance"] == told["withdrawable_balance"] == "UNSUPPORTED"


def test_pro_has_no_initial_margin() -> None:
    assessment = assessed(book("binance_pm_pro"))
    told = {f.measure.value: f.code.name for f in assessment.findings if f.measure}
    for name in ("initial_margin", "position_initial_margin", "available_balance"):
        assert told[name] == "NOT_APPLICABLE"
    (place,) = assessment.pools[0].positions
    assert (place.initial_margin, place.return_on_margin) == (None, None)
    assert assessment.withdrawable_balance == 760


def test_derived_price_says_so() -> None:
    assert any("no liquidation price" in text for text in findings(assessed(book()), "APPROXIMATE"))


@pytest.mark.parametrize("venue", ["binance_pm", "binance_pm_pro"])
def test_isolated_positions_are_refused(venue: str) -> None:
    apart = position(
        "BTCUSDT", "1", "20000", margin_mode="isolated", isolated_margin="10", leverage="9"
    )
    with pytest.raises(DocumentError, match="every position in one pool"):
        assessed(book(venue, positions=[apart]))


def test_tiered_collateral_before_its_day_is_used_with_a_finding() -> None:
    tiers = {"rows": [{"floor": "0", "cap": "500", "ratio": "1"}, {"floor": "500", "ratio": "0.5"}]}
    document = book("binance_pm_pro", positions=[])
    document["parameters"]["collateral"]["USDT"] = tiers
    before = assessed(document | {"as_of": "2024-09-10T23:59:59Z"})
    since = assessed(document | {"as_of": "2024-09-11T00:00:00Z"})
    assert before.margin_balance == since.margin_balance == 750
    assert (before.rulebook.code, since.rulebook.code) == ("BNPP-2022-04", "BNPP-2024-09")
    assert any("flat before" in text for text in findings(before, "APPROXIMATE"))
    assert not any("flat before" in text for text in findings(since, "APPROXIMATE"))


@pytest.mark.parametrize(
    ("venue", "as_of", "first"),
    [
        ("binance_pm", "2023-05-03T23:59:59Z", "2023-05-04"),
        ("binance_pm_pro", "2022-04-17T00:00:00Z", "2022-04-18"),
    ],
)
def test_before_the_first_day_there_is_no_rulebook(venue: str, as_of: str, first: str) -> None:
    with pytest.raises(RulebookError, match=first):
        assessed(book(venue, as_of=as_of))


def test_collateral_by_quantity_is_cut_in_coins() -> None:
    tiers = {
        "keyed_by": "quantity",
        "rows": [{"floor": "0", "cap": "1", "ratio": "1"}, {"floor": "1", "ratio": "0.5"}],
    }
    document = book(positions=[], wallets=[wallet("BTC", "2")])
    document["parameters"]["collateral"]["BTC"] = tiers
    assert assessed(document).margin_balance == D("1.5") * 20_000


def test_asset_without_a_collateral_row_is_missing_not_whole() -> None:
    document = book(wallets=[wallet("USDT", "1000"), wallet("DOGE", "5")])
    document["market"]["asset_rate"]["DOGE"] = "0.1"
    assessment = assessed(document)
    assert assessment.margin_balance is None
    notes = [f for f in assessment.findings if f.measure is Measure.MARGIN_BALANCE]
    ends = [(f.at_least, f.at_most) for f in notes]
    assert ends == [(D(1000), D("1000.5"))]
    assert assessment.status == "healthy"
    owed = document | {"wallets": [wallet("USDT", "1000"), wallet("DOGE", "-5")]}
    assert assessed(owed).margin_balance == D("999.5")
