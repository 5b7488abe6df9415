"""Drawn accounts of every venue: parts sum to the change, spans add up, no change has no part."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from random import Random
from typing import Any

import pytest

import marginline as ml
from marginline.ledger.attribution.attribution import MEASURES
from marginline.ledger.attribution.causes import Cause
from marginline.risk.attribution import levels
from tests.equality.drawn import GROUPS, accounts

Doc = dict[str, Any]
SEED = 12
_SAMPLES = Path(__file__).parents[1] / "venues" / "samples"


def samples() -> dict[str, Doc]:
    """The sample account of every venue and mode that has a rulebook."""
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in _SAMPLES.glob("*.json")}
    return {f"{name} {mode}": doc for name, modes in files.items() for mode, doc in modes.items()}


def documents(group: str) -> list[Doc]:
    return [_plain(doc) for doc in accounts(group, 12, SEED)]


def _plain(doc: Doc) -> Doc:
    return deepcopy(doc) | {"schema": "marginline/account/1"}


def later(doc: Doc, hours: int, draw: Random) -> tuple[Doc, list[Doc]]:
    """The same account some hours on: prices moved, a fill, funding, a fee; and its log."""
    after = deepcopy(doc)
    at = datetime.fromisoformat(doc["as_of"]) + timedelta(hours=hours)
    after["as_of"] = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    rows: list[Doc] = []
    for quote in ("mark", "index"):
        for symbol, price in after["market"].get(quote, {}).items():
            factor = D(draw.randint(970, 1030)) / 1000
            after["market"][quote][symbol] = format(D(price) * factor, "f")
    for wallet in after.get("wallets", []):
        if wallet.get("balance") is None or wallet.get("parts"):
            continue
        for kind in ("funding", "fee", "transfer"):
            amount = D(draw.randint(-500, 500)) / 1000
            wallet["balance"] = format(D(wallet["balance"]) + amount, "f")
            rows.append({
                "event": f"{kind} {wallet['asset']} {after['as_of']}", "at": after["as_of"],
                "kind": kind, "asset": wallet["asset"], "amount": format(amount, "f"),
            })  # fmt: skip
    for row in after.get("positions", [])[:1]:
        row["size"] = format(D(row["size"]) * D("0.5"), "f")
    return after, rows


def check_sums(found: ml.Attribution) -> None:
    unknown = {pool.pool for pool in found.unknown}
    for pool in found.pools:
        for measure in MEASURES if pool.pool not in unknown else ():
            parts = [p.amount(measure) for p in found.of(pool.asset, pool=pool.pool)]
            with_all_digits = pool.change(measure)
            assert with_all_digits is not None
            assert _exact(parts) == with_all_digits


def _exact(amounts: list[D]) -> D:
    from marginline.ledger.exactly import total

    return total(amounts)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_the_parts_of_drawn_accounts_sum_to_the_change(group: str) -> None:
    draw, seen = Random(SEED), 0
    for doc in documents(group):
        after, rows = later(doc, 1, draw)
        log = ml.read_ledger(rows)
        found = ml.attribute(ml.from_dict(doc), ml.from_dict(after), log)
        check_sums(found)
        seen += sum(1 for pool in found.pools if pool not in found.unknown)
        for asset in found.assets:
            assert found.unexplained(asset) == 0, (group, asset, found.parts)
    assert seen > 3


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_nothing_moves_where_nothing_changed(group: str) -> None:
    for doc in documents(group)[:6]:
        account = ml.from_dict(doc)
        found = ml.attribute(account, account)
        assert found.parts == ()


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_two_spans_on_end_are_the_whole(group: str) -> None:
    draw = Random(SEED + 1)
    for doc in documents(group)[:6]:
        middle, first = later(doc, 1, draw)
        end, second = later(middle, 1, draw)
        one, two, three = (ml.from_dict(d) for d in (doc, middle, end))
        log = ml.read_ledger(first + second)
        added = ml.attribute(one, two, log) + ml.attribute(two, three, log)
        whole = ml.attribute(one, three, log)
        check_sums(added)
        for asset in whole.assets:
            if any(p.asset == asset for p in (*whole.unknown, *added.unknown)):
                continue
            for measure in MEASURES:
                assert added.change(asset, measure) == whole.change(asset, measure)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_what_is_attributed_are_the_figures_of_the_assessment(group: str) -> None:
    for doc in documents(group)[:4]:
        account = ml.from_dict(doc)
        assessment = ml.assess(account)
        for name, found in levels(account).items():
            pool = assessment.pool(name)
            if found.margin_balance is not None:
                assert found.margin_balance == pool.margin_balance
                if pool.buffer is not None:
                    assert found.buffer == pool.buffer


@pytest.mark.parametrize("name", sorted(samples()))
def test_the_sample_of_every_venue_is_attributed(name: str) -> None:
    doc = samples()[name]
    after, rows = later(doc, 1, Random(SEED))
    found = ml.attribute(ml.from_dict(doc), ml.from_dict(after), ml.read_ledger(rows))
    check_sums(found)
    assert found.pools
    assert Cause.UNEXPLAINED in found.by_cause(found.assets[0])
