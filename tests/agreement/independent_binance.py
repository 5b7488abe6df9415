"""Binance's and the textbook's rules once more, naively: Fractions, slices, no code of the package.

It reads the account *document* and recomputes everything from the rules file: maintenance slice by
slice, a pool's health anew at every price, the liquidation price from exact samples of that health
between the prices at which some part of it changes its formula. It knows no Decimal, no tier
deductions, no curves. What it leaves out: packaged tables (documents bring their own), given
deductions, missing data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction as F
from functools import lru_cache
from typing import Any

Doc = dict[str, Any]
Row = dict[str, Any]
Marks = dict[str, F]
Measures = dict[str, F | None]
Ends = tuple[F | None, F | None, F | None]  # below, above, the price that matters


@dataclass
class PoolModel:
    """What the model says of one pool. `gross` is the size of the numbers that went into it."""

    id: str
    kind: str
    status: str
    measures: Measures
    positions: dict[str, Measures]
    gross: F


@dataclass
class World:
    """One pool: which rows, how much of each asset stands behind them, by whose rule."""

    doc: Doc
    rule: str  # "one" (a single asset), "multi", "pm", "textbook"
    rows: list[Row]
    wallets: dict[str, Row]
    asset: str
    posted: F = F(0)
    orders: list[tuple[str, F, bool]] = field(default_factory=list)
    ranges: dict[tuple[str, str], Ends] = field(default_factory=dict)


# -- reading -------------------------------------------------------------------------------------


@lru_cache(10_000)
def number(value: str | int) -> F:
    """The fraction a decimal string states."""
    return F(value)


def instrument(doc: Doc, row: Row) -> Row:
    found: Row = doc["instruments"][row["instrument"]]
    return found


def inverse(doc: Doc, row: Row) -> bool:
    return bool(instrument(doc, row)["payoff"] == "inverse")


def settle(doc: Doc, row: Row) -> str:
    return str(instrument(doc, row)["settle"])


def key(row: Row) -> str:
    name = f"{row['instrument']}/{row.get('side', 'both')}"
    return name + (f"#{row['id']}" if "id" in row else "")


def faces(doc: Doc, row: Row) -> F:
    """Signed size times contract size."""
    return number(row["size"]) * number(instrument(doc, row).get("contract_size", 1))


def todays(doc: Doc) -> Marks:
    return {symbol: number(price) for symbol, price in doc["market"]["mark"].items()}


def rate(doc: Doc, asset: str, side: str) -> F:
    if asset == "USD":
        return F(1)
    found = doc["market"]["asset_rate"][asset]
    return number(found[side] if isinstance(found, dict) else found)


# -- one position --------------------------------------------------------------------------------


def value(doc: Doc, row: Row, price: F) -> F:
    return faces(doc, row) / price if inverse(doc, row) else faces(doc, row) * price


def pnl(doc: Doc, row: Row, price: F) -> F:
    entry = number(row["entry_price"])
    if inverse(doc, row):
        return faces(doc, row) / entry - faces(doc, row) / price
    return faces(doc, row) * price - faces(doc, row) * entry


def tiers(doc: Doc, row: Row) -> tuple[str, str, list[tuple[F, F, F | None]]]:
    """Keyed by, kind, and (floor, rate, initial rate) of each row."""
    table = doc["parameters"]["tiers"][row["instrument"]]
    given = table if isinstance(table, list) else table["rows"]
    rows = [
        (
            number(r["floor"]),
            number(r["rate"]),
            number(r["initial_rate"]) if "initial_rate" in r else None,
        )
        for r in given
    ]
    if isinstance(table, list):
        return "notional", "marginal", rows
    return table.get("keyed_by", "notional"), table.get("kind", "marginal"), rows


def tier_of(doc: Doc, row: Row, price: F) -> int:
    """Which row is reached, from 1: floors strictly below the key."""
    keyed_by, _, rows = tiers(doc, row)
    reached = abs(number(row["size"])) if keyed_by == "size" else abs(value(doc, row, price))
    return max(1, sum(1 for floor, _, _ in rows if floor < reached))


def maintenance(doc: Doc, row: Row, price: F) -> F:
    """Each slice of the position at its own rate, like an income tax; or all of it at one rate."""
    keyed_by, kind, rows = tiers(doc, row)
    notional = abs(value(doc, row, price))
    if kind == "whole":
        return notional * rows[tier_of(doc, row, price) - 1][1]
    whole = abs(number(row["size"])) if keyed_by == "size" else notional
    tops = [floor for floor, _, _ in rows[1:]] + [whole]
    slices = [
        (min(whole, top) - floor) * share
        for (floor, share, _), top in zip(rows, tops, strict=True)
        if floor < whole
    ]
    return sum(slices, F(0)) * notional / whole


def leverage(doc: Doc, symbol: str) -> F | None:
    for row in doc.get("positions", []):
        if row["instrument"] == symbol and "leverage" in row:
            return number(row["leverage"])
    found = doc.get("settings", {}).get(symbol, {})
    return number(found["leverage"]) if "leverage" in found else None


def initial(doc: Doc, row: Row, price: F) -> F:
    chosen = leverage(doc, row["instrument"])
    notional = abs(value(doc, row, price))
    if chosen is not None:
        return notional / chosen
    share = tiers(doc, row)[2][tier_of(doc, row, price) - 1][2]
    assert share is not None, "the documents give a leverage or an initial rate"
    return notional * share


# -- orders --------------------------------------------------------------------------------------


def order_margin(doc: Doc, symbol: str, marks: Marks) -> F:
    """What a symbol's orders add: the worse of all bids and all asks filled, less what is held."""
    total = F(0)
    hedge = doc.get("position_mode") == "hedge"
    for side in ("long", "short") if hedge else ("both",):
        held = bids = asks = F(0)
        for row in doc.get("positions", []):
            if row["instrument"] == symbol and (not hedge or row.get("side", "both") == side):
                held += value(doc, row, marks[symbol]) if number(row["size"]) else F(0)
        for order in doc.get("orders", []):
            if order["instrument"] != symbol or order.get("reduce_only"):
                continue
            if order.get("kind", "limit") not in ("limit", "market"):
                continue
            if hedge and order.get("position_side", "both") != side:
                continue
            market = order.get("kind") == "market"
            price = marks[symbol] if market else number(order["price"])
            if order["side"] == "buy":
                bids += value(doc, order, price)
            else:
                asks += value(doc, order, price)
        added = max(abs(held + bids), abs(held - asks)) - abs(held)
        chosen = leverage(doc, symbol)
        assert chosen is not None or not added, "documents with orders give the leverage"
        total += added / (chosen or 1)
    return total


