"""Every number that CME's rules print."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline import formulas
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from tests.venues.cme.accounts import document, position
from tests.venues.documents import number, pool_of, position_of

D = Decimal
BONDS = "cmegroup.com performance-bonds-margins"
ADVISORY = "advisory 23-376 of 2023-12-19"
LAUNCH = "press of 2017-12-12/13, second-hand"


@pytest.mark.parametrize(
    ("mode", "maintenance", "initial", "as_of"),
    [
        pytest.param("speculator", "1400", "1540", "2024-01-02", id=f"{BONDS}: 110 %"),
        pytest.param("hedger", "1400", "1400", "2024-01-02", id=f"{BONDS}: 100 %"),
        pytest.param("speculator", "8000", "8800", "2023-12-19", id=f"{ADVISORY}: 8,000 to 8,800"),
        pytest.param("speculator", "82000", "90200", "2021-06-01", id="table of 2021+: 82k, 90k"),
        pytest.param("speculator", "43", "47.3", "2017-12-18", id=f"{LAUNCH}: 43 % and 47 %"),
    ],
)
def test_initial_performance_bond(mode: str, maintenance: str, initial: str, as_of: str) -> None:
    rates = {"BTC": {"maintenance": maintenance}}
    found = position_of(
        document(mode=mode, as_of=f"{as_of}T15:00:00Z", parameters={"per_contract": rates})
    )
    assert number(found, M.MAINTENANCE_MARGIN) == D(maintenance)
    assert number(found, M.INITIAL_MARGIN) == D(initial)


def test_rate_of_2017_as_an_amount() -> None:
    """Second-hand: 35 % of 56,461.95 is 19,761.68."""
    assert round(formulas.initial_margin_at_rate(D("56461.95"), D("0.35")), 2) == D("19761.68")


@pytest.mark.parametrize(
    ("symbol", "coins"),
    [
        pytest.param("BTC", "5", id="contract specifications: BTC is 5 bitcoin"),
        pytest.param("MBT", "0.1", id="Micro Bitcoin FAQ: MBT is 0.1 bitcoin"),
    ],
)
def test_contract_sizes(symbol: str, coins: str) -> None:
    found = position_of(document(positions=[position(instrument=symbol)]))
    assert number(found, M.NOTIONAL) == 80000 * D(coins)


def test_one_tick_of_btc_is_25_usd() -> None:
    market = {"mark": {"BTC": "80005"}}
    assert number(position_of(document(market=market)), M.UNREALIZED_PNL) == 25


@pytest.mark.parametrize(
    ("size", "mark", "call_price"),
    [
        # P = P0 - s * (equity - maintenance) / (multiplier * contracts)
        pytest.param("1", "80000", D(80000) - D(18000) / 5, id="long, equity 100,000"),
        pytest.param("-1", "80000", D(80000) + D(18000) / 5, id="short, equity 100,000"),
        pytest.param("1", "79000", D(79000) - D(13000) / 5, id="long, after a loss of 5,000"),
    ],
)
def test_equivalent_call_price(size: str, mark: str, call_price: Decimal) -> None:
    whole = document(positions=[position(size)], market={"mark": {"BTC": mark}})
    assert number(position_of(whole), M.CALL_PRICE) == call_price
    assert number(pool_of(whole), M.CALL_PRICE) == call_price


def test_call_restores_to_initial() -> None:
    """Below maintenance a call is issued, back up to initial."""
    found = pool_of(document(market={"mark": {"BTC": "76000"}}))
    assert number(found, M.EQUITY) == 80000
    assert number(found, M.CALL_AMOUNT) == 90200 - 80000
    assert found.status is Status.MARGIN_CALL
