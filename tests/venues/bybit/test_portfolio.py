"""Portfolio margin: risk units from the venue's own figures, and what is not public."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.moments import moment_text
from marginline.core.findings import Code, Gap, Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import exactly
from marginline.venues.bybit.pools.portfolio import NARROWED, price_range
from tests.venues.bybit.accounts import assessed, number, order, parameters, row, unified
from tests.venues.documents import Doc

D = Decimal
UNIT = {"max_loss": "2500", "contingency": "100", "initial_factor": "1.2"}


def portfolio(units: Any = None, **fields: Any) -> Doc:
    venue = {"venue": {"risk_units": {"BTC": UNIT} if units is None else units}}
    return unified("portfolio", parameters=parameters(**venue)) | fields


@exactly
def test_the_account_sums_its_risk_units() -> None:
    found = assessed(portfolio())
    account, unit = found.pools
    assert (account.id, unit.id, unit.status) == ("USD", "BTC", None)
    assert account.maintenance_margin == unit.maintenance_margin == D(2600)
    assert account.initial_margin == unit.initial_margin == D(3120)
    assert account.margin_balance == D(10250)
    assert account.margin_ratio == D(2600) / D(10250)
    assert account.available_balance == D(10250) - D(3120)
    assert found.status is Status.HEALTHY
    assert unit.requirement_parts == {"max_loss": D(2500), "contingency": D(100)}
    assert set(unit.measures) == {
        M.POSITION_INITIAL_MARGIN,
        M.INITIAL_MARGIN,
        M.MAINTENANCE_MARGIN,
    }


def test_loans_are_added_as_in_cross() -> None:
    wallets = [{"asset": "USDT", "balance": "-1000"}, {"asset": "BTC", "balance": "1"}]
    account = assessed(portfolio(wallets=wallets)).pool("USD")
    owed = D(750)  # -1,000 and 250 of profit
    assert account.borrow_initial_margin == owed * D("0.1")
    assert account.maintenance_margin == D(2600) + owed * D("0.04")


def test_options_support_in_portfolio_margin() -> None:
    wallets = [{"asset": "USDT", "balance": "10000", "options_value": "500"}]
    account = assessed(portfolio(wallets=wallets)).pool("USD")
    assert (account.equity, account.margin_balance) == (D(10750), D(10750))


def test_positions_have_neither_margin_nor_liquidation_price_of_their_own() -> None:
    found = assessed(portfolio()).pool("USD")
    (position,) = found.positions
    for measure in (M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.TIER, M.LIQUIDATION_PRICE):
        assert position.measures[measure] is None
        said = {(f.where, f.measure): f.code for f in found.findings}
        assert said[position.key, measure] is Code.NOT_APPLICABLE
    assert position.bankruptcy_price == D(30000)


@pytest.mark.parametrize("name", ["max_loss", "contingency", "initial_factor"])
def test_a_figure_that_only_the_venue_knows_is_unsupported(name: str) -> None:
    unit = {key: value for key, value in UNIT.items() if key != name}
    options = [{"asset": "USDT", "balance": "10000", "options_value": "1"}]
    found = assessed(portfolio({"BTC": unit}, wallets=options))
    account = found.pool("USD")
    assert account.initial_margin is None
    gaps = {f.measure: f for f in account.findings if f.where == "USD"}
    assert gaps[M.INITIAL_MARGIN].code is Code.UNSUPPORTED
    assert f"risk_units.BTC.{name}" in gaps[M.INITIAL_MARGIN].message
    if name != "initial_factor":
        assert found.status is Status.UNKNOWN


def test_a_unit_of_linear_futures_has_its_worst_loss_at_an_end_of_the_published_range() -> None:
    positions = [row("1"), row("-0.4", instrument="BTCPERP")]
    wallets = [{"asset": "USDT", "balance": "10000"}, {"asset": "USDC", "balance": "100"}]
    unit = assessed(portfolio({}, positions=positions, wallets=wallets)).pool("BTC")
    assert unit.requirement_parts["max_loss"] == D("0.6") * 50500 * D("0.10")
    assert unit.requirement_parts["contingency"] is None
    assert unit.maintenance_margin is None


@pytest.mark.parametrize(
    ("moment", "loss"),
    [
        pytest.param("2025-01-10T07:59:59Z", "3787.5", id="15 % until 08:00 UTC"),
        pytest.param("2025-01-10T08:00:00Z", "2525", id="10 % from 08:00 UTC"),
    ],
)
def test_the_range_narrowed_on_2025_01_10(moment: str, loss: str) -> None:
    unit = assessed(portfolio({}, as_of=moment)).pool("BTC")
    assert unit.requirement_parts["max_loss"] == D(loss)


def test_the_range_of_other_coins_is_not_public() -> None:
    assert moment_text(NARROWED) == "2025-01-10T08:00:00Z"
    gap = price_range("SOL", NARROWED)
    assert isinstance(gap, Gap)
    assert gap.code is Code.UNSUPPORTED


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"orders": [order("buy", "1", "50000")]}, id="orders"),
        pytest.param(
            {"wallets": [{"asset": "USDT", "balance": "1", "options_value": "1"}]}, id="options"
        ),
        pytest.param({"positions": [row("1", instrument="BTCUSD")]}, id="inverse"),
    ],
)
def test_the_worst_loss_of_anything_else_is_the_venues_alone(fields: Doc) -> None:
    unit = assessed(portfolio({}, **fields)).pool("BTC")
    assert unit.requirement_parts["max_loss"] is None


def test_risk_units_that_are_no_table_are_said() -> None:
    found = assessed(portfolio("none"))
    notes = [f for f in found.findings if f.where == "parameters.venue.risk_units"]
    assert [note.code for note in notes] == [Code.MISSING_DATA]
    assert found.status is Status.UNKNOWN


def test_a_unit_without_positions_still_counts() -> None:
    found = assessed(portfolio({"ETH": UNIT}, positions=[]))
    assert [pool.id for pool in found.pools] == ["USD", "ETH"]
    assert number(found.pool("USD").maintenance_margin) == D(2600)