def margin_mode(doc: Doc, symbol: str, order: Row) -> str:
    if "margin_mode" in order:
        return str(order["margin_mode"])
    for row in doc.get("positions", []):
        if row["instrument"] == symbol:
            return str(row.get("margin_mode", "cross"))
    return str(doc.get("settings", {}).get(symbol, {}).get("margin_mode", "cross"))


def orders_of(doc: Doc, asset: str, marks: Marks) -> list[tuple[str, F, bool]]:
    """Symbol, margin, whether for an isolated position, of the orders that settle in an asset."""
    found: dict[str, tuple[str, F, bool]] = {}
    for order in doc.get("orders", []):
        symbol = order["instrument"]
        if settle(doc, order) == asset and symbol not in found:
            isolated = margin_mode(doc, symbol, order) == "isolated"
            found[symbol] = (symbol, order_margin(doc, symbol, marks), isolated)
    return list(found.values())


# -- a pool at given marks -----------------------------------------------------------------------


def held(world: World, asset: str) -> F:
    """What is booked of an asset for this pool, less debts and what is locked."""
    wallet = world.wallets[asset]
    owed = number(wallet.get("borrowed", 0)) + number(wallet.get("interest", 0))
    return booked(world, asset) - owed - number(wallet.get("locked", 0))


def booked(world: World, asset: str) -> F:
    return number(world.wallets[asset]["balance"]) - world.posted


