"""Accounts drawn for every venue and mode, from a seed: what a faster path is held against.

Drawn to include what random accounts hardly ever hold: hedges of net zero, orders on both sides of
a position, notionals exactly at a tier's floor, balances that put the pool exactly on the line,
debts, coins as collateral, missing marks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from pathlib import Path
from random import Random
from typing import Any

import marginline as ml
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure
from marginline.errors import MarginlineError

D = Decimal
Doc = dict[str, Any]
_ROUGH = Context(prec=9)  # figures as a venue would print them
_SAMPLES = Path(__file__).parents[1] / "venues" / "samples"


@dataclass(frozen=True)
class Venue:
    """What a venue's accounts can hold; the first sample of the mode gives the rest."""

    name: str
    mode: str = ""
    linear: tuple[str, ...] = ("USDT",)
    inverse: tuple[str, ...] = ()
    hedge: bool = True
    isolated: bool = True
    joint: bool = False
    coins: tuple[str, ...] = ()
    loans: bool = False
    separator: str = ""
    as_of: str = "2026-06-01T00:00:00Z"
    orders: bool = True
    own: Doc = field(default_factory=dict)


_UNIT = {"risk_units": {"BTC": {"max_loss": "2000", "contingency": "100", "initial_factor": "1.2"}}}

GROUPS: dict[str, tuple[Venue, ...]] = {
    "textbook": (Venue("textbook", linear=("USD",), inverse=("BTC", "ETH")),),
    "binance_usdm": (
        Venue("binance_usdm", "single_asset", ("USDT", "USDC")),
        Venue("binance_usdm", "multi_assets", ("USDT", "USDC"), isolated=False, joint=True,
              coins=("BTC", "BNB")),
    ),
    "binance_coinm": (Venue("binance_coinm", linear=(), inverse=("BTC", "ETH")),),
    "binance_pm": (
        Venue("binance_pm", inverse=("BTC",), isolated=False, joint=True, coins=("BTC", "BNB"),
              loans=True, orders=False),
        Venue("binance_pm_pro", inverse=("BTC",), isolated=False, joint=True, coins=("BTC", "BNB"),
              loans=True, orders=False),
    ),
    "bybit_unified": (
        Venue("bybit_unified", "cross", ("USDT", "USDC"), ("BTC",), isolated=False, joint=True,
              coins=("BTC", "ETH"), loans=True),
        Venue("bybit_unified", "isolated", ("USDT", "USDC"), ("BTC",), joint=True, coins=("BTC",)),
        Venue("bybit_unified", "portfolio", ("USDT",), isolated=False, joint=True, coins=("BTC",),
              loans=True, own=_UNIT),
        Venue("bybit_unified", "cross", isolated=False, joint=True, as_of="2024-06-01T00:00:00Z"),
    ),
    "bybit_inverse": (Venue("bybit_inverse", linear=(), inverse=("BTC", "ETH"), hedge=False),),
    "bitget": (
        Venue("bitget_futures", "single", ("USDT", "USDC"), ("BTC",)),
        Venue("bitget_futures", "union", ("USDT", "USDC"), isolated=False, joint=True,
              coins=("BTC", "ETH"), loans=True),
        Venue("bitget_unified", "basic", ("USDT", "USDC"), ("BTC",)),
        Venue("bitget_unified", "advanced", ("USDT", "USDC"), ("BTC",), isolated=False, joint=True,
              coins=("BTC", "ETH")),
    ),
    "bingx": (
        Venue("bingx_perpetual", "single_asset", separator="-"),
        Venue("bingx_perpetual", "multi_assets", isolated=False, joint=True, coins=("BTC",),
              separator="-"),
        Venue("bingx_standard", separator="-", own={"adjustment_factor": "0.9"}),
    ),
    "okx": (
        Venue("okx", "futures", ("USDT", "USDC"), ("BTC",)),
        Venue("okx", "multi_currency", ("USDT", "USDC"), ("BTC",), joint=True, coins=("ETH",),
              loans=True),
    ),
    "bitmex": (
        Venue("bitmex", "single_asset", ("USDT",), ("XBT",), hedge=False,
              as_of="2025-06-01T00:00:00Z"),
        Venue("bitmex", "multi_asset", ("USDT",), ("XBT",), hedge=False, isolated=False,
              joint=True, coins=("ETH",), as_of="2025-02-24T00:00:00Z"),
    ),
}  # fmt: skip


def text(value: Decimal) -> str:
    """Plain digits."""
    return format(value, "f")


def accounts(group: str, count: int, seed: int) -> Iterator[Doc]:
    """So many account documents of one venue group; the same for the same seed."""
    draw = Random(f"{group} {seed}")
    for _ in range(count):
        yield _Drawing(draw, draw.choice(GROUPS[group])).document()


