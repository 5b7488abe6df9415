"""Risk-based margin: the worst of the shocks, charges, the floor, and the price that it breaks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Instrument
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.core.findings import unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.exposure import Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Kind, Leg, Pool
from marginline.core.pool.scenario import Charge, FloorStep, Scenario, ShockFamily

RULES = Rules.over((POOL_RULES, POSITION_RULES), ((), ()))
PERPETUAL = Instrument(symbol="BTC-PERP", payoff="linear", base="BTC", quote="USD", settle="USD")
DATED = Instrument(
    symbol="BTC-DEC",
    payoff="linear",
    base="BTC",
    quote="USD",
    settle="USD",
    expires_at=datetime(2026, 12, 25, 8, tzinfo=UTC),
)
NO_TERMS = MaintenanceTerm(unsupported("its risk unit is charged, not the position"))
STANDARD_MOVES = ShockFamily("standard", tuple(D(n) / 100 for n in (-12, -8, -4, 0, 4, 8, 12)))
EXTREME = ShockFamily("extreme", (D("-0.24"), D("0.24")), factor=D("0.5"))


def exposure(instrument: Instrument, size: str, mark: str = "100000") -> Exposure:
    return Exposure(
        key=instrument.symbol,
        instrument=instrument,
        side="both",
        size=D(size),
        entry_price=D(100000),
        mark=D(mark),
        asset="USD",
        maintenance=NO_TERMS,
        initial=InitialTerm(D(0)),
    )


def pool(balance: str, *exposures: Exposure, **terms: object) -> Pool:
    members = frozenset(e.key for e in exposures)
    unit = Scenario("BTC", members, (STANDARD_MOVES, EXTREME), **terms)  # type: ignore[arg-type]
    legs = (Leg("USD", D(balance)),)
    return Pool("USD", Kind.ACCOUNT, "USD", legs, exposures, scenarios=(unit,))


def figures(of: Pool) -> PoolFigures:
    return PoolFigures(of, RULES)


HEDGE_CHARGE = Charge("basis", D("0.01"), by_expiry=True)
LADDER = (FloorStep(D(0), D(1)), FloorStep(D(500), D(3)))

MARGINS = [
    pytest.param(["1"], {}, "12000", "12000", id="one long: 12 % down is the worst move"),
    pytest.param(["-1"], {}, "12000", "12000", id="one short: 12 % up"),
    pytest.param(["1", "-1"], {}, "0", "0", id="perfect hedge: nothing to lose"),
    pytest.param(
        ["1", "-1"], {"charges": (HEDGE_CHARGE,)}, "2000", "2000", id="hedge across expiries pays"
    ),
    pytest.param(
        ["1", "-1"], {"gain_share": D("0.5")}, "6000", "6000", id="only half of a gain counts"
    ),
    pytest.param(
        ["1", "-1"], {"minimum_rate": D("0.005")}, "1000", "1000", id="the floor on gross value"
    ),
    pytest.param(
        ["1", "-1"],
        {"minimum_rate": D("0.005"), "minimum_steps": LADDER},
        "2000",
        "2000",
        id="the floor scaled slice by slice: 500 once, 500 three times",
    ),
    pytest.param(
        ["1"],
        {"maintenance_factor": D("0.8"), "initial_factor": D("1.3"), "initial_constant": D(7)},
        "9600",
        "15607",
        id="factors and constants",
    ),
]


@pytest.mark.parametrize(("sizes", "terms", "maintenance", "initial"), MARGINS)
def test_requirement(
    sizes: list[str], terms: dict[str, object], maintenance: str, initial: str
) -> None:
    held = [exposure(i, s) for i, s in zip((PERPETUAL, DATED), sizes, strict=False)]
    found = figures(pool("50000", *held, **terms))
    with exact():
        assert found[M.MAINTENANCE_MARGIN] == D(maintenance)
        assert found[M.INITIAL_MARGIN] == D(initial)


def test_a_member_has_no_figure_of_its_own() -> None:
    found = figures(pool("50000", exposure(PERPETUAL, "1")))
    assert found.positions[0].figure(M.MAINTENANCE_MARGIN) == NO_TERMS.schedule


def test_long_is_liquidated_where_the_worst_loss_meets_the_balance() -> None:
    with exact():
        price = figures(pool("50000", exposure(PERPETUAL, "1"))).safe_range("BTC-PERP").below
        # 50,000 + (P - 100,000) = 0.12 P
        assert price == D(50000) / D("0.88")


@given(
    balance=st.integers(20_000, 400_000),
    first=st.integers(-30, 30).filter(bool),
    second=st.integers(-30, 30).filter(bool),
    share=st.sampled_from(["0", "0.6", "1"]),
)
def test_health_is_zero_at_every_end_of_the_safe_range(
    balance: int, first: int, second: int, share: str
) -> None:
    terms = {
        "gain_share": D(share),
        "charges": (HEDGE_CHARGE,),
        "minimum_rate": D("0.005"),
        "minimum_steps": LADDER,
    }
    held = (exposure(PERPETUAL, str(first) + "e-1"), exposure(DATED, str(second) + "e-1"))
    with exact():
        found = figures(pool(str(balance), *held, **terms))
        ends = found.safe_range("BTC-PERP")
        for price in (ends.below, ends.above):
            if price is not None:
                moved = figures(found.pool.at({"BTC-PERP": price}))
                assert abs(moved[M.BUFFER]) < D("1e-25") * balance
        if not ends.empty and ends.below is not None and found[M.BUFFER] > 0:
            halfway = (ends.below + D(100000)) / 2
            assert figures(found.pool.at({"BTC-PERP": halfway}))[M.BUFFER] > 0