def amount(world: World, asset: str, marks: Marks) -> F:
    own = (row for row in world.rows if settle(world.doc, row) == asset)
    return held(world, asset) + sum((pnl(world.doc, r, marks[r["instrument"]]) for r in own), F(0))


def counted(world: World, asset: str, marks: Marks) -> F:
    """What an asset's amount counts in the pool's asset."""
    mine, doc = amount(world, asset, marks), world.doc
    usable = world.wallets[asset].get("collateral", True)
    if world.rule in ("one", "textbook"):
        return mine if usable or mine < 0 else F(0)
    if world.rule == "multi":
        if mine < 0:
            return mine * rate(doc, asset, "ask")
        return mine * rate(doc, asset, "bid") if usable else F(0)
    worth = mine * rate(doc, asset, "index")
    if mine < 0:
        return worth
    return after_haircut(doc["parameters"]["collateral"][asset], worth) if usable and mine else F(0)


def after_haircut(table: Row, worth: F) -> F:
    if "ratio" in table:
        return worth * number(table["ratio"])
    rows = [(number(r["floor"]), number(r["ratio"])) for r in table["rows"]]
    tops = [floor for floor, _ in rows[1:]] + [worth]
    slices = [
        (min(worth, top) - floor) * share
        for (floor, share), top in zip(rows, tops, strict=True)
        if floor < worth
    ]
    return sum(slices, F(0))


def margin_balance(world: World, marks: Marks) -> F:
    return sum((counted(world, asset, marks) for asset in world.wallets), F(0))


def support(world: World, marks: Marks) -> F:
    loss = world.doc["parameters"].get("venue", {}).get("open_loss", 0)
    return margin_balance(world, marks) - (number(loss) if world.rule == "pm" else 0)


def requirement_rate(world: World, row: Row) -> F:
    if world.rule in ("one", "textbook"):
        return F(1)
    return rate(world.doc, settle(world.doc, row), "ask" if world.rule == "multi" else "index")


def value_rate(world: World, row: Row) -> F:
    if world.rule in ("one", "textbook"):
        return F(1)
    return rate(world.doc, settle(world.doc, row), "index")


def own_maintenance(world: World, row: Row, price: F) -> F:
    fixed = number(row["entry_price"]) if world.rule == "textbook" else price
    return maintenance(world.doc, row, fixed)


def pool_maintenance(world: World, marks: Marks) -> F:
    rows = world.rows
    open_ = (
        own_maintenance(world, r, marks[r["instrument"]]) * requirement_rate(world, r) for r in rows
    )
    return sum(open_, F(0)) + (loans(world, "maintenance_rate") if world.rule == "pm" else F(0))


def loans(world: World, name: str) -> F:
    """Requirement of all loans: each slice of the principal at its own rate."""
    total = F(0)
    for asset, wallet in world.wallets.items():
        principal = number(wallet.get("borrowed", 0))
        if not principal:
            continue
        chosen = world.doc.get("settings", {}).get(asset, {}).get("spot_leverage")
        index = rate(world.doc, asset, "index")
        if name == "initial_rate" and chosen is not None:
            total += principal * index / (number(chosen) - 1)
            continue
        rows = world.doc["parameters"]["borrow"][asset]["rows"]
        tops = [number(r["floor"]) for r in rows[1:]] + [principal]
        for r, top in zip(rows, tops, strict=True):
            charged = max(F(0), min(principal, top) - number(r["floor"]))
            total += charged * number(r[name]) * index
    return total


def level(world: World) -> F:
    return F(105, 100) if world.rule == "pm" else F(1)


def health(world: World, marks: Marks) -> F:
    return support(world, marks) - level(world) * pool_maintenance(world, marks)


# -- liquidation price: exact samples between the prices where some formula changes --------------


Safe = tuple[F, F | None]  # an open interval of x


def breakpoints(world: World, symbol: str) -> list[F]:
    """Every x (price, or 1/price where inverse) at which some part of the pool bends or jumps."""
    found: set[F] = set()
    for row in world.rows:
        if row["instrument"] != symbol or world.rule == "textbook":
            continue
        keyed_by, _, rows = tiers(world.doc, row)
        if keyed_by == "notional":
            found.update(floor / abs(faces(world.doc, row)) for floor, _, _ in rows[1:])
    return sorted(x for x in found | set(_bends(world, symbol)) if x > 0)