class _Drawing:
    def __init__(self, draw: Random, venue: Venue) -> None:
        self.draw, self.venue = draw, venue
        sample = json.loads((_SAMPLES / f"{venue.name}.json").read_text("utf-8"))[venue.mode]
        self.hedge = venue.hedge and draw.random() < 0.45
        self.doc: Doc = {
            "schema": "marginline/account/1",
            "venue": venue.name,
            "as_of": venue.as_of,
            "position_mode": "hedge" if self.hedge else "one_way",
            "positions": [],
            "orders": [],
            "instruments": {},
            "market": {"mark": {}, "index": {}, "last": {}, "funding": {}, "asset_rate": {}},
            "parameters": {"tiers": {}, "collateral": {}, "borrow": {},
                           "fees": {"taker": "0.0006", "maker": "0.0002"}, "venue": venue.own},
            "settings": {},
        }  # fmt: skip
        if venue.mode:
            self.doc["mode"] = venue.mode
        if venue.name == "bitmex":
            self.doc["parameters"]["venue"] = sample["parameters"]["venue"]
            self.doc["parameters"]["collateral"] = sample["parameters"].get("collateral", {})
            self.doc["instruments"] = dict(sample["instruments"])
            self.doc["market"]["mark"] = dict(sample["market"]["mark"])
        if venue.name == "textbook":
            self.doc["position_mode"] = "one_way"
            self.hedge = False
        self.gross: dict[str, Decimal] = {}

    def document(self) -> Doc:
        """One account."""
        for symbol, terms in self._symbols():
            self.doc["instruments"].setdefault(symbol, terms)
            self._fill(symbol, self.doc["instruments"][symbol])
        self._wallets()
        if self.draw.random() < 0.2:
            self._put_on_the_line()
        if self.draw.random() < 0.05 and self.doc["market"]["mark"]:
            del self.doc["market"]["mark"][self.draw.choice([*self.doc["market"]["mark"]])]
        return self.doc

    def chance(self, share: float) -> bool:
        """True in so many of cases."""
        return self.draw.random() < share

    def _symbols(self) -> list[tuple[str, Doc]]:
        venue, draw = self.venue, self.draw
        if venue.name == "bitmex":
            listed = [(s, dict(t)) for s, t in self.doc["instruments"].items()]
            return draw.sample(listed, draw.randint(1, len(listed)))
        found: list[tuple[str, Doc]] = []
        bases = ("BTC", "ETH", "SOL", "XRP", "DOGE")
        for base in bases[: 2 if venue.mode == "portfolio" else None]:
            for quote in venue.linear:
                terms = {"payoff": "linear", "base": base, "quote": quote, "settle": quote}
                found.append((f"{base}{venue.separator}{quote}", terms))
        for base in venue.inverse:
            for end in ("USD_P", "USD_Z26") if venue.name == "textbook" else ("USD", "USDZ26"):
                terms = {"payoff": "inverse", "base": base, "quote": "USD", "settle": base}
                face = {"contract_size": draw.choice(("1", "10", "100"))}
                found.append((f"{base}{end}", terms | face))
        count = draw.choice((0, 1, 1, 2, 2, 3, 4, 6))
        return draw.sample(found, min(count, len(found)))

    def number(self, low: float, high: float, digits: int = 6) -> Decimal:
        """A number with so many digits."""
        return Context(prec=digits).create_decimal(repr(self.draw.uniform(low, high)))

    def _fill(self, symbol: str, terms: Doc) -> None:
        draw, doc = self.draw, self.doc
        inverse, face = terms["payoff"] == "inverse", D(terms.get("contract_size", "1"))
        mark = self.number(1, 9.9) * D(10) ** draw.randint(-2, 4)
        doc["market"]["mark"][symbol] = text(mark)
        if self.chance(0.7):
            index = _ROUGH.multiply(mark, D(draw.randint(985, 1015)) / 1000)
            doc["market"]["index"][symbol] = text(index)
        doc["market"]["last"][symbol] = text(mark)
        if self.chance(0.8):
            rate = text(D(draw.randint(-50, 50)) / 100_000)
            doc["market"]["funding"][symbol] = {"rate": rate}
        leverage = draw.choice((None, "1", "3", "10", "20", "50"))
        isolated = self.venue.isolated and self.chance(0.3)
        if self.venue.mode == "isolated" and self.venue.name == "bybit_unified":
            isolated = True
        value = self.number(1, 9.9) * D(10) ** draw.randint(1, 6)
        if inverse:
            size = (value / face).to_integral_value() or D(1)
            notional = _ROUGH.divide(size * face, mark)
        else:
            size = Context(prec=draw.choice((2, 6))).divide(value, mark * face)
            notional = size * face * mark
        sides: tuple[str, ...] = ("both",)
        if self.hedge:
            sides = draw.choice((("long", "short"), ("long", "short"), ("long",), ("short",)))
        even = self.chance(0.5)
        for number, side in enumerate(sides):
            own = size if even or not number else size * draw.randint(1, 4) / 2
            if inverse:
                own = own.to_integral_value()
            self._row(symbol, side, own, mark, leverage, isolated=isolated, notional=notional)
        settle = terms["settle"]
        self.gross[settle] = self.gross.get(settle, D(0)) + notional
        doc["parameters"]["tiers"][symbol] = self._tiers(notional, size)
        if self.venue.orders:
            self._orders(symbol, size, mark, sides)

    def _row(
        self, symbol: str, side: str, size: Decimal, mark: Decimal, leverage: str | None, *,
        isolated: bool, notional: Decimal,
    ) -> None:  # fmt: skip
        draw = self.draw
        short = side == "short" or (side == "both" and self.chance(0.5))
        entry = _ROUGH.multiply(mark, D(draw.choice((100, draw.randint(60, 160)))) / 100)
        row: Doc = {"instrument": symbol, "size": text(-size if short else size), "side": side}
        row["entry_price"] = text(entry)
        if leverage is not None:
            row["leverage"] = leverage
        if self.chance(0.7):
            row["fees"] = text(-_ROUGH.multiply(notional, D(draw.randint(-5, 20)) / 10_000))
        if self.chance(0.4):
            row["realized_pnl"] = text(_ROUGH.multiply(notional, D(draw.randint(-9, 9)) / 1000))
        if self.chance(0.8):
            days = ("2026-01-01T00:00:00Z", "2025-10-01T00:00:00Z")
            row["opened_at"] = draw.choice(days)
        if isolated or self.venue.name == "bingx_standard":
            row["margin_mode"] = "isolated"
            share = D(draw.randint(1, 60)) / 100
            row["isolated_margin"] = text(_ROUGH.multiply(notional, share))
            row["leverage"] = leverage or "10"
        if self.venue.name == "bingx_standard":
            row["id"], row["funding"] = str(len(self.doc["positions"])), "-1.5"
        self.doc["positions"].append(row)

    def _tiers(self, notional: Decimal, size: Decimal) -> Doc:
        """One to eight rows, one of whose floors may be the notional itself."""
        draw, rough = self.draw, _ROUGH
        by_size = self.chance(0.12)
        scale = size if by_size else notional
        steps = sorted(draw.sample((0.2, 0.5, 0.8, 1.0, 1.0001, 1.5, 2.5, 6.0, 40.0),
                                   draw.randint(0, 7)))  # fmt: skip
        floors = [D(0)] + [
            scale if step == 1 else rough.multiply(scale, D(str(step))) for step in steps
        ]
        rates = sorted(draw.sample(range(20, 2000), len(floors)))
        capped = self.chance(0.4)
        rows: list[Doc] = []
        for n, floor in enumerate(floors):
            row = {"floor": text(floor), "rate": text(D(rates[n]) / 10_000)}
            row["initial_rate"] = text(D(rates[n]) / 5_000)
            row["max_leverage"] = text(D(1) / (D(1) / D(120) + D(n) / D(20)).quantize(D("0.001")))
            if n + 1 < len(floors):
                row["cap"] = text(floors[n + 1])
            elif capped:
                row["cap"] = text(floor + scale * 2)
            rows.append(row)
        if self.chance(0.05):
            rows[-1]["deduction"] = text(rough.multiply(scale, D("0.001")))
        kind = draw.choice(("marginal", "marginal", "marginal", "whole", None))
        table: Doc = {"rows": rows}
        if kind is not None:
            table["kind"] = kind
        if by_size:
            table["keyed_by"] = "size"
        return table

    def _orders(self, symbol: str, size: Decimal, mark: Decimal, sides: tuple[str, ...]) -> None:
        draw = self.draw
        if not self.chance(0.4):
            return
        both_sides = ("buy", "sell") if self.chance(0.6) else (draw.choice(("buy", "sell")),)
        for side in both_sides:
            shares = D(draw.choice((50, 100, 150, 300)))
            order: Doc = {"instrument": symbol, "side": side, "size": text(size * shares / 100)}
            order["kind"] = draw.choice(("limit", "limit", "limit", "market", "stop"))
            if order["kind"] != "market":
                order["price"] = text(_ROUGH.multiply(mark, D(draw.randint(80, 120)) / 100))
            if self.hedge:
                order["position_side"] = draw.choice([s for s in sides if s != "both"])
            if self.chance(0.1):
                order["reduce_only"] = True
            self.doc["orders"].append(order)

    # -- wallets -------------------------------------------------------------------------------

    def _wallets(self) -> None:
        draw, wallets = self.draw, []
        assets = dict.fromkeys([*self.gross, *(self.venue.linear[:1]), *self.venue.coins])
        for asset in assets:
            if asset not in self.gross and self.chance(0.3):
                continue
            stable = asset.startswith("USD")
            held = sum(self.gross.values(), D(0)) or D(1000)
            scale = self.gross.get(asset, held if stable else D(2))
            share = draw.choice((draw.randint(-40, 30), draw.randint(0, 30), draw.randint(20, 300)))
            wallet: Doc = {"asset": asset,
                           "balance": text(_ROUGH.multiply(scale, D(share) / 100))}  # fmt: skip
            names = ["credit", "locked", "options_value"]
            if self.venue.loans:
                names += ["borrowed", "interest", "borrowed"]
            for name in names:
                if self.chance(0.12):
                    amount = _ROUGH.multiply(scale, D(draw.randint(1, 20)) / 100)
                    wallet[name] = text(amount)
            if self.chance(0.05):
                wallet["collateral"] = False
            if self.chance(0.1) and not self.venue.joint:
                wallet["isolated_included"] = False
            wallets.append(wallet)
            self._terms(wallet, stable=stable)
        self.doc["wallets"] = wallets

    def _terms(self, wallet: Doc, *, stable: bool) -> None:
        draw, asset, doc = self.draw, wallet["asset"], self.doc
        index = D(1) if stable and self.chance(0.8) else self.number(0.5, 9000)
        wide = D(draw.randint(0, 300)) / 10_000
        if self.chance(0.99):
            doc["market"]["asset_rate"][asset] = {
                "index": text(index),
                "bid": text(_ROUGH.multiply(index, 1 - wide)),
                "ask": text(_ROUGH.multiply(index, 1 + wide)),
            }
        if not self.venue.joint or self.venue.name == "bitmex":
            return
        scale = abs(D(wallet["balance"])) or D(1)
        if stable or self.chance(0.3):
            table: Doc = {"ratio": draw.choice(("1", "0.98"))}
        else:
            keyed = draw.choice(("value", "quantity"))
            unit = scale * index if keyed == "value" else scale
            floors = [D(0), *(_ROUGH.multiply(unit, D(s)) for s in ("0.5", "1", "2"))]
            ratios = ("0.98", "0.9", "0.7", "0")
            table = {"keyed_by": keyed, "rows": _rows(floors, {"ratio": ratios})}
        if self.chance(0.95):
            doc["parameters"]["collateral"][asset] = table
        if self.venue.loans and self.chance(0.95):
            floors = [D(0), _ROUGH.multiply(scale, D("0.1")), scale]
            rates = {"initial_rate": ("0.1", "0.15", "0.3"),
                     "maintenance_rate": ("0.04", "0.05", "0.1")}  # fmt: skip
            doc["parameters"]["borrow"][asset] = {"rows": _rows(floors, rates)}
            if self.chance(0.5):
                doc["settings"][asset] = {"spot_leverage": draw.choice(("3", "5", "10"))}

    def _put_on_the_line(self) -> None:
        """The balance of a wallet (or an isolated margin) that leaves a buffer of exactly 0."""
        for _ in range(2):
            try:
                found = ml.assess(ml.from_dict(self.doc))
            except (MarginlineError, AbsentError):
                return
            for pool in found.pools:
                buffer = pool.measures.get(Measure.BUFFER)
                if buffer is None or len(pool.positions) == 0:
                    continue
                if pool.kind == "isolated":
                    for row in self.doc["positions"]:
                        if pool.id.startswith(f"{row['instrument']}/{row['side']}"):
                            margin = D(row["isolated_margin"]) - buffer
                            row["isolated_margin"] = text(max(margin, D("0.01")))
                    continue
                for wallet in self.doc["wallets"]:
                    if wallet["asset"] == pool.asset:
                        wallet["balance"] = text(D(wallet["balance"]) - buffer)


def _rows(floors: list[Decimal], columns: Mapping[str, tuple[str, ...]]) -> list[Doc]:
    rows: list[Doc] = []
    for n, floor in enumerate(floors):
        row: Doc = {"floor": text(floor)} | {name: given[n] for name, given in columns.items()}
        if n + 1 < len(floors):
            row["cap"] = text(floors[n + 1])
        rows.append(row)
    return rows
