"""What holds of every account of every venue, drawn around its samples."""

from __future__ import annotations

import copy
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest

from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import to_text
from marginline.errors import InputError
from tests.fuzz.mutating import check_sound
from tests.venues.documents import Doc, assessed
from tests.venues.draws import PARTS, SAMPLES, drawn

D = Decimal
DRAWS = 40 if os.environ.get("FUZZ_INPUTS") else 4  # many in `make fuzz`
every_venue = pytest.mark.parametrize("name", sorted(SAMPLES))


def accounts(name: str) -> Iterator[Doc]:
    """The same draws in every test and on every machine."""
    chance = random.Random(f"draws of {name}")
    for _ in range(DRAWS):
        yield drawn(chance, name)[0]


def measures_of(assessment: Assessment) -> Mapping[tuple[str, M], Decimal | None]:
    """Every measure by the place and its name."""
    found = {(pool.id, m): v for pool in assessment.pools for m, v in pool.measures.items()}
    for pool in assessment.pools:
        for position in pool.positions:
            found |= {(position.key, m): v for m, v in position.measures.items()}
    return found


def near(one: Decimal | None, other: Decimal | None, scale: Decimal) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= D("1e-22") * max(abs(one), abs(other), scale)


def scale_of(found: Assessment) -> Decimal:
    amounts = (M.GROSS_NOTIONAL, M.WALLET_BALANCE, M.EQUITY)
    values = [abs(pool.measures.get(m) or D(0)) for pool in found.pools for m in amounts]
    return max(values, default=D(1))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_drawn_and_taken_by_some_venue(part: str) -> None:
    counted: Counter[str] = Counter()
    for name in SAMPLES:
        chance = random.Random(f"draws of {name}")
        counted.update(each for _ in range(DRAWS) for each in drawn(chance, name)[1])
    assert counted[part] >= len(SAMPLES)


@every_venue
def test_every_null_is_told_and_nothing_is_nan_or_below_what_it_can_be(name: str) -> None:
    for document in accounts(name):
        check_sound(assessed(document))


@every_venue
def test_the_order_of_rows_changes_nothing(name: str) -> None:
    for document in accounts(name):
        turned = copy.deepcopy(document)
        for part in ("positions", "orders", "wallets"):
            turned[part] = turned.get(part, [])[::-1]
        one, other = assessed(document), assessed(turned)
        assert one.status is other.status
        found, scale = measures_of(other), scale_of(one)
        for place, value in measures_of(one).items():
            assert near(value, found[place], scale), f"{place}: {value} and {found[place]}"


@every_venue
def test_more_money_never_makes_a_status_worse_or_a_buffer_smaller(name: str) -> None:
    for document in accounts(name):
        before = assessed(document)
        for number, wallet in enumerate(document["wallets"]):
            richer = copy.deepcopy(document)
            richer["wallets"][number]["balance"] = to_text(D(str(wallet["balance"])) + 10)
            after = assessed(richer)
            assert after.status.rank <= before.status.rank, wallet["asset"]
            for old, new in zip(before.pools, after.pools, strict=True):
                less, more = old.measures.get(M.BUFFER), new.measures.get(M.BUFFER)
                if less is not None and more is not None:
                    assert more >= less - D("1e-22") * scale_of(before), old.id


@every_venue
def test_health_is_zero_at_a_liquidation_price_or_jumps_over_it(name: str) -> None:
    for document in accounts(name):
        for pool in assessed(document).pools:
            for position in pool.positions:
                for measure in (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE):
                    price = position.measures[measure]
                    if price is None:
                        continue
                    symbol = position.instrument
                    tick = document.get("instruments", {}).get(symbol, {}).get("tick_size", "0")
                    step = max(price * D("1e-9"), D(str(tick)))  # some print whole ticks
                    standing = _with_order_loss(document, pool)
                    around = [
                        _buffer(standing, pool.id, symbol, price + move) for move in (-step, step)
                    ]
                    known = [each for each in around if each is not None]
                    assert len(known) < 2 or min(known) <= 0 <= max(known), position.key


def _with_order_loss(document: Doc, pool: PoolAssessment) -> Doc:
    """What orders lose at today's mark, given: along a price they stand, with what they lose."""
    for part in pool.figures.pool.adjustments:
        if part.note == "parameters.venue.order_loss" and isinstance(part.amount, Decimal):
            standing = copy.deepcopy(document)
            own = standing["parameters"].setdefault("venue", {})
            own["order_loss"] = to_text(part.amount)
            return standing
    return document


def _buffer(document: Doc, pool: str, symbol: str, price: Decimal) -> Decimal | None:
    moved = copy.deepcopy(document)
    moved["market"]["mark"][symbol] = to_text(price)
    try:
        return assessed(moved).pool(pool).measures.get(M.BUFFER)
    except InputError:
        return None  # a price beyond what a file may hold


@every_venue
def test_no_part_left_out_makes_a_drawn_account_safer(name: str) -> None:
    for document in accounts(name):
        whole = assessed(document)
        for path in (("market", "mark"), ("wallets",), ("positions",)):
            less = copy.deepcopy(document)
            parent = less if len(path) == 1 else less[path[0]]
            del parent[path[-1]]
            try:
                found = assessed(less)
            except InputError:
                continue
            worse = found.status.rank >= max(whole.status.rank, Status.UNKNOWN.rank)
            assert worse or found.status is Status.UNKNOWN, path