def _bends(world: World, symbol: str) -> Iterator[F]:
    """Where the asset of the symbol's P&L changes sign, or reaches another haircut slice."""
    asset = settle(world.doc, {"instrument": symbol})
    levels = [F(0)]
    if world.rule == "pm":
        table = world.doc["parameters"]["collateral"].get(asset, {})
        index = rate(world.doc, asset, "index")
        levels += [number(r["floor"]) / index for r in table.get("rows", [])]
    one, two = (amount(world, asset, moved(world, symbol, F(x))) for x in (1, 2))
    if one != two:
        yield from (1 + (level_ - one) / (two - one) for level_ in levels)


def moved(world: World, symbol: str, x: F) -> Marks:
    price = 1 / x if inverse(world.doc, {"instrument": symbol}) else x
    return {**todays(world.doc), symbol: price}


def safe_pieces(at: Callable[[F], F], bends: list[F]) -> list[Safe]:
    """The open intervals in which `at` (a line between bends) is above zero, joined where it is."""
    found: list[Safe] = []
    for low, high in zip([F(0), *bends], [*bends, None], strict=True):
        for start, end in _above_zero(at, low, high):
            joins = bool(found) and found[-1][1] == start and at(start) > 0
            found.append((found.pop()[0] if joins else start, end))
    return found


def _above_zero(at: Callable[[F], F], low: F, high: F | None) -> Iterator[Safe]:
    width = (high - low) if high is not None else low + 1
    a, b, c = low + width / 4, low + width / 2, low + width * 3 / 4
    left, middle, right = at(a), at(b), at(c)
    assert right - middle == middle - left, "not a line between two bends"
    slope = (right - left) / (c - a)
    if not slope:
        if left > 0:
            yield low, high
        return
    root = a - left / slope
    if slope > 0:
        start = max(low, root)
        if high is None or start < high:
            yield start, high
    else:
        end = root if high is None else min(high, root)
        if end > low:
            yield low, end


def safe_range(world: World, symbol: str, at: Callable[[World, Marks], F]) -> Ends:
    """Below, above, and the price that matters, by the rules of the account format."""
    name = (symbol, at.__name__)
    if name not in world.ranges:
        world.ranges[name] = _safe_range(world, symbol, at)
    return world.ranges[name]


def _safe_range(world: World, symbol: str, at: Callable[[World, Marks], F]) -> Ends:
    turned = inverse(world.doc, {"instrument": symbol})
    mark = todays(world.doc)[symbol]
    pieces = safe_pieces(lambda x: at(world, moved(world, symbol, x)), breakpoints(world, symbol))
    ends = [_prices(piece, turned=turned) for piece in pieces]
    x = 1 / mark if turned else mark
    home = at(world, todays(world.doc)) > 0
    if home:
        below, above = next(
            e for e, (a, b) in zip(ends, pieces, strict=True) if a < x and (b is None or x <= b)
        )
        if below is None or above is None:
            return below, above, above if below is None else below
        net = sum((number(r["size"]) for r in world.rows if r["instrument"] == symbol), F(0))
        if net:
            return below, above, below if net > 0 else above
        return below, above, below if mark - below <= above - mark else above
    best: tuple[F, Ends] | None = None
    for below, above in ends:
        near = below if below is not None and mark <= below else above
        assert near is not None
        if best is None or abs(near - mark) < best[0]:
            best = abs(near - mark), (below, above, near)
    return best[1] if best else (None, None, None)


def _prices(piece: Safe, *, turned: bool) -> tuple[F | None, F | None]:
    low, high = piece
    if not turned:
        return (low or None), high
    return (None if high is None else 1 / high), (1 / low if low else None)


# -- measures ------------------------------------------------------------------------------------


