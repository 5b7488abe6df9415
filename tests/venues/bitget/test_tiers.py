"""Flat or progressive, alone or with the other leg: both sides of each change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from tests.venues.bitget.accounts import NEW, OLD, advanced, basic, document, hedged, leg, position
from tests.venues.documents import Doc, assessed, number, pool_of, position_of

D = Decimal
FLAT = D(100000) * D("0.0056")  # 4 BTC at 25,000: all of it in tier 2
PROGRESSIVE = FLAT - D(50)  # less 50,000 * 0.1 %


def four(as_of: str, opened_at: str | None, **fields: Any) -> Doc:
    row = position("4", **fields)
    del row["opened_at"]
    return document(as_of=as_of, positions=[row | ({"opened_at": opened_at} if opened_at else {})])


@pytest.mark.parametrize(
    ("as_of", "opened_at", "expected"),
    [
        pytest.param("2025-11-09T00:00:00Z", "2025-11-01T00:00:00Z", FLAT, id="before the change"),
        pytest.param(
            "2025-11-10T07:59:59Z", None, FLAT, id="a second before, opening time unknown"
        ),
        pytest.param("2025-11-10T08:00:00Z", OLD, FLAT, id="opened a second before"),
        pytest.param("2025-11-10T08:00:00Z", NEW, PROGRESSIVE, id="opened at the hour"),
        pytest.param("2026-09-01T00:00:00Z", OLD, FLAT, id="old positions keep the flat rate"),
        pytest.param("2026-09-01T00:00:00Z", NEW, PROGRESSIVE, id="new ones are progressive"),
    ],
)
def test_by_opening_time(as_of: str, opened_at: str | None, expected: Decimal) -> None:
    assert number(position_of(four(as_of, opened_at)), M.MAINTENANCE_MARGIN) == expected


@pytest.mark.parametrize("kind", ["whole", "marginal"])
def test_the_kind_in_the_file_does_not_override_the_opening_time(kind: str) -> None:
    whole = four("2026-09-01T00:00:00Z", NEW)
    rows = whole["parameters"]["tiers"]["BTCUSDT"]
    whole["parameters"]["tiers"]["BTCUSDT"] = {"kind": kind, "rows": rows}
    assert number(position_of(whole), M.MAINTENANCE_MARGIN) == PROGRESSIVE
    said = [f for f in assessed(whole).findings if f.where.endswith(".kind")]
    assert bool(said) == (kind == "whole")


def test_unknown_opening_time_above_the_first_tier_is_unknown() -> None:
    whole = four("2026-09-01T00:00:00Z", None)
    assert pool_of(whole).status is Status.UNKNOWN
    assert "give opened_at" in " ".join(f.message for f in assessed(whole).all_findings())


def test_unknown_opening_time_within_the_first_tier_is_either() -> None:
    row = position("1")
    del row["opened_at"]
    whole = document(positions=[row])
    assert pool_of(whole).status is Status.HEALTHY
    assert number(position_of(whole), M.MAINTENANCE_MARGIN) == D("115")
    assert any(
        f.where == "BTCUSDT/both" and "opened_at" in f.message for f in assessed(whole).findings
    )


def test_unknown_opening_time_does_not_matter_with_one_tier() -> None:
    whole = four("2026-09-01T00:00:00Z", None)
    whole["parameters"]["tiers"]["BTCUSDT"] = [{"floor": "0", "rate": "0.005"}]
    assert pool_of(whole).status is Status.HEALTHY


@pytest.mark.parametrize("make", [basic, advanced])
@pytest.mark.parametrize("opened_at", [OLD, NEW, None])
def test_the_unified_account_is_progressive_at_all_dates(make: Any, opened_at: str | None) -> None:
    row = four("2024-06-01T00:00:00Z", opened_at)["positions"]
    whole = make(as_of="2024-06-01T00:00:00Z", positions=row)
    assert number(position_of(whole), M.MAINTENANCE_MARGIN) == PROGRESSIVE


@pytest.mark.parametrize(
    ("as_of", "tier", "maintenance"),
    [
        pytest.param(OLD, D(2), D("1.5") * 25000 * D("0.0056"), id="before: of both legs together"),
        pytest.param(NEW, D(1), D("1.5") * 25000 * D("0.0046"), id="later: of the leg alone"),
    ],
)
def test_the_tier_of_a_hedge(as_of: str, tier: Decimal, maintenance: Decimal) -> None:
    whole = hedged(leg("long", "1.5", opened_at=OLD), leg("short", "1", opened_at=OLD), as_of=as_of)
    long = position_of(whole, "BTCUSDT/long")
    assert (number(long, M.TIER), number(long, M.MAINTENANCE_MARGIN)) == (tier, maintenance)


def test_isolated_legs_do_not_raise_each_others_tier() -> None:
    own = {"margin_mode": "isolated", "isolated_margin": "2000"}
    whole = hedged(leg("long", "1.5", **own), leg("short", "1", **own), as_of=OLD)
    assert number(position_of(whole, "BTCUSDT/long"), M.TIER) == 1


@pytest.mark.parametrize("as_of", ["2022-12-31T23:59:59Z"])
def test_before_the_first_rulebook_there_is_none(as_of: str) -> None:
    from marginline.errors import RulebookError

    with pytest.raises(RulebookError, match="2023-01-01"):
        assessed(document(as_of=as_of))
