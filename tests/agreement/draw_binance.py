"""Accounts drawn for the comparison with the naive model: every mode, near and far from danger."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

D = Decimal
Doc = dict[str, Any]
_ROUGH = Context(prec=9)  # figures as a venue would print them, not 34 digits of noise

BASES = ("BTC", "ETH", "SOL")


def digits(low: int = 1, high: int = 999_999) -> SearchStrategy[Decimal]:
    return st.integers(low, high).map(D)


@st.composite
def decimals(draw: DrawFn, exponents: tuple[int, int]) -> Decimal:
    """A positive number with up to six digits at a drawn order of magnitude."""
    exponent = draw(st.integers(*exponents))
    return _ROUGH.multiply(draw(digits()), D(10) ** (exponent - 5))


def text(value: Decimal) -> str:
    return format(value, "f")


@st.composite
def ladders(draw: DrawFn, scale: Decimal, *, by_size: bool = True) -> Doc:
    """A tier table around a scale: up to twelve rows, rates that do not fall."""
    count = draw(st.integers(1, 12))
    steps = draw(st.lists(st.integers(1, 400), min_size=count - 1, max_size=count - 1))
    floors = [D(0)]
    for step in steps:
        floors.append(floors[-1] + _ROUGH.multiply(scale, D(step) / 100))
    rates = sorted(draw(st.lists(st.integers(0, 5000), min_size=count, max_size=count)))
    capped = draw(st.booleans())
    rows: list[Doc] = []
    for n, floor in enumerate(floors):
        row = {"floor": text(floor), "rate": text(D(rates[n]) / 10_000)}
        row["initial_rate"] = text(D(rates[n] + 1) / 5_000)
        if n + 1 < count:
            row["cap"] = text(floors[n + 1])
        elif capped:
            row["cap"] = text(floor + scale)
        rows.append(row)
    keyed = draw(st.sampled_from(("notional", "notional", "size"))) if by_size else "notional"
    kind = draw(st.sampled_from(("marginal", "marginal", "marginal", "whole")))
    return {"keyed_by": keyed, "kind": kind, "rows": rows}


@st.composite
def accounts(
    draw: DrawFn,
    venue: str,
    mode: str | None = None,
    *,
    sizes: tuple[int, int] = (-3, 3),
    prices: tuple[int, int] = (-2, 5),
) -> Doc:
    """One account document: positions, orders, wallets, its own tiers and marks."""
    hedge = draw(st.booleans())
    joint = mode == "multi_assets" or venue.startswith("binance_pm")
    doc: Doc = {
        "schema": "marginline/account/1",
        "venue": venue,
        "as_of": "2026-06-01T00:00:00Z",
        "position_mode": "hedge" if hedge else "one_way",
        "positions": [],
        "orders": [],
        "instruments": {},
        "market": {"mark": {}, "funding": {}, "asset_rate": {}},
        "parameters": {"tiers": {}, "collateral": {}, "borrow": {}, "venue": {}},
        "settings": {},
    }
    if mode is not None:
        doc["mode"] = mode
    if venue == "binance_pm_pro" and draw(st.booleans()):
        doc["as_of"] = "2023-06-01T00:00:00Z"
    gross: dict[str, Decimal] = {}
    for symbol, instrument in _instruments(draw, venue):
        doc["instruments"][symbol] = instrument
        _fill(draw, doc, symbol, gross, sizes=sizes, prices=prices, hedge=hedge, joint=joint)
    _wallets(draw, doc, gross, joint=joint)
    return doc


def _instruments(draw: DrawFn, venue: str) -> list[tuple[str, Doc]]:
    linear = [
        (f"{base}{quote}", {"payoff": "linear", "base": base, "quote": quote, "settle": quote})
        for base in BASES
        for quote in ("USDT", "USDC")
    ]
    turned: list[tuple[str, Doc]] = []
    for base in BASES[:2]:
        face = draw(st.sampled_from(("1", "10", "100")))
        terms = {"payoff": "inverse", "base": base, "quote": "USD", "settle": base}
        terms["contract_size"] = face
        turned += [(f"{base}USD_PERP", terms), (f"{base}USD_260925", terms)]
    menu = {"binance_coinm": turned, "binance_usdm": linear, "textbook": linear + turned}
    possible = menu.get(venue, linear + turned)
    count = draw(st.integers(1, 3))
    chosen = draw(st.lists(st.sampled_from(range(len(possible))), min_size=count, max_size=count))
    return [possible[n] for n in dict.fromkeys(chosen)]


def _fill(
    draw: DrawFn,
    doc: Doc,
    symbol: str,
    gross: dict[str, Decimal],
    *,
    sizes: tuple[int, int],
    prices: tuple[int, int],
    hedge: bool,
    joint: bool,
) -> None:
    """Mark, tiers, positions and orders of one symbol."""
    instrument = doc["instruments"][symbol]
    mark = draw(decimals(prices))
    doc["market"]["mark"][symbol] = text(mark)
    funding = draw(st.integers(-50, 50))
    doc["market"]["funding"][symbol] = {"rate": text(D(funding) / 10_000)}
    leverage = draw(st.sampled_from((None, "1", "2.5", "20", "125")))
    isolated = not joint and draw(st.integers(0, 3)) == 0
    scale = D(0)
    for side in (
        draw(st.sampled_from((("long", "short"), ("long",), ("short",)))) if hedge else ("both",)
    ):
        size = draw(decimals(sizes))
        if side == "short" or (side == "both" and draw(st.booleans())):
            size = -size
        entry = _ROUGH.multiply(mark, D(draw(st.integers(50, 200))) / 100)
        row = {"instrument": symbol, "size": text(size), "entry_price": text(entry)}
        if hedge:
            row["side"] = side
        notional = _notional(instrument, size, mark)
        if leverage is not None:
            row["leverage"] = leverage
        if draw(st.booleans()):
            row["fees"] = text(-_ROUGH.multiply(notional, D(draw(st.integers(-5, 20))) / 10_000))
        if isolated:
            share = D(draw(st.integers(1, 150))) / 100
            row["margin_mode"] = "isolated"
            row["isolated_margin"] = text(_ROUGH.multiply(notional, share))
            row["leverage"] = leverage or "10"
        doc["positions"].append(row)
        scale = max(scale, notional)
        settle = instrument["settle"]
        gross[settle] = gross.get(settle, D(0)) + notional
    table = draw(ladders(scale))
    if table["keyed_by"] == "size":
        sizes_held = [abs(D(r["size"])) for r in doc["positions"] if r["instrument"] == symbol]
        table = draw(ladders(max(sizes_held), by_size=False)) | {"keyed_by": "size"}
    doc["parameters"]["tiers"][symbol] = table
    if leverage is not None and not doc["venue"].startswith("binance_pm"):
        _orders(draw, doc, symbol, mark, hedge=hedge)


def _notional(instrument: Doc, size: Decimal, price: Decimal) -> Decimal:
    faces = abs(size) * D(instrument.get("contract_size", "1"))
    if instrument["payoff"] == "inverse":
        return _ROUGH.divide(faces, price)
    return _ROUGH.multiply(faces, price)


def _orders(draw: DrawFn, doc: Doc, symbol: str, mark: Decimal, *, hedge: bool) -> None:
    held = abs(D(doc["positions"][-1]["size"]))
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(("limit", "limit", "market", "stop", "take_profit")))
        order: Doc = {
            "instrument": symbol,
            "side": draw(st.sampled_from(("buy", "sell"))),
            "size": text(_ROUGH.multiply(held, D(draw(st.integers(1, 300))) / 100)),
            "kind": kind,
        }
        if kind != "market":
            order["price"] = text(_ROUGH.multiply(mark, D(draw(st.integers(50, 150))) / 100))
        if hedge:
            order["position_side"] = draw(st.sampled_from(("long", "short")))
        if draw(st.integers(0, 4)) == 0:
            order["reduce_only"] = True
        doc["orders"].append(order)


def _wallets(draw: DrawFn, doc: Doc, gross: dict[str, Decimal], *, joint: bool) -> None:
    """Balances from deep under water to far above, debts, credit, locked money, switches."""
    wallets: list[Doc] = []
    extra = draw(st.sampled_from((None, None, "BNB")))
    for asset in [*gross, *([extra] if extra else [])]:
        scale = gross.get(asset, D(1000))
        balance = _ROUGH.multiply(scale, D(draw(st.integers(-60, 250))) / 100)
        wallet: Doc = {"asset": asset, "balance": text(balance)}
        for name in ("credit", "locked", "borrowed", "interest", "options_value"):
            if draw(st.integers(0, 5)) == 0:
                wallet[name] = text(_ROUGH.multiply(scale, D(draw(st.integers(1, 30))) / 100))
        if draw(st.integers(0, 11)) == 0:
            wallet["collateral"] = False
        if draw(st.integers(0, 5)) == 0 and not joint:
            wallet["isolated_included"] = False
        wallets.append(wallet)
        if joint:
            _joint_terms(draw, doc, wallet)
    doc["wallets"] = wallets


def _joint_terms(draw: DrawFn, doc: Doc, wallet: Doc) -> None:
    asset = wallet["asset"]
    index = D("1") if asset.startswith("USD") else draw(decimals((0, 4)))
    buffers = [D(draw(st.integers(0, 1000))) / 10_000 for _ in range(2)]
    doc["market"]["asset_rate"][asset] = {
        "index": text(index),
        "bid": text(_ROUGH.multiply(index, 1 - buffers[0])),
        "ask": text(_ROUGH.multiply(index, 1 + buffers[1])),
    }
    if draw(st.booleans()):
        table: Doc = {"ratio": text(D(draw(st.integers(0, 100))) / 100)}
    else:
        ladder = draw(ladders(_ROUGH.multiply(index, D(1000)), by_size=False))["rows"]
        ratios = sorted((D(r["rate"]) for r in ladder), reverse=True)
        table = {
            "rows": [
                {k: r[k] for k in ("floor", "cap") if k in r} | {"ratio": text(ratio)}
                for r, ratio in zip(ladder, ratios, strict=True)
            ]
        }
    doc["parameters"]["collateral"][asset] = table
    rates = draw(ladders(D(wallet.get("borrowed", "1")), by_size=False))["rows"]
    doc["parameters"]["borrow"][asset] = {
        "rows": [
            {k: r[k] for k in ("floor", "cap") if k in r}
            | {"maintenance_rate": r["rate"], "initial_rate": r["initial_rate"]}
            for r in rates
        ]
    }
    if draw(st.booleans()):
        doc["settings"][asset] = {"spot_leverage": draw(st.sampled_from(("3", "5", "10")))}
    if doc["venue"] == "binance_pm" and draw(st.integers(0, 3)) == 0:
        doc["parameters"]["venue"]["open_loss"] = text(draw(decimals((0, 3))))