def position_measures(world: World, row: Row, pool: Measures) -> Measures:
    doc, symbol = world.doc, row["instrument"]
    mark = todays(doc)[symbol]
    textbook = world.rule == "textbook"
    basis = number(row["entry_price"]) if textbook else mark
    notional, profit = abs(value(doc, row, mark)), pnl(doc, row, mark)
    margin = initial(doc, row, basis)
    reached = tier_of(doc, row, basis)
    below, above, price = safe_range(world, symbol, health)
    bankrupt = safe_range(world, symbol, margin_balance)[2]
    balance = pool["margin_balance"]
    isolated = row.get("margin_mode") == "isolated"
    found: Measures = {
        "notional": notional,
        "unrealized_pnl": profit,
        "initial_margin": margin,
        "maintenance_margin": own_maintenance(world, row, mark),
        "closing_fee": F(0),
        "tier": F(reached),
        "maintenance_rate": tiers(doc, row)[2][reached - 1][1],
        "margin_balance": balance if isolated else None,
        "margin_ratio": pool["margin_ratio"] if isolated else None,
        "bankruptcy_price": bankrupt,
        "break_even_price": break_even(doc, row),
        "return_on_margin": profit / margin,
        "effective_leverage": over(notional * value_rate(world, row), balance),
        "funding_next": -value(doc, row, mark) * funding(doc, symbol),
    }
    if textbook:
        return found | {"call_price": price}
    prices: Measures = {
        "liquidation_price_below": below,
        "liquidation_price_above": above,
        "liquidation_price": price,
    }
    if world.rule == "pm":
        return found | prices
    wallet, total, need = (
        pool[m] or F(0) for m in ("wallet_balance", "unrealized_pnl", "maintenance_margin")
    )
    ratio = need / (wallet + total) if wallet + total > 0 else F(0)
    gain = max(F(0), profit * value_rate(world, row)) / max(F(1), wallet)
    return found | prices | {"adl_score": gain * ratio}


def break_even(doc: Doc, row: Row) -> F | None:
    """Where closing gives back the fees."""
    fees, entry = number(row.get("fees", 0)), number(row["entry_price"])
    if "fees" not in row:
        return None
    if not inverse(doc, row):
        price = entry - fees / faces(doc, row)
    else:
        turned = 1 / entry + fees / faces(doc, row)
        if turned <= 0:
            return None
        price = 1 / turned
    return price if price > 0 else None


def funding(doc: Doc, symbol: str) -> F:
    return number(doc["market"]["funding"][symbol]["rate"])


def over(part: F, whole: F | None) -> F | None:
    return part / whole if whole is not None and whole > 0 else None


def index_of(world: World, asset: str) -> F:
    return F(1) if world.rule in ("one", "textbook") else rate(world.doc, asset, "index")


def listed(world: World, name: str, *, unsigned: bool = False) -> F:
    """A field of every wallet, summed at index."""
    own = (number(w.get(name, 0)) * index_of(world, a) for a, w in world.wallets.items())
    return sum((abs(part) if unsigned else part for part in own), F(0))


def mark_of(world: World, row: Row) -> F:
    return todays(world.doc)[row["instrument"]]


def worth_of(world: World) -> Measures:
    """What the pool is worth: wallet, P&L, equity, collateral, margin balance."""
    marks, assets = todays(world.doc), world.wallets
    profit = sum(
        (pnl(world.doc, r, mark_of(world, r)) * value_rate(world, r) for r in world.rows), F(0)
    )
    worth = sum((held(world, a) * index_of(world, a) for a in assets), listed(world, "locked"))
    before = sum((amount(world, a, marks) * index_of(world, a) for a in assets), F(0))
    balance = margin_balance(world, marks)
    one = world.rule in ("one", "textbook")
    return {
        "wallet_balance": sum((booked(world, a) * index_of(world, a) for a in assets), F(0)),
        "credit": listed(world, "credit"),
        "unrealized_pnl": profit,
        "equity": worth + listed(world, "options_value") + profit,
        "collateral_value": worth if one else balance,
        "haircut": F(0) if one else before - balance,
        "margin_balance": balance,
        "unrealized_share": over(max(F(0), profit), balance),
        "credit_share": over(listed(world, "credit"), balance),
    }


