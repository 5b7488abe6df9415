"""The insurance fund: takes positions over, sells them again, and hands on what it cannot hold.

It may hold up to four times its equity, what it holds already counted; beyond that the positions of
others are reduced at the bankruptcy price (auto-deleveraging), in the venue's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from marginline.core.numbers import to_text
from marginline.market.accounts.booking import Deal, Venue
from marginline.market.accounts.state import LegKey, Owner
from marginline.market.contracts import CONTRACTS, FEE_SCALE, MONEY, SETTLE, Contract
from marginline.market.liquidation.ranking import Queued, queue
from marginline.market.rates import RATIOS
from marginline.market.tiers import maintenance
from marginline.market.trading.desk import Desk
from marginline.market.views import LedgerKind

CASH = 200_000_000
"""What a fund begins with, in USDT."""
LARGEST = 4
"""What it may hold, in parts of its equity."""
SALE_EVERY, SALE_PARTS = 10, 8
REDUCED_TO = 2
"""A reduction aims at a requirement of one part in so many of the support."""


class Fund:
    """The insurance fund of one venue. `later(seconds, action)` plans its sales."""

    def __init__(
        self, desk: Desk, later: Callable[[int, Callable[[], bool]], None], cash: int = CASH
    ) -> None:
        self.desk, self.later = desk, later
        self.venue: Venue = desk.venue
        self.moment = desk.moment
        self.account = self.venue.fund
        self._selling = False
        self.venue.pay_in(self.account, SETTLE, cash * MONEY)

    # -- what it is worth ----------------------------------------------------------------------

    def equity(self) -> int:
        """Cash and the P&L of what it holds, in 1e-8 USDT."""
        held = self.account.positions.items()
        pnl = sum(h.pnl(CONTRACTS[n], self.moment.mark(CONTRACTS[n])) for (n, _), h in held)
        return self.account.wallets.get(SETTLE, 0) + pnl

    def holds(self) -> int:
        """Value of all that it holds, in 1e-8 USDT."""
        held = self.account.positions.items()
        return sum(
            abs(h.size) * self.moment.mark(CONTRACTS[n]) * CONTRACTS[n].unit for (n, _), h in held
        )

    def room(self, contract: Contract) -> int:
        """How many steps more of a contract it may take."""
        left = max(0, LARGEST * self.equity() - self.holds())
        return left // (self.moment.mark(contract) * contract.unit)

    # -- what it is given ----------------------------------------------------------------------

    def receive_fee(self, owner: Owner, leg: LegKey, charge: int) -> None:
        """The clearance fee of a forced close, out of the position's own margin if it has one."""
        holding = owner.positions.get(leg)
        if holding is not None and owner.isolated(leg[0]):
            holding.posted -= charge
        self._hand_over(owner, "LIQUIDATION_FEE", charge)

    def _hand_over(self, owner: Owner, kind: LedgerKind, amount: int) -> None:
        self.venue.book(owner, kind, -amount)
        self.venue.book(self.account, kind, amount)

    def take_over(self, owner: Owner, prices: Mapping[LegKey, int], *, whole: bool) -> str:
        """Take the positions of a called pool, and what is left of its money, plus or minus.

        What the fund holds is booked at the mark, what it cannot hold goes to others at `prices`,
        the bankruptcy prices. `whole`: the pool is the whole account, its coins are sold first.
        Returns what happened, in words.
        """
        if whole:
            self._sell_coins(owner)
        isolated = all(owner.isolated(leg[0]) for leg in prices)
        left, told = 0, []
        for leg, price in prices.items():
            contract, holding = CONTRACTS[leg[0]], owner.positions[leg]
            size = abs(holding.size)
            taken = min(size, self.room(contract))
            posted = holding.posted
            booked = owner.wallets.get(SETTLE, 0)
            sign = -1 if holding.size > 0 else 1
            if size > taken:
                self._deleverage(owner, leg, size - taken, price)
            if taken:
                deal = Deal(contract, sign * taken, self.moment.mark(contract), leg[1], "takeover")
                self.venue.trade(owner, deal, against=self.account, fee=False)
            left += posted + owner.wallets.get(SETTLE, 0) - booked
            told.append(f"{grouped(size * contract.step)} {contract.symbol}")
        rest = left if isolated else owner.free()
        self._hand_over(owner, "INSURANCE_CLEAR", rest)
        self.plan_sale()
        return f"{', '.join(told)} taken over, {_words(rest)} to the insurance fund"

    def _sell_coins(self, owner: Owner) -> None:
        """Every coin goes to the maker: at bid on Binance, at its ratio on Bybit."""
        for asset, amount in list(owner.wallets.items()):
            if asset == SETTLE or not amount:
                continue
            ratio = Decimal(RATIOS[self.venue.code][asset])
            price = self.moment.rates.index(asset) / self.moment.rates.index(SETTLE) * ratio
            paid = int(amount * price)
            for side, sign in ((owner, 1), (self.venue.maker, -1)):
                self.venue.book(side, "CONVERSION", -sign * amount, asset=asset)
                self.venue.book(side, "CONVERSION", sign * paid)

    def take_row(self, row: int, contract: Contract, mark: int, price: int) -> None:
        """Take over a row of the crowd: what fits at the mark, the rest by deleveraging."""
        size = int(self.venue.crowd.size[row])
        taken, sign = min(abs(size), self.room(contract)), (-1 if size > 0 else 1)
        rest = abs(size) - taken
        for queued in queue(self.moment, contract, sign) if rest else ():
            part = min(rest, queued.size)
            self.venue.crowd_trade(row, contract, sign * part, price)
            self._other_side(queued, contract, -sign * part, price)
            rest -= part
        if rest:
            self.venue.crowd_trade(row, contract, sign * rest, price)
        if taken:
            self.venue.crowd_trade(row, contract, sign * taken, mark, against=self.account)
        left = int(self.venue.crowd.margin[row])
        self.venue.crowd.margin[row] = 0
        self.venue.book(self.account, "INSURANCE_CLEAR", left)

    def least_close(
        self, contract: Contract, size: int, unit_value: int, others: int, support: int
    ) -> int:
        """The least number of steps whose close leaves a requirement of half the support.

        After the clearance fee; all of them where none is enough. `others`: requirement of the
        pool's other positions.
        """
        rows = self.moment.rows[contract.number]
        low, high = 1, size
        while low < high:
            steps = (low + high) // 2
            required = others + maintenance(rows, (size - steps) * unit_value)
            left = support - steps * unit_value * contract.clearance // FEE_SCALE
            if REDUCED_TO * required <= left:
                high = steps
            else:
                low = steps + 1
        return low

    # -- what it does with it ------------------------------------------------------------------

    def plan_sale(self) -> None:
        """Sell from the next ten-second mark on, while it holds anything."""
        if self.account.positions and not self._selling:
            self._selling = True
            second = self.moment.paths.second
            self.later(SALE_EVERY - second % SALE_EVERY, self._sale)

    def _sale(self) -> bool:
        self._selling = False
        for (number, _), holding in list(self.account.positions.items()):
            steps = -(-abs(holding.size) // SALE_PARTS)
            signed = -steps if holding.size > 0 else steps
            self.desk.take(self.account, CONTRACTS[number], signed, None)
        self.plan_sale()
        return False

    # -- auto-deleveraging ---------------------------------------------------------------------

    def _deleverage(self, owner: Owner, leg: LegKey, steps: int, price: int) -> None:
        """Close `steps` of a position against the other side of the market, by its queue."""
        contract = CONTRACTS[leg[0]]
        long = owner.positions[leg].size > 0
        for queued in queue(self.moment, contract, -1 if long else 1):
            if not steps:
                return
            if queued.owner is owner:
                continue
            part = min(steps, queued.size)
            self._pair(owner, leg, queued, -part if long else part, price)
            steps -= part
        if steps:
            deal = Deal(contract, -steps if long else steps, price, leg[1], "takeover")
            self.venue.trade(owner, deal, fee=False)

    def _pair(self, owner: Owner, leg: LegKey, queued: Queued, steps: int, price: int) -> None:
        """Both sides trade with the maker at one price, who is left as he was."""
        contract = CONTRACTS[leg[0]]
        deal = Deal(contract, steps, price, leg[1], "takeover")
        self.venue.trade(owner, deal, fee=False)
        self._other_side(queued, contract, -steps, price)

    def _other_side(self, queued: Queued, contract: Contract, steps: int, price: int) -> None:
        if queued.row is not None:
            self.venue.crowd_trade(queued.row, contract, steps, price)
        elif queued.owner is not None and queued.leg is not None:
            deal = Deal(contract, steps, price, queued.leg[1], "adl")
            self.venue.trade(queued.owner, deal, fee=False)


def grouped(size: Decimal) -> str:
    """A size with separators of thousands, without zeros that say nothing."""
    return f"{Decimal(to_text(size)):,f}"


def _words(amount: int) -> str:
    shown = f"{Decimal(abs(amount)) / MONEY:,.2f}"
    return f"{shown} USDT" if amount >= 0 else f"a loss of {shown} USDT"
