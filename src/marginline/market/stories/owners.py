"""What owners do by themselves: pay in after the first Watch, and come back after a liquidation.

They take their time, and pay only if the account is in Watch still: a spike is none. Watch is what
the product calls it: the ratio at 0.8, or all prices within 3 % of the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from functools import partial

import numpy as np

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.market.accounts.booking import Deal, Venue
from marginline.market.accounts.cast import Role, grid, role
from marginline.market.accounts.state import Owner, money, of_money
from marginline.market.contracts import CONTRACTS, MONEY, SETTLE
from marginline.market.liquidation.keeper import Keeper
from marginline.market.liquidation.screen import GUARD
from marginline.market.prices.paths import Span
from marginline.market.rates import PEG
from marginline.market.scenarios import Scenario
from marginline.market.stories.script import Stage
from marginline.market.views import PositionSide
from marginline.venues.assessing import assess

NEAR = (Decimal("0.97"), Decimal("1.03"))
"""Within these factors on all prices lies the line of an account in Watch."""
PLANNED = (Decimal("0.94"), Decimal("1.06"))
WATCH_RATIO = 0.8
ROUND_TO = 1000
BACK_AFTER_S = 600
"""Real seconds until the owner of a liquidated account comes back."""


class Owners:
    """The owners of the named accounts."""

    def __init__(self, scenario: Scenario, keepers: Mapping[str, Keeper], stage: Stage) -> None:
        self.scenario, self.keepers, self.stage = scenario, keepers, stage
        self._waiting = dict(scenario.deposits)
        self._suspects: dict[str, int] = {}
        self._leaving: set[str] = set()

    # -- the first Watch -----------------------------------------------------------------------

    def first(self, span: Span) -> int:
        """Seconds until an owner who would pay in may see Watch; more than the span if none."""
        self._suspects = {}
        for name in self._waiting:
            keeper, owner = self._of(name)
            mark, index = span.mark[keeper.desk.moment.number], span.index
            for pool in keeper.screen.pools(owner):
                seen = np.zeros(span.seconds, bool)
                for factor in (1.0, float(NEAR[0]), float(NEAR[1])):
                    limit = WATCH_RATIO if factor == 1.0 else 1.0
                    support, required = pool.health(mark * factor, index * factor)
                    seen |= required >= support * limit * GUARD
                if seen.any():
                    at = int(seen.argmax()) + 1
                    self._suspects[name] = min(at, self._suspects.get(name, at))
        return min(self._suspects.values(), default=span.seconds + 1)

    def look(self, seconds: int) -> None:
        """Plan the deposit of everyone who is in Watch `seconds` into the span."""
        for name, at in self._suspects.items():
            if at == seconds and self._watched(self._of(name)[1]):
                delay = self._waiting.pop(name)
                self.stage.at(self.stage.paths.second + delay, partial(self._pay, name))

    def _watched(self, owner: Owner) -> bool:
        account = self._document(owner)
        if assess(account).status is not Status.HEALTHY:
            return True
        return any(assess(shocked(account, factor)).status is Status.LIQUIDATION for factor in NEAR)

    def _pay(self, name: str) -> bool:
        """As much as puts the line at 6 %, in whole thousands; nothing where Watch was a moment."""
        _, owner = self._of(name)
        if not owner.positions:
            return False
        if not self._watched(owner):
            self._waiting[name] = self.scenario.deposits[name]
            return False
        account = self._document(owner)
        lacking = max(_lacking(assess(shocked(account, factor))) for factor in PLANNED)
        amount = max(1, int((lacking / ROUND_TO).to_integral_value(ROUND_CEILING))) * ROUND_TO
        self._venue(owner).pay_in(owner, SETTLE, amount * MONEY)
        self.stage.tell(f"{name} pays in {amount:,} USDT: the plan for a distance of 6 %.")
        return True

    # -- coming back ---------------------------------------------------------------------------

    def returning(self) -> None:
        """Plan the return of everyone whom the fund has taken over, or who has nothing left."""
        for keeper in self.keepers.values():
            for name in sorted(keeper.liquidator.liquidated - self._leaving):
                self._leaving.add(name)
                after = self.stage.paths.second + BACK_AFTER_S * self.scenario.speed
                when = max(after, self.scenario.length_s)
                self.stage.at(when, partial(self._return, name))
            keeper.liquidator.liquidated.clear()

    def _return(self, name: str) -> bool:
        keeper, owner = self._of(name)
        if keeper.liquidator.active.get(name):  # not before its stages are over
            self.stage.at(self.stage.paths.second + 60, partial(self._return, name))
            return False
        self._leaving.discard(name)
        self._come_back(keeper, owner, role(name))
        return True

    def _come_back(self, keeper: Keeper, owner: Owner, role: Role) -> None:
        """Pay in what is lacking to the worth of the beginning, and open what is missing."""
        venue, moment = keeper.venue, keeper.desk.moment
        for order in list(owner.orders):
            keeper.desk.cancel(owner, order)
        lacking = _worth(role, self.scenario) - self._worth_now(keeper, owner)
        for asset, coins in role.coins.items():
            missing = coins * MONEY - owner.wallets.get(asset, 0)
            if missing > 0:
                venue.pay_in(owner, asset, missing)
        if lacking > 0:
            venue.pay_in(owner, SETTLE, lacking)
        for each in role.positions:
            contract = next(c for c in CONTRACTS if c.base == each.base)
            side: PositionSide = ("long" if each.size > 0 else "short") if role.hedge else "both"
            steps = int(each.size / contract.step) - owner.holding((contract.number, side)).size
            if steps:
                deal = Deal(contract, steps, moment.mark(contract), side)
                venue.trade(owner, deal)
        if role.name == "grid bot":
            grid(venue, owner)
        paid = money(max(0, lacking))
        self.stage.tell(f"{role.name} is back with {paid:,.0f} USDT and the same positions.")

    def _worth_now(self, keeper: Keeper, owner: Owner) -> int:
        """USDT and P&L, in 1e-8; coins are topped up by themselves."""
        moment = keeper.desk.moment
        pnl = sum(
            holding.pnl(CONTRACTS[leg[0]], moment.mark(CONTRACTS[leg[0]]))
            for leg, holding in owner.positions.items()
        )
        return owner.wallets.get(SETTLE, 0) + pnl

    # -- help ----------------------------------------------------------------------------------

    def _of(self, name: str) -> tuple[Keeper, Owner]:
        for keeper in self.keepers.values():
            if name in keeper.venue.owners:
                return keeper, keeper.venue.owners[name]
        raise AssertionError(f"no account {name}")

    def _venue(self, owner: Owner) -> Venue:
        return self.keepers[owner.venue].venue

    def _document(self, owner: Owner) -> Account:
        return self.keepers[owner.venue].desk.moment.document(owner)


def _worth(role: Role, scenario: Scenario) -> int:
    """USDT and P&L at the start, in 1e-8."""
    total = Decimal(scenario.wallets.get(role.name, role.wallet))
    for each in role.positions:
        contract = next(c for c in CONTRACTS if c.base == each.base)
        entry = scenario.entries.get(role.name, {}).get(each.base, each.entry)
        total += each.size * contract.start * (1 - Decimal(entry))
    return of_money(total.quantize(Decimal("0.00000001")))


def shocked(account: Account, factor: Decimal) -> Account:
    """The account with every price times a factor; stable coins stay."""
    market = account.market
    rates = {
        asset: rate
        if asset in PEG
        else replace(
            rate,
            index=None if rate.index is None else rate.index * factor,
            bid=None if rate.bid is None else rate.bid * factor,
            ask=None if rate.ask is None else rate.ask * factor,
        )
        for asset, rate in market.asset_rate.items()
    }
    moved = replace(
        market,
        mark={symbol: mark * factor for symbol, mark in market.mark.items()},
        index={symbol: index * factor for symbol, index in market.index.items()},
        asset_rate=rates,
    )
    return replace(account, market=moved)


def _lacking(found: Assessment) -> Decimal:
    """What the pools' support lacks to their requirement, in their assets."""
    return sum(
        (
            pool.figures[Measure.MAINTENANCE_MARGIN] - pool.figures[Measure.SUPPORT]
            for pool in found.pools
        ),
        Decimal(0),
    )