def needs_of(world: World) -> Measures:
    """What the pool must hold: initial margin of positions, orders, loans; maintenance."""
    textbook = world.rule == "textbook"
    basis = {
        key(r): number(r["entry_price"]) if textbook else mark_of(world, r) for r in world.rows
    }
    positions = sum(
        (initial(world.doc, r, basis[key(r)]) * requirement_rate(world, r) for r in world.rows),
        F(0),
    )
    orders = sum((margin for _, margin, _ in world.orders), F(0))
    borrow = loans(world, "initial_rate") if world.rule == "pm" and _retail(world.doc) else F(0)
    return {
        "position_initial_margin": positions,
        "order_initial_margin": orders,
        "borrow_initial_margin": borrow,
        "initial_margin": positions + orders + borrow,
        "maintenance_margin": pool_maintenance(world, todays(world.doc)),
        "closing_fee": F(0),
    }


def carried_by(world: World) -> Measures:
    values = [value(world.doc, r, mark_of(world, r)) * value_rate(world, r) for r in world.rows]
    balance = margin_balance(world, todays(world.doc))
    gross = sum((abs(v) for v in values), F(0))
    return {
        "gross_notional": gross,
        "net_notional": sum(values, F(0)),
        "effective_leverage": over(gross, balance),
    }


def moves_of(world: World, kind: str, wallet: F, need: F, used: F, stands: F) -> Measures:
    """What may be ordered with, taken out, added to a position."""
    profit = worth_of(world)["unrealized_pnl"] or F(0)
    free, credit = stands - used, listed(world, "credit")
    if world.rule == "textbook":
        called = need > 0 and stands <= need
        return {
            "available_balance": free,
            "withdrawable_balance": max(F(0), free - max(F(0), profit) - credit),
            "call_amount": max(F(0), used - stands) if called else F(0),
        }
    found: Measures = {"available_balance": max(F(0), free), "withdrawable_balance": None}
    reserved = sum((margin for _, margin, isolated in world.orders if isolated), F(0))
    if world.rule == "pm":
        found["available_balance"] = None
        if not _retail(world.doc):
            left = margin_balance(world, todays(world.doc)) - need * F(6, 5)
            found["withdrawable_balance"] = max(F(0), left)
    elif kind == "isolated":
        removable = max(F(0), min(wallet - need, wallet + profit - used))
        found["withdrawable_balance"] = found["margin_removable"] = removable
    elif kind == "cross":
        gone = (
            reserved
            + need
            + sum((listed(world, n) for n in ("borrowed", "interest", "locked")), F(0))
        )
        terms = (wallet + world.posted - gone, wallet - gone, free)
        found["withdrawable_balance"] = max(F(0), min(terms) - credit)
        found["margin_addable"] = max(F(0), min(wallet - reserved - need, max(F(0), free)))
    return found


def assess_pool(world: World, name: str, kind: str) -> PoolModel:
    worth, needs = worth_of(world), needs_of(world)
    stands = support(world, todays(world.doc))
    wallet, need, used = (
        m or F(0)
        for m in (worth["wallet_balance"], needs["maintenance_margin"], needs["initial_margin"])
    )
    required = level(world) * need
    ratio = over(required, stands)
    measures = worth | needs | carried_by(world) | moves_of(world, kind, wallet, need, used, stands)
    measures |= {
        "margin_ratio": ratio,
        "initial_margin_ratio": over(used, stands),
        "venue_ratio": ratio,
        "buffer": stands - required,
    }
    positions = {key(r): position_measures(world, r, measures) for r in world.rows}
    if world.rule == "pm":
        measures["venue_ratio"] = stands / need if need else None
    if world.rule == "pm" and not _retail(world.doc):
        for gone in ("position", "order", "borrow"):
            measures[f"{gone}_initial_margin"] = None
        measures["initial_margin"] = measures["initial_margin_ratio"] = None
        for own in positions.values():
            own["initial_margin"] = own["return_on_margin"] = None
    gross = gross_at(world, todays(world.doc))
    return PoolModel(name, kind, status(world, need, required, stands), measures, positions, gross)


