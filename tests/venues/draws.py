"""Accounts drawn around the samples of every venue: what the venue suite draws, for all alike.

Hedge pairs, orders on both sides, added margin, sizes exactly on a tier's edge, marks exactly on
the line, debts, and coins as collateral. A draw that a venue does not allow is refused by its
rulebook; `drawn` then draws again.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from decimal import Context, Decimal
from pathlib import Path

import marginline as ml
from marginline.core.numbers import to_text
from marginline.errors import InputError
from tests.venues.documents import Doc, assessed

D = Decimal
SAMPLES = {
    f"{path.stem} {mode}".strip(): document
    for path in sorted((Path(__file__).parent / "samples").glob("*.json"))
    for mode, document in json.loads(path.read_text(encoding="utf-8")).items()
}
ONE_WAY = ("bitmex", "cme", "textbook")
_ROUGH = Context(prec=7)
Part = Callable[[random.Random, Doc], None]


def _number(row: Doc, name: str) -> Decimal:
    return D(str(row[name]))


def _times(value: object, factor: Decimal) -> str:
    return to_text(_ROUGH.multiply(D(str(value)), factor))


def _held(document: Doc) -> list[Doc]:
    return [row for row in document["positions"] if _number(row, "size")]


def sizes(chance: random.Random, document: Doc) -> None:
    """Sizes from a tenth to ten times, some turned; contracts stay whole."""
    for row in _held(document):
        factor = D(chance.choice(("0.1", "0.5", "1", "2", "3", "10")))
        size = D(_times(row["size"], factor))
        if row.get("side", "both") == "both" and chance.random() < 0.5:
            size = -size
        whole = _number(row, "size") == _number(row, "size").to_integral_value()
        row["size"] = to_text(size.to_integral_value() or size if whole else size)


def marks(chance: random.Random, document: Doc) -> None:
    """Prices up to a fifth away from where they were."""
    mark = document["market"]["mark"]
    for symbol in mark:
        mark[symbol] = _times(mark[symbol], D(chance.randrange(80, 121)) / 100)


def hedge_pair(chance: random.Random, document: Doc) -> None:
    """Both legs of one symbol, the other of a size of its own."""
    if document["venue"] in ONE_WAY:
        return
    document["position_mode"] = "hedge"
    for row in document["positions"]:
        row["side"] = "long" if _number(row, "size") >= 0 else "short"
    row = chance.choice(_held(document))
    legs = {(each["instrument"], each["side"]) for each in document["positions"]}
    other = "short" if row["side"] == "long" else "long"
    if (row["instrument"], other) in legs:
        return
    size = _times(row["size"], -D(chance.choice(("0.3", "1", "2"))))
    twin = row | {"side": other, "size": size}
    if "id" in row:
        twin["id"] = f"{row['id']}-twin"
    document["positions"].append(twin)
    for order in document.get("orders", ()):
        order["position_side"] = "long"


def orders(chance: random.Random, document: Doc) -> None:
    """Resting orders on both sides, near and far, some that only reduce."""
    rows = document.setdefault("orders", [])
    for row in _held(document)[:2]:
        mark = document["market"]["mark"][row["instrument"]]
        for side, near in (("buy", "0.97"), ("sell", "1.02")):
            size = abs(D(_times(row["size"], D(chance.choice(("1", "2"))))))
            order: Doc = {
                "instrument": row["instrument"],
                "side": side,
                "size": to_text(size),
                "price": _times(mark, D(near)),
            }
            if document.get("position_mode") == "hedge":
                order["position_side"] = row.get("side", "long")
            if chance.random() < 0.2:
                order["reduce_only"] = True
            rows.append(order)


def added_margin(chance: random.Random, document: Doc) -> None:
    """An isolated position with margin added by hand."""
    row = chance.choice(_held(document))
    value = _value(document, row)
    posted = _ROUGH.multiply(value, D(chance.choice(("0.05", "0.2", "1"))))
    row |= {"margin_mode": "isolated", "isolated_margin": to_text(posted)}
    row.setdefault("leverage", "10")
    row["extra_margin"] = _times(posted, D("0.5"))


def _value(document: Doc, row: Doc) -> Decimal:
    terms = ml.load(document).instruments.get(row["instrument"])
    mark = D(str(document["market"]["mark"][row["instrument"]]))
    faces = abs(_number(row, "size")) * (D(1) if terms is None else terms.contract_size)
    inverse = terms is not None and terms.payoff == "inverse"
    return faces / mark if inverse else faces * mark


def tier_edge(chance: random.Random, document: Doc) -> None:
    """A size that stands exactly on the floor of a tier, at the mark or the entry."""
    tables = document.get("parameters", {}).get("tiers", {})
    for row in _held(document):
        table = tables.get(row["instrument"])
        given = table if isinstance(table, list) else (table or {}).get("rows", [])
        floors = [D(str(tier["floor"])) for tier in given if D(str(tier["floor"]))]
        if not floors:
            continue
        floor, old = chance.choice(floors), _number(row, "size")
        keyed = {} if isinstance(table, list) else (table or {})
        mark = D(str(document["market"]["mark"][row["instrument"]]))
        size = floor if keyed.get("keyed_by") == "size" else floor / mark
        row["size"] = to_text((+size).copy_sign(old))
        row["entry_price"] = to_text(mark)
        return


def debt(chance: random.Random, document: Doc) -> None:
    """More owed in one asset than is held of it."""
    wallet = chance.choice(document["wallets"])
    wallet["balance"] = _times(wallet["balance"], -D(chance.choice(("0.01", "0.3"))))


def coin(chance: random.Random, document: Doc) -> None:
    """Another coin beside what is held, with a price and a ratio."""
    held = {wallet["asset"] for wallet in document["wallets"]}
    asset = next(name for name in ("SOL", "BNB", "LTC") if name not in held)
    balance = chance.choice(("0.5", "100"))
    document["wallets"].append({"asset": asset, "balance": balance})
    market, parameters = document["market"], document.setdefault("parameters", {})
    market.setdefault("asset_rate", {})[asset] = {"index": "150", "bid": "149", "ask": "151"}
    parameters.setdefault("collateral", {})[asset] = {"ratio": chance.choice(("0.9", "0.5"))}


def on_the_line(chance: random.Random, document: Doc) -> None:
    """A mark exactly on a liquidation price, as far as a file can write it."""
    prices = [
        (position.instrument, price)
        for pool in assessed(document).pools
        for position in pool.positions
        if (price := position.liquidation_price) is not None
    ]
    if prices:
        symbol, price = chance.choice(prices)
        document["market"]["mark"][symbol] = to_text(price)
        document["orders"] = []  # those that the price passed on its way have been filled


PARTS: dict[str, Part] = {
    "sizes": sizes,
    "marks": marks,
    "a hedge pair": hedge_pair,
    "orders on both sides": orders,
    "added margin": added_margin,
    "a tier's edge": tier_edge,
    "a debt": debt,
    "coins as collateral": coin,
    "the line": on_the_line,
}


def drawn(chance: random.Random, name: str) -> tuple[Doc, tuple[str, ...]]:
    """An account around a sample, and what was drawn for it; one that its rulebook takes."""
    for _ in range(20):
        document = copy.deepcopy(SAMPLES[name])
        chosen = [part for part in PARTS if chance.random() < 0.4]
        try:
            for part in chosen:
                PARTS[part](chance, document)
            assessed(document)
        except InputError:
            continue
        return document, tuple(chosen)
    return copy.deepcopy(SAMPLES[name]), ()
