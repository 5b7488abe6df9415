"""OKX, Bybit cross and Bitget union once more, naively: Fractions, slices, no code of the package.

It reads the account *document* and the rules files alone: what stands against the requirement and
the requirement, anew at every price. What it leaves out: isolated positions, money that orders
lock, packaged tables (documents bring their own), missing data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from typing import Any

Doc = dict[str, Any]
Row = dict[str, Any]
Marks = Mapping[str, F]
Slices = Sequence[tuple[F, F]]  # floor and rate of each row


@dataclass(frozen=True)
class Pool:
    """What the model says of one pool, in its asset."""

    support: F
    unrealized_pnl: F
    position_initial_margin: F
    order_initial_margin: F | None
    borrow_initial_margin: F | None
    maintenance_margin: F
    closing_fee: F

    @property
    def required(self) -> F:
        """What the support is held against."""
        return self.maintenance_margin + self.closing_fee

    @property
    def health(self) -> F:
        """Above 0 the pool stands."""
        return self.support - self.required

    @property
    def status(self) -> str:
        """Liquidation at the line and beyond it, watched from 80 % of the support."""
        if not self.required:
            return "healthy" if self.support >= 0 else "watch"
        if self.health <= 0:
            return "liquidation"
        return "watch" if self.required / self.support >= F(4, 5) else "healthy"


@dataclass(frozen=True)
class Held:
    """What the model says of one position, in its settle asset."""

    notional: F
    unrealized_pnl: F
    initial_margin: F
    maintenance_margin: F


# -- reading -------------------------------------------------------------------------------------


def terms(doc: Doc, symbol: str) -> Row:
    found: Row = doc["instruments"][symbol]
    return found


def marks_of(doc: Doc) -> Marks:
    return {symbol: F(mark) for symbol, mark in doc["market"]["mark"].items()}


def index(doc: Doc, asset: str) -> F:
    return F(doc["market"]["asset_rate"][asset]["index"])


def taker(doc: Doc) -> F:
    return F(doc["parameters"]["fees"]["taker"])


def value(doc: Doc, symbol: str, size: F, price: F) -> F:
    """What so many contracts are worth, in the settle asset."""
    faces = abs(size) * F(terms(doc, symbol).get("contract_size", "1"))
    return faces / price if terms(doc, symbol)["payoff"] == "inverse" else faces * price


def pnl(doc: Doc, row: Row, price: F) -> F:
    now, then = (value(doc, row["instrument"], F(row["size"]), p) for p in
                 (price, F(row["entry_price"])))  # fmt: skip
    gain = then - now if terms(doc, row["instrument"])["payoff"] == "inverse" else now - then
    return gain if F(row["size"]) > 0 else -gain


def pnl_in(doc: Doc, asset: str, marks: Marks) -> F:
    rows = [r for r in doc["positions"] if terms(doc, r["instrument"])["settle"] == asset]
    return sum((pnl(doc, row, marks[row["instrument"]]) for row in rows), F(0))


def balance(doc: Doc, asset: str) -> F:
    return sum((F(w["balance"]) for w in doc["wallets"] if w["asset"] == asset), F(0))


def rows_of(table: Doc, name: str) -> Slices:
    return [(F(row["floor"]), F(row[name])) for row in table["rows"]]


def sliced(amount: F, rows: Slices) -> F:
    """Each slice at its own rate, like an income tax."""
    tops = [floor for floor, _ in rows[1:]] + [amount]
    return sum(
        ((min(amount, top) - floor) * rate
         for (floor, rate), top in zip(rows, tops, strict=True) if amount > floor), F(0)
    )  # fmt: skip


def whole(amount: F, rows: Slices) -> F:
    """The rate of the row reached: a row begins above its floor."""
    return [rows[0][1], *(rate for floor, rate in rows if floor < amount)][-1]


def tier_rows(doc: Doc, symbol: str) -> Slices:
    return rows_of(doc["parameters"]["tiers"][symbol], "rate")


def collateral(doc: Doc, asset: str, marks: Marks, *, by_value: bool) -> F:
    """An asset's part of the margin balance: cut where it is positive, in full where it is not."""
    amount, price = balance(doc, asset) + pnl_in(doc, asset, marks), index(doc, asset)
    if amount <= 0:
        return amount * price
    rows = rows_of(doc["parameters"]["collateral"][asset], "ratio")
    return sliced(amount * price, rows) if by_value else sliced(amount, rows) * price


def debt(doc: Doc, asset: str, marks: Marks) -> F:
    return max(F(0), -(balance(doc, asset) + pnl_in(doc, asset, marks)))


def loans(doc: Doc, marks: Marks, charge: Callable[[str, F], F]) -> F:
    """The margin of what each asset has fallen below zero by, valued at its index."""
    assets = [wallet["asset"] for wallet in doc["wallets"]]
    return sum((charge(a, debt(doc, a, marks)) * index(doc, a) for a in assets), F(0))


def summed(doc: Doc, each: Callable[[Row], F]) -> F:
    """A figure of the positions, in the valuation asset."""
    return sum(
        (each(r) * index(doc, terms(doc, r["instrument"])["settle"]) for r in doc["positions"]),
        F(0),
    )


