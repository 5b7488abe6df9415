"""The stages of a forced close, by each venue's own way, second by second.

At the trigger orders go; two seconds later the position is reduced once, if it must still be; four
seconds after the trigger the insurance fund takes over what is still under the line. At every stage
the exact assessment of that second says whether it is.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.market.accounts.state import LegKey, Order, Owner, money
from marginline.market.contracts import BINANCE, BY_SYMBOL, CONTRACTS, FEE_SCALE, MONEY, Contract
from marginline.market.events import LiquidationStage, Stage
from marginline.market.liquidation.fund import Fund, grouped
from marginline.market.tiers import maintenance, row_of
from marginline.market.trading.desk import Desk
from marginline.venues.assessing import assess

REDUCE_AFTER, TAKE_OVER_AFTER = 2, 4
"""Seconds from the trigger."""

Later = Callable[[int, Callable[[], bool]], None]
"""`later(seconds, action)`: do it so many seconds from now."""


Tell = Callable[[str], None]
"""Adds a sentence to the story."""


class Liquidator:
    """The forced closes of one venue."""

    def __init__(self, desk: Desk, fund: Fund, later: Later, tell: Tell) -> None:
        self.desk, self.fund, self.later, self.tell = desk, fund, later, tell
        self.venue, self.moment = desk.venue, desk.moment
        self.active: dict[str, set[str]] = {}
        self.liquidated: set[str] = set()
        """Names of accounts that lost a pool to the fund since this was last looked at."""

    # -- the trigger ---------------------------------------------------------------------------

    def called(self, owner: Owner) -> bool:
        """Begin the stages of every pool that the exact assessment calls; whether there is one."""
        found = assess(self.moment.document(owner))
        begun = False
        for pool in found.pools:
            asleep = self.active.setdefault(owner.name, set())
            if pool.status is Status.LIQUIDATION and pool.id not in asleep:
                asleep.add(pool.id)
                self.desk.closed.add(owner.name)
                self._begin(owner, pool)
                begun = True
        return begun

    def _begin(self, owner: Owner, pool: PoolAssessment) -> None:
        support, required = pool.figures[Measure.SUPPORT], pool.figures[Measure.MAINTENANCE_MARGIN]
        text = f"maintenance margin {_round(required)} has met support {_round(support)}"
        self._note(owner, pool.id, "triggered", f"{text} {pool.asset}")
        self.tell(f"{owner.name} is being liquidated: {text} {pool.asset}.")
        orders = [order for order in owner.orders.values() if self._goes(owner, pool, order)]
        for order in orders:
            self.desk.cancel(owner, order.id)
        if orders:
            self._note(owner, pool.id, "orders_cancelled", f"{len(orders)} orders cancelled")
        self.later(REDUCE_AFTER, lambda: self._second_stage(owner, pool.id))

    def _goes(self, owner: Owner, pool: PoolAssessment, order: Order) -> bool:
        """Whether the trigger cancels an order: Binance all of the pool, Bybit what opens."""
        isolated = owner.isolated(order.contract.number)
        if isolated and not pool.id.startswith(order.contract.symbol + "/"):
            return False
        if not isolated and pool.kind == "isolated":
            return False
        closes = owner.holding(order.leg).size * order.direction < 0
        return self.venue.code == BINANCE or not (order.reduce_only or closes)

    # -- reduction -----------------------------------------------------------------------------

    def _second_stage(self, owner: Owner, name: str) -> bool:
        pool = self._still_called(owner, name)
        if pool is None:
            return False
        self._reduce(owner, pool)
        self.later(TAKE_OVER_AFTER - REDUCE_AFTER, lambda: self._last_stage(owner, name))
        return False

    def _reduce(self, owner: Owner, pool: PoolAssessment) -> None:
        largest = max(pool.positions, key=lambda p: p.measures[Measure.MAINTENANCE_MARGIN] or 0)
        contract = BY_SYMBOL[largest.instrument]
        leg = next(other for other in owner.positions if _key(other) == largest.key)
        steps = self._part(owner, pool, leg)
        if not steps:
            return
        holding, price = owner.positions[leg], self._bankruptcy_price(owner, pool, leg)
        direction = -1 if holding.size > 0 else 1
        if self.venue.code != BINANCE:  # fill or kill
            walk = self.desk.book.walk(contract.number, direction, steps, price)
            if walk.filled < steps:
                return
        signed = direction * steps
        done, value = self.desk.take(owner, contract, signed, price, reason="liquidation")
        if not done:
            return
        charge = -(-value * contract.clearance // FEE_SCALE)
        self.fund.receive_fee(owner, leg, charge)
        self.liquidated.add(owner.name)
        text = f"{grouped(done * contract.step)} {contract.symbol} closed"
        self._note(owner, pool.id, "reduced", f"{text}, fee {_round(money(charge))} USDT")
        self.tell(f"{owner.name}: {text} by the venue.")

    def _part(self, owner: Owner, pool: PoolAssessment, leg: LegKey) -> int:
        """How many steps the reduction closes; 0 in the first tier row."""
        contract, holding = CONTRACTS[leg[0]], owner.positions[leg]
        rows, mark = self.moment.rows[leg[0]], self.moment.mark(contract)
        unit_value, size = mark * contract.unit, abs(holding.size)
        row = row_of(rows, size * unit_value)
        if row == 0:
            return 0
        if self.venue.code != BINANCE:
            return size - rows[row][0] // unit_value
        required = maintenance(rows, size * unit_value)
        if size * unit_value * contract.clearance // FEE_SCALE > required:
            return size
        rate = self._rate(pool)
        support = int(pool.figures[Measure.SUPPORT] / rate * MONEY)
        others = int(pool.figures[Measure.MAINTENANCE_MARGIN] / rate * MONEY) - required
        return self.fund.least_close(contract, size, unit_value, others, support)

    def _rate(self, pool: PoolAssessment) -> Decimal:
        """What one USDT is in the pool's asset."""
        return self.moment.rates.index("USDT") if pool.asset == "USD" else Decimal(1)

    def _bankruptcy_price(self, owner: Owner, pool: PoolAssessment, leg: LegKey) -> int:
        """Price in ticks at which the pool's support is gone, every mark moved by one share.

        Rounded in the account's favour.
        """
        support = int(pool.figures[Measure.SUPPORT] / self._rate(pool) * MONEY)
        whole = 0
        for other, holding in owner.positions.items():
            if other != leg and (pool.kind == "isolated" or owner.isolated(other[0])):
                continue
            its = CONTRACTS[other[0]]
            whole += abs(holding.size) * self.moment.mark(its) * its.unit
        mark, long = self.moment.mark(CONTRACTS[leg[0]]), owner.positions[leg].size > 0
        if long:
            return -(-mark * (whole - support) // whole)
        return mark * (whole + support) // whole

    # -- takeover ------------------------------------------------------------------------------

    def _last_stage(self, owner: Owner, name: str) -> bool:
        pool = self._still_called(owner, name)
        if pool is None:
            return False
        legs = [leg for leg in owner.positions if _key(leg) in {p.key for p in pool.positions}]
        prices = {leg: self._bankruptcy_price(owner, pool, leg) for leg in legs}
        handed = self.fund.take_over(owner, prices, whole=pool.kind == "account")
        self._note(owner, name, "taken_over", handed)
        self.tell(f"{owner.name}: {handed}.")
        self.liquidated.add(owner.name)
        self._over(owner, name, "the insurance fund has taken over")
        return False

    def _still_called(self, owner: Owner, name: str) -> PoolAssessment | None:
        """The pool if it is still under its line; else its liquidation is over."""
        found: Assessment = assess(self.moment.document(owner))
        pool = next((pool for pool in found.pools if pool.id == name), None)
        if pool is not None and pool.status is Status.LIQUIDATION:
            return pool
        again = "support covers maintenance margin again"
        if pool is None or not pool.positions:
            again = "nothing of it is left open"  # of what was short there is perhaps a debt
        self._over(owner, name, again)
        self.tell(f"{owner.name}: {again}.")
        return None

    def _over(self, owner: Owner, name: str, text: str) -> None:
        self.active[owner.name].discard(name)
        if not self.active[owner.name]:
            self.desk.closed.discard(owner.name)
        self._note(owner, name, "over", text)

    def _note(self, owner: Owner, pool: str, stage: Stage, detail: str) -> None:
        self.venue.events.append(
            LiquidationStage(
                at=self.venue.now,
                venue=self.venue.code,
                account=owner.name,
                pool=pool,
                stage=stage,
                detail=detail,
            )
        )


def _key(leg: LegKey) -> str:
    contract: Contract = CONTRACTS[leg[0]]
    return f"{contract.symbol}/{leg[1]}"


def _round(amount: Decimal) -> str:
    return f"{amount:,.2f}"
