"""OKX, Bybit cross and Bitget union against the naive model of the same rules, on drawn accounts.

Every number to 1e-28 of the numbers that meet in it: 34 digits are what there is. Statuses are
equal, and a liquidation price parts what stands from what does not.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from fractions import Fraction as F

import pytest

import marginline as ml
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.measures import Measure as M
from tests.agreement import independent_joint as naive
from tests.agreement.independent_joint import Doc, Held, Marks, Pool

D = Decimal
DRAWS = 400 if os.environ.get("FUZZ_INPUTS") else 20  # many in `make fuzz`
HAIR = F(1, 10**15)
CLOSE = F(1, 10**28)
ROUGH = Context(prec=9)

Whole = Callable[[Doc, str, Marks], Pool]
Own = Callable[[Doc, Doc, Marks], Held]
MODES: list[tuple[str, str, str, Whole]] = [
    ("okx", "futures", "2026-06-01", naive.okx_futures),
    ("okx", "multi_currency", "2026-06-01", naive.okx_multi),
    ("bybit_unified", "cross", "2026-06-01", naive.bybit_cross),
    ("bitget_futures", "union", "2026-07-01", naive.bitget_union),
]
OWN: dict[str, Own] = {
    "okx": naive.okx_held,
    "bybit_unified": naive.bybit_held,
    "bitget_futures": naive.bitget_held,
}
each_mode = pytest.mark.parametrize(
    ("venue", "mode", "day", "whole"), MODES, ids=[f"{m[0]} {m[1]}" for m in MODES]
)


def text(value: Decimal) -> str:
    return format(value, "f")


def times(value: Decimal, *factors: Decimal) -> Decimal:
    for factor in factors:
        value = ROUGH.multiply(value, factor)
    return value


def table(chance: random.Random, scale: Decimal, **columns: list[str]) -> Doc:
    """Rows around a scale, one of whose floors may be the scale itself."""
    floors = [D(0), *(times(scale, D(x)) for x in ("0.3", chance.choice(("1", "0.9")), "4"))]
    count = chance.randint(1, len(floors))
    return {
        "rows": [
            {"floor": text(floor)} | {name: given[n] for name, given in columns.items()}
            | ({"cap": text(floors[n + 1])} if n + 1 < count else {})
            for n, floor in enumerate(floors[:count])
        ]
    }  # fmt: skip


def drawn(chance: random.Random, venue: str, mode: str, day: str) -> Doc:
    """An account with positions in three currencies, hedges, orders (Bybit), coins, debts."""
    hedge = chance.random() < 0.4
    doc: Doc = {
        "schema": "marginline/account/1", "venue": venue, "mode": mode,
        "as_of": f"{day}T00:00:00Z", "position_mode": "hedge" if hedge else "one_way",
        "wallets": [], "positions": [], "orders": [], "instruments": {}, "settings": {},
        "market": {"mark": {}, "index": {}, "asset_rate": {}},
        "parameters": {"tiers": {}, "collateral": {}, "borrow": {}, "venue": {},
                       "fees": {"taker": "0.00055", "maker": "0.0002"}},
    }  # fmt: skip
    if venue == "bybit_unified":
        doc["parameters"]["venue"]["haircut_loss"] = "0"
    linear = [(f"{base}{quote}", base, quote) for base in ("BTC", "SOL") for quote in
              ("USDT", "USDC")]  # fmt: skip
    found = chance.sample([*linear, ("BTCUSD", "BTC", "USD")], chance.randint(1, 4))
    gross: dict[str, Decimal] = {"USDT": D(1000)}
    for symbol, base, quote in found:
        turned = quote == "USD"
        settle = base if turned else quote
        instrument = {"payoff": "inverse" if turned else "linear", "base": base, "quote": quote,
                      "settle": settle, "contract_size": "100" if turned else "0.01"}  # fmt: skip
        doc["instruments"][symbol] = instrument
        mark = times(D(chance.randint(1000, 99999)), D("0.1") if base == "SOL" else D(1))
        doc["market"]["mark"][symbol] = doc["market"]["index"][symbol] = text(mark)
        size = D(chance.randint(1, 9999))
        sides = chance.choice((("long", "short"), ("long",), ("short",))) if hedge else ("both",)
        leverage = chance.choice(("1", "3", "7", "20"))
        worth = times(size, D(1) if turned else D("0.01") * mark)
        worth = ROUGH.divide(worth * 100, mark) if turned else worth
        for number, side in enumerate(sides):
            own = size if not number else times(size, D(chance.choice(("0.5", "1", "2"))))
            own = own.to_integral_value() or D(1)
            if side == "short" or (side == "both" and chance.random() < 0.5):
                own = -own
            entry = times(mark, D(chance.randint(70, 140)) / 100)
            doc["positions"].append({
                "instrument": symbol, "side": side, "size": text(own), "entry_price": text(entry),
                "leverage": leverage, "opened_at": "2026-01-01T00:00:00Z", "fees": "0",
            })  # fmt: skip
        gross[settle] = gross.get(settle, D(0)) + worth
        rates = sorted(chance.sample(range(20, 900), 4))
        tiers = table(chance, size if venue == "okx" else worth,
                      rate=[text(D(each) / 10_000) for each in rates])  # fmt: skip
        doc["parameters"]["tiers"][symbol] = tiers
        if venue == "bybit_unified" and not hedge and chance.random() < 0.6:
            for _ in range(chance.randint(1, 3)):
                doc["orders"].append({
                    "instrument": symbol, "side": chance.choice(("buy", "sell")), "kind": "limit",
                    "size": text((size * chance.randint(1, 30) / 10).to_integral_value() + 1),
                    "price": text(times(mark, D(chance.randint(90, 110)) / 100)),
                })  # fmt: skip
    for asset in dict.fromkeys((*gross, "ETH")):
        wallet(chance, doc, asset, gross)
    return doc


def wallet(chance: random.Random, doc: Doc, asset: str, gross: dict[str, Decimal]) -> None:
    """A balance from a debt to far above, with its price, ratios and loan rates."""
    price = D("0.9997") if asset.startswith("USD") else D(chance.randint(900, 60000))
    if (doc["venue"], asset) == ("bitget_futures", "USDT"):
        price = D(1)  # what the others are valued in
    scale = gross.get(asset, ROUGH.divide(max(gross.values()), price))
    share = chance.choice((chance.randint(-30, 10), chance.randint(1, 12), chance.randint(5, 90)))
    doc["wallets"].append({"asset": asset, "balance": text(times(scale, D(share) / 100))})
    doc["market"]["asset_rate"][asset] = {"index": text(price)}
    by_value = doc["venue"] == "bitget_futures"
    keyed = {"keyed_by": "value" if by_value else "quantity", "kind": "marginal"}
    unit = times(scale, price) if by_value else scale
    ratios = table(chance, unit, ratio=["0.98", "0.95", "0.8", "0.5"])
    doc["parameters"]["collateral"][asset] = keyed | ratios
    doc["parameters"]["borrow"][asset] = {"keyed_by": "quantity"} | table(
        chance, times(scale, D("0.2")), initial_rate=["0.1", "0.15", "0.2", "0.3"],
        maintenance_rate=["0.02", "0.04", "0.05", "0.09"],
    )  # fmt: skip
    if doc["venue"] == "bybit_unified" and chance.random() < 0.3:
        doc["settings"][asset] = {"spot_leverage": chance.choice(("3", "10"))}


def accounts(venue: str, mode: str, day: str) -> Iterator[Doc]:
    for number in range(DRAWS):
        yield drawn(random.Random(f"{venue} {mode} {number}"), venue, mode, day)


def size_of(doc: Doc) -> F:
    """How large the numbers are that meet in an account."""
    worth = [abs(F(w["balance"])) * naive.index(doc, w["asset"]) for w in doc["wallets"]]
    for row in doc["positions"]:
        rate = naive.index(doc, naive.terms(doc, row["instrument"])["settle"])
        prices = (F(row["entry_price"]), naive.marks_of(doc)[row["instrument"]])
        worth += [naive.value(doc, row["instrument"], F(row["size"]), p) * rate for p in prices]
    return sum(worth, F(1))


def check(found: Decimal | None, expected: F | None, size: F, what: str) -> None:
    if expected is None:
        return
    assert found is not None, f"{what}: null for {float(expected)}"
    assert abs(F(found) - expected) <= CLOSE * size, f"{what}: {found} for {float(expected)}"


@each_mode
def test_every_figure_agrees_with_the_naive_model(
    venue: str, mode: str, day: str, whole: Whole
) -> None:
    for number, doc in enumerate(accounts(venue, mode, day)):
        marks, size = naive.marks_of(doc), size_of(doc)
        for pool in ml.assess(ml.load(doc), watch_distance=D(0)).pools:
            model, where = whole(doc, pool.id, marks), f"draw {number}, {pool.id}"
            check(pool.measures[M.MARGIN_BALANCE], model_balance(model, doc), size, where)
            for name in ("support", "unrealized_pnl", "position_initial_margin",
                         "order_initial_margin", "borrow_initial_margin", "maintenance_margin",
                         "closing_fee"):  # fmt: skip
                ours = pool.figures.told(M(name))
                check(ours, getattr(model, name), size, f"{where} {name}")
            check(pool.measures[M.BUFFER], model.health, size, f"{where} buffer")
            assert pool.status is not None
            assert pool.status.value == model.status, f"{where}: {pool.status} {model.status}"
            check_positions(pool, doc, OWN[venue], size, where)


def model_balance(model: Pool, doc: Doc) -> F | None:
    """The support is the margin balance where no order loses at the mark."""
    return None if doc["orders"] else model.support


def check_positions(pool: PoolAssessment, doc: Doc, own: Own, size: F, where: str) -> None:
    rows = {f"{row['instrument']}/{row['side']}": row for row in doc["positions"]}
    for position in pool.positions:
        held = own(doc, rows[position.key], naive.marks_of(doc))
        for name in ("notional", "unrealized_pnl", "initial_margin", "maintenance_margin"):
            ours = position.measures[M(name)]
            check(ours, getattr(held, name), size, f"{where} {position.key} {name}")


@each_mode
def test_a_liquidation_price_parts_what_stands_from_what_does_not(
    venue: str, mode: str, day: str, whole: Whole
) -> None:
    seen = 0
    for number, doc in enumerate(accounts(venue, mode, day)):
        marks = naive.marks_of(doc)
        for pool in ml.assess(ml.load(doc)).pools:
            for position in pool.positions:
                symbol = position.instrument

                def stands(
                    price: F, pool: str = pool.id, symbol: str = symbol, doc: Doc = doc
                ) -> bool:
                    return whole(doc, pool, {**naive.marks_of(doc), symbol: price}).health > 0

                below, above = (position.measures[m] for m in
                                (M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE))  # fmt: skip
                where = f"draw {number}, {position.key}"
                for price, inside in ((below, 1), (above, -1)):
                    if price is not None:
                        seen += 1
                        assert stands(F(price) * (1 + inside * HAIR)), where
                        assert not stands(F(price) * (1 - inside * HAIR)), where
                if stands(marks[symbol]):
                    assert below is not None or stands(marks[symbol] / 10**9), where
                    assert above is not None or stands(marks[symbol] * 10**9), where
    assert seen > DRAWS
