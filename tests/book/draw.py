"""Pools drawn at random, of every kind that fits columns, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from decimal import Decimal as D

from marginline.book.book import Book
from marginline.book.intake.packing import Packer
from marginline.core.account.account import Instrument
from marginline.core.findings import missing
from marginline.core.numbers import Direction, exactly
from marginline.core.pool.exposure import Basis, Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule, Rounding, TierSchedule


def odd_and_even() -> Book:
    """Two pools that differ in a rounding only, which the columns do not know; pool 1 is odd."""
    world = World(3, joint=0.0)
    pool = next(p for p in (world.pool() for _ in range(50)) if p.exposures)
    first = pool.exposures[0]
    term = replace(first.maintenance, rounding=Rounding(Decimal("0.01"), Direction.UP))
    odd = replace(pool, exposures=(replace(first, maintenance=term), *pool.exposures[1:]))
    return packed(pool, odd)


def packed(*pools: Pool) -> Book:
    """A book of these pools."""
    book = Book(threads=1)
    packer = Packer(book)
    for pool in pools:
        packer.pool(pool, "drawn")
    packer.add()
    return book


USD, COINS = "USDT", {"BTC": D(60000), "ETH": D(2500)}
TRIGGERS = (
    Trigger(),
    Trigger(inclusive=False),
    Trigger(watch=D("0.7"), margin_call=D("0.9")),
    Trigger(liquidates=False),
    Trigger(level=D("1.05"), watch=D("0.875"), negative_support_liquidates=True),
)


@dataclass
class World:
    """Instruments with their marks, tiers and terms; `pool()` draws one pool after another."""

    seed: int
    instruments: int = 24
    joint: float = 0.5
    tight: float = 0.3
    marks: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.listed = [self._instrument(n) for n in range(self.instruments)]
        self.rates = dict(COINS)

    def digits(self, low: float, high: float, places: int) -> Decimal:
        return D(f"{self.random.uniform(low, high):.{places}f}")

    # -- instruments ---------------------------------------------------------------------------

    def _instrument(self, n: int) -> tuple[Instrument, TierSchedule, MaintenanceTerm, Basis]:
        payoff = ("linear", "linear", "inverse", "quanto")[n % 4]
        coin = ("BTC", "ETH")[n // 4 % 2]
        symbol = f"{payoff[0].upper()}{n}"
        if payoff == "linear":
            instrument = Instrument(
                symbol=symbol, payoff=payoff, base=f"X{n}", quote=USD, settle=USD,
                contract_size=D(self.random.choice(["1", "0.001", "10"])),
            )  # fmt: skip
            mark = self.digits(0.5, 3000, 4)
        elif payoff == "inverse":
            instrument = Instrument(
                symbol=symbol, payoff=payoff, base=coin, quote="USD", settle=coin,
                contract_size=D(self.random.choice(["1", "10", "100"])),
            )  # fmt: skip
            mark = COINS[coin] * self.digits(0.9, 1.1, 3)
        else:
            instrument = Instrument(
                symbol=symbol, payoff=payoff, base=f"X{n}", quote="USD", settle="BTC",
                multiplier=D("0.000001"),
            )  # fmt: skip
            mark = self.digits(100, 4000, 2)
        self.marks[symbol] = mark
        kind = self.random.choice(["marginal", "whole"])
        keyed = self.random.choice(["notional", "notional", "size"])
        unit = mark * instrument.contract_size if payoff == "linear" else D(1)
        scale = {"notional": D(5000) if payoff == "linear" else D("0.5")}.get(keyed)
        if scale is None:
            scale = D(max(1, int(5000 / unit))) if payoff == "linear" else D(500)
        schedule = self._tiers(scale, kind, keyed)
        basis = self.random.choice([Basis.MARK, Basis.MARK, Basis.ENTRY, Basis.INDEX])
        term = MaintenanceTerm(
            schedule,
            basis,
            fee_rate=D(self.random.choice(["0", "0", "0.0006"])),
        )
        return instrument, schedule, term, self.random.choice([Basis.MARK, Basis.ENTRY])

    def _tiers(self, scale: Decimal, kind: str, keyed: str) -> TierSchedule:
        rows = self.random.choice([1, 3, 6])
        floors = tuple(scale * m for m in (D(0), D(1), D(4), D(20), D(100), D(400)))[:rows]
        rates = tuple(map(D, ("0.004", "0.005", "0.01", "0.025", "0.05", "0.125")))[:rows]
        deductions = [D(0)]
        for n in range(1, rows):
            deductions.append(deductions[-1] + floors[n] * (rates[n] - rates[n - 1]))
        if kind == "whole":
            deductions = [D(0)] * rows
        elif keyed == "notional" and self.random.random() < 0.2 and rows > 1:
            deductions[1] = deductions[1] * D("0.9")  # the venue's own, contradicting the floors
        per_unit = kind == "marginal" and keyed == "size"
        none = (None,) * rows
        return TierSchedule(
            keyed, kind, floors, rates, tuple(deductions), none, none, per_unit=per_unit
        )

    # -- pools ---------------------------------------------------------------------------------

    @exactly
    def pool(self) -> Pool:
        draw = self.random
        if draw.random() < self.joint:
            return self._joint_pool()
        asset = draw.choice([USD, USD, "BTC", "ETH"])
        isolated = draw.random() < 0.3
        fits = [row for row in self.listed if row[0].settle == asset]
        count = 1 if isolated else draw.choice([0, 1, 2, 3, 5, 12])
        chosen = draw.sample(fits, min(count, len(fits)))
        closing = D(draw.choice(["0", "0", "0.0005"]))
        exposures = tuple(self._exposure(row, closing) for row in chosen)
        worth = D(1) if asset == USD else D(1) / COINS[asset]
        leg = Leg(asset, self._cash(exposures, worth))
        kind = Kind.ISOLATED if isolated and exposures else Kind.CROSS
        name = f"{exposures[0].key} isolated" if kind is Kind.ISOLATED else asset
        triggers = TRIGGERS[:4] if closing else TRIGGERS
        return Pool(name, kind, asset, (leg,), exposures, trigger=draw.choice(triggers))

    def _cash(self, exposures: tuple[Exposure, ...], unit: Decimal) -> Decimal:
        """Cash that makes the pool healthy, tight or under water."""
        lost = -sum((e.pnl_at(e.mark) for e in exposures), D(0))  # type: ignore[arg-type]
        gross = sum((e.notional_at(e.mark) for e in exposures), D(0))  # type: ignore[arg-type]
        share = 0.012 if self.random.random() < self.tight else 0.4
        spare = D(f"{self.random.uniform(-0.2 * share, share):.9f}")
        return round(lost + gross * spare + unit * self.digits(-1, 5, 4), 12)

    def _exposure(
        self, row: tuple[Instrument, TierSchedule, MaintenanceTerm, Basis], closing: Decimal
    ) -> Exposure:
        draw = self.random
        instrument, _, term, initial_basis = row
        mark = self.marks[instrument.symbol]
        entry = round(mark * self.digits(0.8, 1.25, 5), 6)
        notional = D(f"{draw.lognormvariate(8, 2):.2f}")
        if instrument.payoff == "linear":
            size = round(notional / mark / instrument.contract_size, 3) or D("0.001")
        else:
            size = D(max(1, int(notional / instrument.contract_size)))
        size *= draw.choice([1, -1])
        leverage = D(draw.choice([1, 3, 5, 10, 20, 50, 125]))
        side = draw.choice(["both", "long" if size > 0 else "short"])
        fee = D(draw.choice(["0", "0.00055"]))
        bare = Exposure(
            f"{instrument.symbol}/{side}", instrument, side, size, entry, mark,
            instrument.settle or USD, term, InitialTerm(D(1)),
        )  # fmt: skip
        constant = bare.notional_at(entry) * fee
        return Exposure(
            bare.key, instrument, side, size, entry, mark, bare.asset,
            MaintenanceTerm(
                term.schedule, term.basis, fee_constant=constant, fee_rate=term.fee_rate,
                closing_fee_rate=closing,
            ),
            InitialTerm(1 / leverage, initial_basis, fee_constant=constant),
            index=mark * D("1.001"),
            leverage=leverage,
        )  # fmt: skip

    def _joint_pool(self) -> Pool:
        draw = self.random
        chosen = draw.sample(self.listed, draw.choice([0, 1, 2, 4, 8]))
        exposures = []
        for row in chosen:
            bare = self._exposure(row, D(0))
            rate = self.rates.get(bare.asset, D(1))
            exposures.append(replace(bare, value_rate=rate, requirement_rate=rate * D("1.01")))
        legs = []
        for asset in (USD, "BTC", "ETH"):
            rate = self.rates.get(asset, D(1))
            own = tuple(e for e in exposures if e.asset == asset)
            cuts = draw.random() < 0.7
            legs.append(
                Leg(
                    asset,
                    self._cash(own, D(100) / rate),
                    locked=D(draw.choice(["0", "0", "0.25"])) / rate.quantize(D(1)),
                    supports=draw.random() < 0.9,
                    rate_positive=rate * D("0.99"),
                    rate_negative=rate * D("1.01"),
                    index=rate,
                    haircut=self._haircut(asset),
                    cuts_pnl=cuts,
                )
            )
            exposures = [
                e if e.asset != asset else replace(e, requirement_rate=rate * D("1.01"))
                for e in exposures
            ]
        return Pool(
            USD,
            Kind.ACCOUNT,
            USD,
            tuple(legs),
            tuple(exposures),
            orders=(OrderTerm("L0", USD, self.digits(0, 50, 2)),) if draw.random() < 0.3 else (),
            borrows=tuple(self._loan(leg.asset) for leg in legs if draw.random() < 0.5),
            adjustments=(Part("loss", -self.digits(0, 20, 2)),) if draw.random() < 0.3 else (),
            trigger=draw.choice(TRIGGERS),
        )

    def _loan(self, asset: str) -> BorrowTerm:
        """Borrowed, or following a balance below zero; of some nobody knows the rates."""
        draw, rate = self.random, self.rates.get(asset, D(1))
        follows = draw.random() < 0.7
        fixed = D(draw.choice(["0", "20", "300"])) / rate.quantize(D(1))
        schedules = (self._loan_rates(rate), self._loan_rates(rate), missing("no rates are given"))
        return BorrowTerm(
            asset,
            round(fixed, 8),
            rate * D(draw.choice(["1", "1.001"])),
            draw.choice(schedules),
            D("0.1") if draw.random() < 0.3 else draw.choice(schedules),
            follows_leg=follows,
            kept=round(D(draw.choice(["0", "0", "40"])) / rate, 6),
        )

    def _loan_rates(self, rate: Decimal) -> RateSchedule:
        keyed, kind = (
            self.random.choice(["quantity", "value"]),
            self.random.choice(["whole", "marginal"]),
        )
        unit = D(1) if keyed == "value" else 1 / rate.quantize(D(1))
        floors = tuple(round(unit * n, 8) for n in (D(0), D(50), D(400)))
        rates, deductions = (D("0.03"), D("0.05"), D("0.2")), [D(0)]
        for n in (1, 2):
            deductions.append(deductions[-1] + floors[n] * (rates[n] - rates[n - 1]))
        if kind == "whole":
            deductions = [D(0)] * 3
        return RateSchedule(keyed, kind, floors, rates, tuple(deductions))

    def _haircut(self, asset: str) -> HaircutSchedule | None:
        kind = self.random.choice([None, "marginal", "whole"])
        if kind is None:
            return None
        keyed = self.random.choice(["quantity", "value"])
        scale = D(2000) if keyed == "value" or asset == USD else D("0.05")
        floors, ratios = (D(0), scale, scale * 5), (D("0.95"), D("0.8"), D("0.5"))
        cumulatives = [D(0)]
        for n in (1, 2):
            cumulatives.append(cumulatives[-1] + floors[n] * (ratios[n - 1] - ratios[n]))
        if kind == "whole":
            cumulatives = [D(0)] * 3
        return HaircutSchedule(keyed, kind, floors, ratios, tuple(cumulatives))
