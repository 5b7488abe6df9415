"""A pool as it stands, and its health along one instrument's price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property

from marginline import formulas
from marginline.core.findings import AbsentError, Gap
from marginline.core.numbers import ONE, ZERO
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import Exposure, need
from marginline.core.pool.pool import BorrowTerm, Leg, Pool
from marginline.core.pool.terms import closing_fee_amount, maintenance_amount
from marginline.core.solver import plain
from marginline.core.solver.plain import Stand, Worth
from marginline.core.solver.straight import (
    NOISE,
    Charge,
    Debt,
    Ends,
    Gross,
    Leaning,
    Line,
    Support,
    Unfit,
    charge_of,
    debt_of,
    pnl_line,
)


class Standing:
    """A pool as it stands: each exposure's P&L, maintenance margin and closing fee at its mark.

    Computed once per pool and shared by the walks of all its instruments, so that the walk of one
    instrument costs the same whether the pool holds two positions or two hundred.
    """

    def __init__(
        self,
        pool: Pool,
        pnl: Mapping[str, Decimal] | None = None,
        charge: Mapping[str, Decimal] | None = None,
    ) -> None:
        """`pnl` and `charge` by key of the exposure, where both are known already."""
        self.pool = pool
        self.pnl = pnl or {e.key: e.pnl_at(need(e.mark)) for e in pool.exposures}
        self._charge = charge
        self._charges: dict[str, Charge] = {}
        self.of_symbol: dict[str, list[Exposure]] = {}
        self.grouped: list[Exposure] = []
        self.pnl_by_asset: dict[str, Decimal] = {}
        for exposure in pool.exposures:
            self.of_symbol.setdefault(exposure.instrument.symbol, []).append(exposure)
            asset = exposure.asset
            self.pnl_by_asset[asset] = self.pnl_by_asset.get(asset, ZERO) + self.pnl[exposure.key]
            if exposure.maintenance.group is not None:
                self.grouped.append(exposure)

    @cached_property
    def charge(self) -> Mapping[str, Decimal]:
        """Per exposure level * maintenance margin + closing fee, in the pool's asset."""
        if self._charge is not None:
            return self._charge
        level = self.pool.trigger.level
        return {
            e.key: (_counted_maintenance(e) * level + closing_fee_amount(e))
            * need(e.requirement_rate)
            for e in self.pool.by_terms
        }

    @cached_property
    def ungrouped(self) -> Decimal:
        """Sum of the charges of the exposures outside any group, and of the named parts."""
        parts = sum((need(part.amount) for part in self.pool.maintenance_parts), ZERO)
        charges = (self.charge[e.key] for e in self.pool.by_terms if e.maintenance.group is None)
        return sum(charges, parts * self.pool.trigger.level)

    # -- one instrument's price where the pool is plain -------------------------------------------

    @cached_property
    def _plain(self) -> Stand | None:
        """The pool's own health; None where it is not plain for any instrument."""
        try:
            if not self._adds_up:
                return None
            balance, needed = self.balance, self.ungrouped + self.loans
            worth = {a: w for a in self.pnl_by_asset if (w := self._worth(a)) is not None}
            size = sum(map(abs, self.leg_values.values()), abs(needed) + abs(self._taken_off))
            health = balance + self._taken_off - needed
        except AbsentError:  # of a margin balance that stands without it, the slopes tell
            return None
        return Stand(balance, health, worth, size)

    def _worth(self, asset: str) -> Worth | None:
        """What a unit of P&L in an asset adds; None where it adds nothing or a loan has arisen."""
        leg, pnl = self.legs[asset], self.pnl_by_asset[asset]
        try:
            cuts, slopes, _, fixed = self._support(leg)
        except Unfit:
            return None
        piece = bisect_left(cuts, fixed + pnl)
        ends = [cuts[piece - 1] - fixed - pnl] if piece else []
        ends += [-(leg.usable + leg.liability - loan.kept + pnl) for loan in self._follow(asset)]
        least = max(ends, default=None)
        if slopes[piece] <= 0 or (least is not None and least > 0):
            return None
        return Worth(slopes[piece], slopes[-1], least)

    def plain(self, symbol: str, *, bankruptcy: bool) -> Ends | None:
        """The ends of the safe range in `t`, where the pool is plain for an instrument."""
        moving, stand = self.of_symbol[symbol], self._plain
        if stand is None or len(moving) != 1:
            return None
        exposure = moving[0]
        pnl = self.pnl[exposure.key]
        try:
            if bankruptcy:
                return plain.bankruptcy(stand, exposure, pnl)
            charge = self.charged_along(exposure)
            return plain.liquidation(stand, exposure, charge, pnl, self.charge[exposure.key])
        except (AbsentError, Unfit):
            return None

    # -- one instrument's price along a line -----------------------------------------------------

    @cached_property
    def leg_values(self) -> dict[str, Decimal]:
        """What each leg counts as it stands, P&L that joins after the haircut included."""
        found: dict[str, Decimal] = {}
        for leg in self.pool.legs:
            pnl = self.pnl_by_asset.get(leg.asset, ZERO)
            value = leg.value(leg.usable + pnl if leg.cuts_pnl else leg.usable)
            if not leg.cuts_pnl and leg.asset in self.pnl_by_asset:
                value += pnl * need(leg.index)
            found[leg.asset] = value
        return found

    @cached_property
    def balance(self) -> Decimal:
        """The margin balance as it stands."""
        return sum(self.leg_values.values(), ZERO)

    @cached_property
    def legs(self) -> dict[str, Leg]:
        """The legs by asset."""
        return {leg.asset: leg for leg in self.pool.legs}

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[str, list[int]]]:
        """Where the leg and the loans of an asset stand."""
        loans: dict[str, list[int]] = {}
        for number, loan in enumerate(self.pool.borrows):
            loans.setdefault(loan.asset, []).append(number)
        return {leg.asset: number for number, leg in enumerate(self.pool.legs)}, loans

    def legs_of(self, assets: Iterable[str]) -> list[Leg]:
        """The legs of some assets, in the pool's order."""
        places = self._places[0]
        return [self.pool.legs[n] for n in sorted(places[a] for a in assets if a in places)]

    def loans_of(self, assets: Iterable[str]) -> list[BorrowTerm]:
        """The loans of some assets, in the pool's order."""
        places = self._places[1]
        own = sorted(number for asset in assets for number in places.get(asset, ()))
        return [self.pool.borrows[number] for number in own]

    @cached_property
    def loan_charges(self) -> dict[str, Decimal]:
        """Level * maintenance margin of the loans as they stand, by asset."""
        found: dict[str, Decimal] = {}
        for loan in self.pool.borrows:
            owed = need(loan.fixed)
            if loan.follows_leg:
                leg = self.legs[loan.asset]
                gross = leg.usable + leg.liability - loan.kept
                owed -= formulas.negative_part(gross + self.pnl_by_asset.get(loan.asset, ZERO))
            charge = loan.charge(owed, loan.maintenance) * self.pool.trigger.level
            found[loan.asset] = found.get(loan.asset, ZERO) + charge
        return found

    @cached_property
    def loans(self) -> Decimal:
        """Level * maintenance margin of all loans as they stand."""
        return sum(self.loan_charges.values(), ZERO)

    @cached_property
    def _supports(self) -> dict[str, Support]:
        return {}

    @cached_property
    def _taken_off(self) -> Decimal:
        return sum((need(part.amount) for part in self.pool.adjustments), ZERO)

    def _support(self, leg: Leg) -> Support:
        found = self._supports.get(leg.asset)
        if found is None:
            found = self._supports[leg.asset] = Support.of(leg)
        return found

    def charged_along(self, exposure: Exposure) -> Charge:
        """What an exposure is charged along its price, made once: each way to the line asks it.

        Raises:
            Unfit: as `charge_of`.
            AbsentError: something of it is missing.
        """
        found = self._charges.get(exposure.key)
        if found is None:
            found = charge_of(exposure, self.pool.trigger.level)
            self._charges[exposure.key] = found
        return found

    def line(self, symbol: str, *, bankruptcy: bool) -> Line | None:
        """The health along one instrument's price (1/price where inverse), by slopes alone.

        `bankruptcy`: the margin balance, requirements left out. None where slopes do not tell:
        the curve is not concave, or something that it depends on is missing.
        """
        try:
            return self._line(symbol, bankruptcy=bankruptcy)
        except (Unfit, AbsentError):
            return None

    def _line(self, symbol: str, *, bankruptcy: bool) -> Line:
        moving, asset = self.of_symbol[symbol], self.of_symbol[symbol][0].asset
        if any(e.asset != asset for e in moving):
            raise Unfit
        leg = self.legs[asset]
        support = self._support(leg)
        base, steep = self.pnl_by_asset[asset], ZERO
        for e in moving:
            start, growth = pnl_line(e)
            base, steep = base + (start - self.pnl[e.key]), steep + growth
        rest = self.balance - self.leg_values[asset]
        scale = abs(base) + abs(leg.usable) * max(support.slopes) + abs(rest)
        legs = (Leaning(support, support.fixed + base, steep),)
        if bankruptcy:
            return Line(legs, rest, (), (), scale * NOISE)
        if not self._adds_up:
            raise Unfit
        debts, unowed = self._owing(asset, Gross(base, steep))
        needed = self.ungrouped - sum((self.charge[e.key] for e in moving), ZERO)
        needed += self.loans - (self.loan_charges[asset] if debts else ZERO)
        charges = [self.charged_along(e) for e in moving]
        scale += abs(self.ungrouped) + abs(self._taken_off)
        rest = rest + self._taken_off - needed
        return Line(legs, rest, charges, debts, scale * NOISE, unowed)

    @cached_property
    def _adds_up(self) -> bool:
        """Whether the requirement is a sum, which is what slopes tell.

        Where the larger of charges and loans counts, it is the charges as long as nothing is owed.
        """
        pool = self.pool
        if pool.scenarios or self.grouped:
            return False
        if not pool.larger_of_loans:
            return True
        known = not any(isinstance(loan.maintenance, Gap) for loan in pool.borrows)
        charged = all(need(part.amount) >= 0 for part in pool.maintenance_parts)
        return known and charged and not self.loans

    def _owing(self, asset: str, pnl: Gross) -> tuple[list[Debt], list[Gross]]:
        """The loans that follow an asset below zero while its P&L moves, as slopes tell them.

        Where they do not tell, what the asset amounts to before each in their place.
        """
        loans, leg = self._follow(asset), self.legs[asset]
        owed = leg.usable + leg.liability + pnl.amount
        before = [Gross(owed - loan.kept, pnl.steep) for loan in loans]
        if self.pool.larger_of_loans:
            return [], before
        level = self.pool.trigger.level
        try:
            return [debt_of(*each, level) for each in zip(loans, before, strict=True)], []
        except Unfit:
            return [], before

    # -- all prices along one line ----------------------------------------------------------------

    def along(self, states: Mapping[str, Curve], rates: Mapping[str, Curve]) -> Line | None:
        """The health while exposures move by their state, and rates by their factor.

        None where slopes do not tell, as for `line`.
        """
        try:
            return self._along(states, rates)
        except (Unfit, AbsentError):
            return None

    def _along(self, states: Mapping[str, Curve], rates: Mapping[str, Curve]) -> Line:
        pool = self.pool
        bent = {e.asset for e in pool.exposures} | {loan.asset for loan in pool.borrows}
        if not self._adds_up or not bent.isdisjoint(rates):
            raise Unfit
        charges: list[Charge] = []
        needed = self.ungrouped + self.loans
        pnls: dict[str, Gross] = {}
        debts: list[Debt] = []
        unowed: list[Gross] = []
        size = abs(needed) + abs(self._taken_off)
        for e in pool.exposures:
            state = states.get(e.key)
            if state is None:
                continue
            start, growth = pnl_line(e)
            amount, steep = pnls.get(e.asset) or (self.pnl_by_asset[e.asset], ZERO)
            amount += start + growth * state.constant - self.pnl[e.key]
            pnls[e.asset] = Gross(amount, steep + growth * state.linear)
            size += abs(start) * max(self._support(self.legs[e.asset]).slopes)
            needed -= self.charge[e.key]
            charges.append(self.charged_along(e).along(state))
        for asset, pnl in pnls.items():
            own, others = self._owing(asset, pnl)
            debts, unowed = debts + own, unowed + others
            needed -= self.loan_charges[asset] if own else ZERO
        legs, worth = self._leaning(pnls, rates)
        size += worth
        return Line(legs, self._taken_off - needed, charges, debts, size * NOISE, unowed)

    def _leaning(
        self, pnls: Mapping[str, Gross], rates: Mapping[str, Curve]
    ) -> tuple[list[Leaning], Decimal]:
        """The legs while the P&L of some moves and the rates of others; what all are worth now."""
        found: list[Leaning] = []
        amount = steep = size = ZERO
        for leg in self.pool.legs:
            value, factor, pnl = (
                self.leg_values[leg.asset],
                rates.get(leg.asset),
                pnls.get(leg.asset),
            )
            size += abs(value)
            if pnl is not None:
                support = self._support(leg)
                found.append(Leaning(support, support.fixed + pnl.amount, pnl.steep))
            elif factor is None:
                amount += value
            elif leg.haircut is None or getattr(leg.haircut, "keyed_by", "") == "quantity":
                amount += value * factor.constant
                steep += value * factor.linear
            else:
                raise Unfit
        found.append(Leaning(Support((), (ONE,), (ZERO,), ZERO), amount, steep))
        return found, size

    def _follow(self, asset: str) -> tuple[BorrowTerm, ...]:
        """The loans that follow the leg of an asset."""
        return self._following.get(asset, ()) if self.pool.borrows else ()

    @cached_property
    def _following(self) -> dict[str, tuple[BorrowTerm, ...]]:
        """The loans that follow their leg, by asset."""
        found: dict[str, tuple[BorrowTerm, ...]] = {}
        for loan in self.pool.borrows:
            if loan.follows_leg:
                found[loan.asset] = (*found.get(loan.asset, ()), loan)
        return found


def _counted_maintenance(exposure: Exposure) -> Decimal:
    return maintenance_amount(exposure) if exposure.maintenance.counts else ZERO
