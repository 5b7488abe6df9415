"""What holds for every account: scale, symmetry, deposits, order of rows, continuity of tiers."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Mapping
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from marginline.core.account.account import Instrument
from marginline.core.account.file import load
from marginline.core.account.tables import TierRow, TierTable
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Gap, Status
from marginline.core.measures import Measure as M
from marginline.core.measures import Unit
from marginline.core.numbers import exact
from marginline.core.pool.exposure import Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.schedules import TierSchedule
from marginline.core.pool.terms import maintenance_amount, tier_row
from marginline.venues.resolve.resolver import Resolver
from tests.agreement.draw_binance import Doc, accounts
from tests.venues.documents import account as account_of
from tests.venues.documents import assessed, flat, linear, market, position, usdm, wallet

SINGLE = ("binance_usdm", "single_asset")
VENUES = [
    pytest.param(*SINGLE, id="USDS-M single-asset"),
    pytest.param("binance_usdm", "multi_assets", id="USDS-M multi-assets"),
    pytest.param("binance_coinm", None, id="COIN-M"),
    pytest.param("binance_pm", None, id="portfolio margin"),
]
briefly = settings(max_examples=max(3, settings().max_examples // 5))
# The score has a floor of one unit of the asset in it, so it is the one number that does not scale.
NOT_SCALED = {M.ADL_SCORE}


def near(a: D | None, b: D | None, slack: D = D("1e-24")) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= slack * max(abs(a), abs(b), D("1e-12"))


def scaled(doc: Doc, factor: D) -> Doc:
    """The same account, every amount `factor` times as large; prices and rates as they are."""
    found = copy.deepcopy(doc)
    amounts = {
        "wallets": ("balance", "credit", "borrowed", "interest", "locked", "options_value"),
        "positions": ("size", "isolated_margin", "fees"),
        "orders": ("size",),
    }
    for part, names in amounts.items():
        for row in found[part]:
            for name in names:
                if name in row:
                    row[name] = format(D(row[name]) * factor, "f")
    tables = [*found["parameters"]["tiers"].values(), *found["parameters"]["collateral"].values()]
    for table in [*tables, *found["parameters"]["borrow"].values()]:
        for row in table.get("rows", ()):
            for name in ("floor", "cap"):
                if name in row:
                    row[name] = format(D(row[name]) * factor, "f")
    if "open_loss" in found["parameters"]["venue"]:
        loss = D(found["parameters"]["venue"]["open_loss"])
        found["parameters"]["venue"]["open_loss"] = format(loss * factor, "f")
    return found


def measures_of(assessment: Assessment) -> Mapping[tuple[str, M], D | None]:
    """Every measure by the place and its name."""
    found = {(p.id, m): v for p in assessment.pools for m, v in p.measures.items()}
    for pool in assessment.pools:
        for place in pool.positions:
            found |= {(place.key, m): v for m, v in place.measures.items()}
    return found


@pytest.mark.parametrize(("venue", "mode"), VENUES)
@given(data=st.data(), power=st.integers(-3, 6))
@briefly
def test_an_account_a_thousand_times_as_large_has_a_thousand_times_the_amounts(
    venue: str, mode: str | None, data: st.DataObject, power: int
) -> None:
    doc, factor = data.draw(accounts(venue, mode)), D(10) ** power
    small, large = assessed(doc), assessed(scaled(doc, factor))
    assert small.status == large.status
    after = measures_of(large)
    for (place, measure), value in measures_of(small).items():
        if measure in NOT_SCALED or value is None:
            continue
        grows = factor if measure.meaning.unit is Unit.ASSET else D(1)
        assert near(after[place, measure], value * grows), f"{place} {measure.value}"


@pytest.mark.parametrize(("venue", "mode"), VENUES)
@given(data=st.data())
@briefly
def test_order_of_rows_is_irrelevant(venue: str, mode: str | None, data: st.DataObject) -> None:
    doc = data.draw(accounts(venue, mode))
    turned = copy.deepcopy(doc)
    for part in ("wallets", "positions", "orders"):
        turned[part] = turned[part][::-1]
    one, other = assessed(doc), assessed(turned)
    assert one.status == other.status
    found = measures_of(other)
    gross = max((v for (_, m), v in found.items() if m is M.GROSS_NOTIONAL and v), default=D(1))
    for (place, measure), value in measures_of(one).items():
        assert near_of(found[place, measure], value, gross), f"{place} {measure.value}"


def near_of(a: D | None, b: D | None, gross: D) -> bool:
    return near(a, b) or (a is not None and b is not None and abs(a - b) <= gross * D("1e-28"))


@given(data=st.data(), share=st.integers(1, 500))
@briefly
@pytest.mark.parametrize(("venue", "mode"), VENUES)
def test_a_deposit_never_lowers_health(
    venue: str, mode: str | None, data: st.DataObject, share: int
) -> None:
    doc = data.draw(accounts(venue, mode))
    richer = copy.deepcopy(doc)
    first = richer["wallets"][0]
    first["balance"] = format(D(first["balance"]) + D(share), "f")
    before, after = assessed(doc), assessed(richer)
    assert Status(after.status).rank <= Status(before.status).rank
    for old, new in zip(before.pools, after.pools, strict=True):
        for measure in (M.BUFFER, M.MARGIN_BALANCE, M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE):
            was, now = old.measures[measure], new.measures[measure]
            assert was is None or (now is not None and now >= was), f"{old.id} {measure.value}"
        if old.margin_ratio is not None:
            assert new.margin_ratio is not None
            assert new.margin_ratio <= old.margin_ratio


@pytest.mark.parametrize(("venue", "mode"), VENUES)
@given(data=st.data())
@briefly
def test_buffer_is_zero_at_the_liquidation_price(
    venue: str, mode: str | None, data: st.DataObject
) -> None:
    """To 1e-25 of the pool's notional; with marginal tiers, because whole ones jump."""
    doc = data.draw(accounts(venue, mode))
    for table in doc["parameters"]["tiers"].values():
        table["kind"] = "marginal"
    for pool in assessed(doc).pools:
        for place in pool.positions:
            price = place.liquidation_price
            if price is None:
                continue
            moved = copy.deepcopy(doc)
            moved["market"]["mark"][place.instrument] = format(price, "f")
            try:
                there = assessed(moved).pool(pool.id)
            except ml_errors():
                assume(False)
            assert there.buffer is not None
            size = max(there.gross_notional or D(0), abs(there.wallet_balance or D(0)))
            size = max(size, pool.gross_notional or D(0), abs(there.unrealized_pnl or D(0)))
            assert abs(there.buffer) <= size * D("1e-25"), place.key