def at_mark(doc: Doc, row: Row, marks: Marks) -> F:
    return value(doc, row["instrument"], F(row["size"]), marks[row["instrument"]])


# -- OKX -----------------------------------------------------------------------------------------


def okx_held(doc: Doc, row: Row, marks: Marks) -> Held:
    """The whole position at the rate of its size's tier; each leg looks it up alone."""
    worth = at_mark(doc, row, marks)
    rate = whole(abs(F(row["size"])), tier_rows(doc, row["instrument"]))
    profit = pnl(doc, row, marks[row["instrument"]])
    return Held(worth, profit, worth / F(row["leverage"]), worth * rate)


def okx_futures(doc: Doc, asset: str, marks: Marks) -> Pool:
    """One settle currency: nothing is rescued by another."""
    own = [r for r in doc["positions"] if terms(doc, r["instrument"])["settle"] == asset]
    held = [okx_held(doc, row, marks) for row in own]
    profit = sum((h.unrealized_pnl for h in held), F(0))
    return Pool(
        support=balance(doc, asset) + profit,
        unrealized_pnl=profit,
        position_initial_margin=sum((h.initial_margin for h in held), F(0)),
        order_initial_margin=F(0),
        borrow_initial_margin=F(0),
        maintenance_margin=sum((h.maintenance_margin for h in held), F(0)),
        closing_fee=sum((h.notional * taker(doc) for h in held), F(0)),
    )


def okx_multi(doc: Doc, _: str, marks: Marks) -> Pool:
    """All currencies in USD, each after its discount; what falls below zero is borrowed."""

    def of(row: Row) -> Held:
        return okx_held(doc, row, marks)

    def charge(name: str) -> Callable[[str, F], F]:
        return lambda a, owed: sliced(owed, rows_of(doc["parameters"]["borrow"][a], name))

    return Pool(
        support=sum(
            (collateral(doc, w["asset"], marks, by_value=False) for w in doc["wallets"]), F(0)
        ),
        unrealized_pnl=summed(doc, lambda row: of(row).unrealized_pnl),
        position_initial_margin=summed(doc, lambda row: of(row).initial_margin),
        order_initial_margin=F(0),
        borrow_initial_margin=loans(doc, marks, charge("initial_rate")),
        maintenance_margin=summed(doc, lambda row: of(row).maintenance_margin)
        + loans(doc, marks, charge("maintenance_rate")),
        closing_fee=summed(doc, lambda row: of(row).notional * taker(doc)),
    )


# -- Bybit cross -----------------------------------------------------------------------------------


def at_bankruptcy(doc: Doc, symbol: str, size: F, price: F, leverage: F) -> F:
    """Taker fee of closing where the margin of a position alone is gone."""
    side = 1 if size > 0 else -1
    turned = terms(doc, symbol)["payoff"] == "inverse"
    share = 1 + side / leverage if turned else 1 - side / leverage
    return value(doc, symbol, size, price) * share * taker(doc)


def beyond_closing(doc: Doc, symbol: str, side: str) -> list[tuple[F, F]]:
    """Size and price of what one side's orders open after closing the other side, nearest first."""
    net = sum((F(r["size"]) for r in doc["positions"] if r["instrument"] == symbol), F(0))
    closing = max(F(0), -net if side == "buy" else net)
    own = [o for o in doc["orders"] if (o["instrument"], o["side"]) == (symbol, side)]
    opened = []
    for order in sorted(own, key=lambda o: F(o["price"]), reverse=side == "buy"):
        size = F(order["size"])
        if size > closing:
            opened.append((size - closing, F(order["price"])))
        closing = max(F(0), closing - size)
    return opened


def bybit_orders(doc: Doc, symbol: str, leverage: F) -> dict[str, tuple[F, F, F]]:
    """By side: value, margin at leverage, fees to open and to close."""
    found = {}
    for side, sign in (("buy", 1), ("sell", -1)):
        opened = beyond_closing(doc, symbol, side)
        worth = [value(doc, symbol, size, price) for size, price in opened]
        fees = [
            each * taker(doc) + at_bankruptcy(doc, symbol, sign * size, price, leverage)
            for each, (size, price) in zip(worth, opened, strict=True)
        ]
        found[side] = (sum(worth, F(0)), sum(worth, F(0)) / leverage, sum(fees, F(0)))
    return found


def bybit_held(doc: Doc, row: Row, marks: Marks) -> Held:
    """Tiers over the position alone; of a hedge pair the smaller leg pays its fee."""
    symbol, size, leverage = row["instrument"], F(row["size"]), F(row["leverage"])
    worth, profit = at_mark(doc, row, marks), pnl(doc, row, marks[symbol])
    fee = at_bankruptcy(doc, symbol, size, F(row["entry_price"]), leverage)
    others = [F(r["size"]) for r in doc["positions"] if r["instrument"] == symbol and r is not row]
    covered = any(abs(size) < abs(o) or (size == -o and size < 0) for o in others if o * size < 0)
    charged = F(0) if covered else sliced(worth, tier_rows(doc, symbol))
    return Held(worth, profit, worth / leverage + fee, charged + fee)