def gross_at(world: World, marks: Marks) -> F:
    """How large the numbers are that meet in a pool: wallets, values at entry and at the marks."""
    parts = ("balance", "borrowed", "interest", "locked", "credit", "options_value")
    total = sum((listed(world, name, unsigned=True) for name in parts), world.posted)
    for row in world.doc["positions"]:
        if settle(world.doc, row) in world.wallets and number(row["size"]):
            prices = (number(row["entry_price"]), marks[row["instrument"]])
            values = (abs(value(world.doc, row, price)) for price in prices)
            total += sum(values, F(0)) * value_rate(world, row)
    return total


def _retail(doc: Doc) -> bool:
    return bool(doc["venue"] == "binance_pm")


def status(world: World, need: F, required: F, stands: F) -> str:
    if need == 0:
        if stands >= 0:
            return "healthy"
        return "liquidation" if world.rule == "pm" else "watch"
    if required >= stands:
        return "margin_call" if world.rule == "textbook" else "liquidation"
    if world.rule != "pm":
        return "watch" if required / stands >= F(8, 10) else "healthy"
    uni_mmr = stands / need
    if _retail(world.doc):
        return "watch" if uni_mmr <= F(12, 10) else "healthy"
    if uni_mmr <= F(12, 10):
        return "margin_call"
    first = F(2) if world.doc["as_of"] < "2024-09-11" else F(15, 10)
    return "watch" if uni_mmr <= first else "healthy"


# -- an account ----------------------------------------------------------------------------------

GRAVITY = ("healthy", "watch", "unknown", "margin_call", "liquidation")


def assess(doc: Doc) -> list[PoolModel]:
    """Every pool of an account, in the order of the assessment."""
    return [assess_pool(world, name, kind) for name, kind, world in worlds(doc)]


def world_of(doc: Doc, name: str) -> World:
    """One pool by its id."""
    return next(world for pool, _, world in worlds(doc) if pool == name)


def worlds(doc: Doc) -> list[tuple[str, str, World]]:
    """Id, kind and contents of every pool."""
    rows = [row for row in doc.get("positions", []) if number(row["size"])]
    wallets = {wallet["asset"]: wallet for wallet in doc["wallets"]}
    if doc["venue"] in ("binance_pm", "binance_pm_pro"):
        return [("USD", "account", World(doc, "pm", rows, wallets, "USD"))]
    marks = todays(doc)
    if doc.get("mode") == "multi_assets":
        orders = [
            (symbol, margin * rate(doc, asset, "ask"), isolated)
            for asset in wallets
            for symbol, margin, isolated in orders_of(doc, asset, marks)
        ]
        return [("USD", "account", World(doc, "multi", rows, wallets, "USD", F(0), orders))]
    return [*_crosses(doc, rows, wallets), *_isolated(doc, rows)]


def _crosses(
    doc: Doc, rows: list[Row], wallets: dict[str, Row]
) -> Iterator[tuple[str, str, World]]:
    rule = "textbook" if doc["venue"] == "textbook" else "one"
    for asset, wallet in wallets.items():
        mine = [row for row in rows if settle(doc, row) == asset]
        apart = [row for row in mine if row.get("margin_mode") == "isolated"]
        posted = sum((number(row["isolated_margin"]) for row in apart), F(0))
        if not wallet.get("isolated_included", True):
            posted = F(0)
        orders = [] if rule == "textbook" else orders_of(doc, asset, todays(doc))
        cross = [row for row in mine if row not in apart]
        world = World(doc, rule, cross, {asset: wallet}, asset, posted, orders)
        yield asset, "cross", world


def _isolated(doc: Doc, rows: list[Row]) -> Iterator[tuple[str, str, World]]:
    rule = "textbook" if doc["venue"] == "textbook" else "one"
    for row in rows:
        if row.get("margin_mode") == "isolated":
            asset = settle(doc, row)
            posted = {asset: {"asset": asset, "balance": row["isolated_margin"]}}
            yield f"{key(row)} isolated", "isolated", World(doc, rule, [row], posted, asset)


def worst(pools: list[PoolModel]) -> str:
    return max((pool.status for pool in pools), key=GRAVITY.index, default="unknown")