def ml_errors() -> type[Exception]:
    from marginline.errors import InputError

    return InputError  # a root of 34 digits can have more than the file's 40 with its zeros


@given(data=st.data())
@briefly
def test_long_and_short_are_mirror_images(data: st.DataObject) -> None:
    """The other side, entered as far from the mark on the other side of it, is worth the same."""
    doc = data.draw(accounts(*SINGLE))
    mirrored = copy.deepcopy(doc)
    mirrored["orders"] = doc["orders"] = []
    swap = {"long": "short", "short": "long", "both": "both"}
    for row in mirrored["positions"]:
        mark, entry = D(doc["market"]["mark"][row["instrument"]]), D(row["entry_price"])
        assume(2 * mark > entry)
        row["size"] = format(-D(row["size"]), "f")
        row["entry_price"] = format(2 * mark - entry, "f")
        if "side" in row:
            row["side"] = swap[row["side"]]
    one, other = assessed(doc), assessed(mirrored)
    assert one.status == other.status
    sided = {M.NET_NOTIONAL, M.BREAK_EVEN_PRICE, M.BANKRUPTCY_PRICE, M.FUNDING_NEXT}
    sided |= {M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_ABOVE, M.LIQUIDATION_PRICE_BELOW}
    for mine, theirs in zip(one.pools, other.pools, strict=True):
        pairs = [(mine.measures, theirs.measures)]
        by_size = zip(mine.positions, theirs.positions, strict=True)
        pairs += [(a.measures, b.measures) for a, b in by_size]
        for before, after in pairs:
            for measure, value in before.items():
                assert measure in sided or near(value, after[measure]), measure.value
        assert near(mine.net_notional, -(theirs.net_notional or D(0)))


def test_a_higher_price_is_as_far_for_a_short_as_a_lower_one_for_a_long_at_no_rate() -> None:
    """Without a maintenance rate worth naming both stand 1,000 from the entry."""

    def price(size: str) -> D | None:
        document = usdm(
            wallets=[wallet("USDT", "1000")],
            positions=[position("BTCUSDT", size, "50000")],
            instruments={"BTCUSDT": linear()},
            market=market(BTCUSDT="50000"),
            parameters={"tiers": {"BTCUSDT": flat("0.000000000001")}},
        )
        return assessed(document).pool("USDT").positions[0].liquidation_price

    long, short = price("1"), price("-1")
    assert long is not None
    assert short is not None
    assert abs((50_000 - long) - (short - 50_000)) < D("1e-6")


# -- the real tables -----------------------------------------------------------------------------


def exposure(schedule: MaintenanceTerm, notional: D) -> Exposure:
    """A position of this notional at a mark of 1."""
    instrument = Instrument(symbol="X", payoff="linear", base="X", quote="USDT", settle="USDT")
    return Exposure(
        "X/both", instrument, "both", notional, D(1), D(1), "USDT", schedule, InitialTerm(D(1))
    )


@pytest.mark.parametrize("file", ["2024-10", "2026-09"])
def test_maintenance_is_continuous_at_every_edge_of_the_real_tables(
    shared_data: Path, file: str
) -> None:
    """A cent more or less of notional at an edge changes maintenance by a cent's share at most."""
    with gzip.open(shared_data / f"binance_leverage_tiers_{file}.json.gz") as stream:
        tables = json.load(stream, parse_float=D, parse_int=D)
    account = account_of("binance_usdm", mode="single_asset")
    resolver = Resolver(load(account), "binance")
    edges = 0
    with exact():
        for symbol, rows in tables.items():
            term = MaintenanceTerm(schedule_of(resolver, symbol, rows))
            for n, row in enumerate(rows[1:], start=1):
                edge, cent = D(row["info"]["notionalFloor"]), D("0.01")
                below, at, above = (
                    maintenance_amount(exposure(term, edge + step)) for step in (-cent, 0, cent)
                )
                last, this = (D(rows[i]["info"]["maintMarginRatio"]) for i in (n - 1, n))
                assert at - below == cent * last, symbol
                assert above - at == cent * this, symbol
                assert tier_row(exposure(term, edge)) == n - 1, symbol
                edges += 1
        assert edges == sum(len(rows) - 1 for rows in tables.values())
    assert not resolver.findings  # no printed deduction differs from what the floors give


def schedule_of(resolver: Resolver, symbol: str, rows: list[Doc]) -> TierSchedule:
    def number(value: object) -> D:
        return D(str(value))

    table = TierTable(
        rows=tuple(
            TierRow(
                floor=number(r["info"]["notionalFloor"]),
                cap=number(r["info"]["notionalCap"]),
                rate=number(r["info"]["maintMarginRatio"]),
                deduction=number(r["info"]["cum"]),
            )
            for r in rows
        )
    )
    schedule = resolver.schedule(symbol, table)
    assert not isinstance(schedule, Gap)
    return schedule