def bybit_order_margin(doc: Doc, symbol: str, marks: Marks) -> tuple[F, F]:
    """What a symbol's orders take beside the position: initial margin, and maintenance with fees.

    The tiers are charged on position and larger order side together.
    """
    (row,) = (r for r in doc["positions"] if r["instrument"] == symbol)
    sides = bybit_orders(doc, symbol, F(row["leverage"]))
    own = bybit_held(doc, row, marks).initial_margin
    held = {"buy": own if F(row["size"]) > 0 else F(0), "sell": own if F(row["size"]) < 0 else F(0)}
    need = {side: held[side] + sides[side][1] for side in sides}
    first = max(sides, key=lambda side: (need[side], sides[side][2]))
    larger = max(sides, key=lambda side: (sides[side][0], side == "buy"))
    worth, rows = at_mark(doc, row, marks), tier_rows(doc, symbol)
    needed = sliced(worth + sides[larger][0], rows) - sliced(worth, rows)
    return need[first] - own + sides[first][2], needed + sides[larger][2]


def bybit_cross(doc: Doc, _: str, marks: Marks) -> Pool:
    """All coins in USD, wallet and P&L after the collateral ratio; since 2025-09-02 at the mark."""

    def of(row: Row) -> Held:
        return bybit_held(doc, row, marks)

    def initial(asset: str, owed: F) -> F:
        own = doc["settings"].get(asset)
        if own is not None:
            return owed / F(own["spot_leverage"])
        return owed * whole(owed, rows_of(doc["parameters"]["borrow"][asset], "initial_rate"))

    def needed(asset: str, owed: F) -> F:
        return owed * whole(owed, rows_of(doc["parameters"]["borrow"][asset], "maintenance_rate"))

    margin, needed_by_orders, loss = F(0), F(0), F(0)
    for symbol in dict.fromkeys(order["instrument"] for order in doc["orders"]):
        price = index(doc, terms(doc, symbol)["settle"])
        taken, charged = bybit_order_margin(doc, symbol, marks)
        margin, needed_by_orders = margin + taken * price, needed_by_orders + charged * price
    for order in doc["orders"]:  # what a fill would lose at the mark; it stands along a price
        symbol = order["instrument"]
        at = (marks_of(doc)[symbol], F(order["price"]))
        now, own = (value(doc, symbol, F(order["size"]), price) for price in at)
        gain = now - own if terms(doc, symbol)["payoff"] == "linear" else own - now
        gain = gain if order["side"] == "buy" else -gain
        loss += min(F(0), gain) * index(doc, terms(doc, symbol)["settle"])
    return Pool(
        support=sum(
            (collateral(doc, w["asset"], marks, by_value=False) for w in doc["wallets"]), loss
        ),
        unrealized_pnl=summed(doc, lambda row: of(row).unrealized_pnl),
        position_initial_margin=summed(doc, lambda row: of(row).initial_margin),
        order_initial_margin=margin,
        borrow_initial_margin=loans(doc, marks, initial),
        maintenance_margin=summed(doc, lambda row: of(row).maintenance_margin)
        + needed_by_orders + loans(doc, marks, needed),
        closing_fee=F(0),
    )  # fmt: skip


# -- Bitget union ----------------------------------------------------------------------------------


def bitget_held(doc: Doc, row: Row, marks: Marks) -> Held:
    """Slice by slice, each slice with the taker fee."""
    worth, profit = at_mark(doc, row, marks), pnl(doc, row, marks[row["instrument"]])
    charged = sliced(worth, tier_rows(doc, row["instrument"])) + worth * taker(doc)
    return Held(worth, profit, worth / F(row["leverage"]), charged)


def bitget_union(doc: Doc, _: str, marks: Marks) -> Pool:
    """Coins in USDT after the haircut by value; of a hedge the larger side; liabilities beside."""

    def of(row: Row) -> Held:
        return bitget_held(doc, row, marks)

    maintenance = F(0)
    for symbol in dict.fromkeys(row["instrument"] for row in doc["positions"]):
        legs = [of(row) for row in doc["positions"] if row["instrument"] == symbol]
        larger = max(legs, key=lambda leg: leg.notional).maintenance_margin
        maintenance += larger * index(doc, terms(doc, symbol)["settle"])

    def liability(asset: str, owed: F) -> F:
        rows = rows_of(doc["parameters"]["borrow"][asset], "maintenance_rate")
        return sliced(owed, rows)

    return Pool(
        support=sum(
            (collateral(doc, w["asset"], marks, by_value=True) for w in doc["wallets"]), F(0)
        ),
        unrealized_pnl=summed(doc, lambda row: of(row).unrealized_pnl),
        position_initial_margin=summed(doc, lambda row: of(row).initial_margin),
        order_initial_margin=F(0),
        borrow_initial_margin=None,
        maintenance_margin=maintenance + loans(doc, marks, liability),
        closing_fee=F(0),
    )
