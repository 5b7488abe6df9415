"""Bookings: every way in which money and positions move, on both sides at once.

For each contract of a venue the sizes of all holders sum to zero, and the wallets less the costs,
with the fees collected, sum to what was paid in, to the last 1e-8. `check` asserts both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from marginline.market.accounts.crowd import Crowd
from marginline.market.accounts.showing import order_view, position_view
from marginline.market.accounts.state import Holding, LegKey, Order, Owner, money
from marginline.market.contracts import FEE_SCALE, MAKER_FEE, SETTLE, TAKER_FEE, Contract
from marginline.market.events import (
    Event,
    Execution,
    Fill,
    FillReason,
    FundingPaid,
    OrderChanged,
    PositionChanged,
    WalletChanged,
    WalletReason,
)
from marginline.market.views import LedgerKind, LedgerRow, PositionSide

REASONS: dict[LedgerKind, WalletReason] = {
    "REALIZED_PNL": "fill",
    "COMMISSION": "fee",
    "FUNDING_FEE": "funding",
    "TRANSFER": "transfer",
    "LIQUIDATION_FEE": "liquidation_fee",
    "INSURANCE_CLEAR": "insurance",
    "CONVERSION": "conversion",
}


@dataclass(frozen=True, slots=True)
class Deal:
    """What one side of a trade does: signed `steps` at `ticks`, on which leg, and why."""

    contract: Contract
    steps: int
    ticks: int
    side: PositionSide = "both"
    reason: FillReason = "order"

    @property
    def leg(self) -> LegKey:
        """The position it moves."""
        return (self.contract.number, self.side)

    @property
    def value(self) -> int:
        """Signed value, in 1e-8 USDT."""
        return self.steps * self.ticks * self.contract.unit

    def mirrored(self) -> Deal:
        """The other side of it, in one-way mode."""
        return replace(self, steps=-self.steps, side="both")


@dataclass(slots=True)
class Venue:
    """One venue: its accounts, the maker who trades with all, the insurance fund, what it took.

    `maker` and `fund` are accounts like others, without names. `paid_in` and `collected` (fees)
    are by asset.
    """

    code: str
    owners: dict[str, Owner] = field(default_factory=dict)
    maker: Owner = field(init=False)
    fund: Owner = field(init=False)
    crowd: Crowd = field(default_factory=Crowd.nobody)
    collected: dict[str, int] = field(default_factory=dict)
    paid_in: dict[str, int] = field(default_factory=dict)
    now: int = 0
    events: list[Event] = field(default_factory=list)
    dirty: bool = True
    rank: Callable[[Owner, LegKey], int] = field(default=lambda _owner, _leg: 0)

    def __post_init__(self) -> None:
        self.maker = Owner("maker", self.code, "cross", named=False)
        self.fund = Owner("insurance fund", self.code, "cross", named=False)

    def next_id(self, owner: Owner) -> int:
        """A number that no order, trade or ledger row of the venue has had.

        Every account counts by itself, so that what one does changes no number of another.
        """
        owner.last_id += 1
        return owner.last_id

    def everyone(self) -> tuple[Owner, ...]:
        """All accounts but the crowd."""
        return (*self.owners.values(), self.maker, self.fund)

    # -- money ---------------------------------------------------------------------------------

    def book(
        self,
        owner: Owner,
        kind: LedgerKind,
        amount: int,
        *,
        asset: str = SETTLE,
        symbol: str = "",
        trade_id: int | None = None,
        info: str = "",
    ) -> None:
        """Move one wallet; nothing is told of an amount of 0. The other side is the caller's."""
        if not amount:
            return
        owner.wallets[asset] = owner.wallets.get(asset, 0) + amount
        owner.wallet_at[asset] = self.now
        owner.version += 1
        self.dirty = True
        if not owner.named:
            return
        number, balance, change = self.next_id(owner), money(owner.wallets[asset]), money(amount)
        owner.ledger.append(
            LedgerRow(
                at=self.now,
                id=number,
                kind=kind,
                asset=asset,
                amount=change,
                balance=balance,
                symbol=symbol,
                trade_id=trade_id,
                info=info,
            )
        )
        self.events.append(
            WalletChanged(
                at=self.now,
                venue=self.code,
                account=owner.name,
                asset=asset,
                balance=balance,
                change=change,
                reason=REASONS[kind],
                id=number,
            )
        )

    def pay_in(self, owner: Owner, asset: str, amount: int) -> None:
        """Money from outside (negative: to outside)."""
        self.paid_in[asset] = self.paid_in.get(asset, 0) + amount
        self.book(owner, "TRANSFER", amount, asset=asset)

    def collect(self, amount: int, asset: str = SETTLE) -> None:
        """Fees that the venue keeps."""
        self.collected[asset] = self.collected.get(asset, 0) + amount

    def post(self, owner: Owner, leg: LegKey, amount: int) -> None:
        """Money between the free wallet and an isolated position; the balance stays."""
        owner.positions[leg].posted += amount
        owner.version += 1

    # -- trades --------------------------------------------------------------------------------

    def trade(
        self,
        owner: Owner,
        deal: Deal,
        *,
        against: Owner | None = None,
        order: Order | None = None,
        maker: bool = False,
        fee: bool = True,
    ) -> None:
        """A fill; the other side is the venue's maker unless said otherwise, in one-way mode.

        The other side pays no fee. A named one is told of nothing here: let it trade by itself.
        """
        contract = deal.contract
        rate = MAKER_FEE if maker else TAKER_FEE
        charge = -(-abs(deal.value) * rate // FEE_SCALE) if fee else 0
        trade_id = self.next_id(owner)
        realized = self._move(owner, deal)
        self._move(against or self.maker, deal.mirrored())
        if not owner.named:
            return
        holding = owner.positions[deal.leg]
        holding.fees -= charge
        if owner.isolated(contract.number):
            holding.posted -= charge
        self.collect(charge)
        fill = Fill(
            at=self.now,
            venue=self.code,
            account=owner.name,
            trade_id=trade_id,
            order_id=order.id if order else 0,
            symbol=contract.symbol,
            side="buy" if deal.steps > 0 else "sell",
            position_side=deal.side,
            size=abs(deal.steps) * contract.step,
            price=deal.ticks * contract.tick,
            fee=money(charge),
            fee_asset=SETTLE,
            maker=maker,
            realized_pnl=money(realized),
            reason=deal.reason,
        )
        self._record(owner, fill, order, deal)
        symbol = contract.symbol
        self.book(owner, "REALIZED_PNL", realized, symbol=symbol, trade_id=trade_id)
        self.book(owner, "COMMISSION", -charge, symbol=symbol, trade_id=trade_id)
        self.show(owner, contract, deal.side)
        if not holding.size:
            del owner.positions[deal.leg]

    def open_quietly(self, owner: Owner, deal: Deal) -> None:
        """A position that was there before the world began; nothing is told, no fee is paid."""
        self._move(owner, deal)
        self._move(self.maker, deal.mirrored())

    def _record(self, owner: Owner, fill: Fill, order: Order | None, deal: Deal) -> None:
        owner.trades.append(fill)
        if order is not None:
            order.filled += abs(deal.steps)
            order.paid += abs(deal.steps) * deal.ticks
            order.status = "partially_filled" if order.left else "filled"
            self.tell(owner, order, "trade", fill)
        self.events.append(fill)

    def tell(
        self, owner: Owner, order: Order, execution: Execution, fill: Fill | None = None
    ) -> None:
        """What has become of an order."""
        order.updated_at = self.now
        self.events.append(
            OrderChanged(
                at=self.now,
                venue=self.code,
                account=owner.name,
                order=order_view(order),
                execution=execution,
                fill=fill,
            )
        )

    def show(self, owner: Owner, contract: Contract, side: PositionSide) -> None:
        """The position as it is now."""
        if owner.named:
            leg = (contract.number, side)
            rank = self.rank(owner, leg) if owner.holding(leg).size else 0
            view = position_view(owner, contract, side, rank)
            self.events.append(
                PositionChanged(at=self.now, venue=self.code, account=owner.name, position=view)
            )

    def _move(self, owner: Owner, deal: Deal) -> int:
        """Change a position, closing before opening; returns what the closed part realized.

        What a named owner realizes is booked by the caller; of others here.
        """
        holding = owner.positions.setdefault(deal.leg, Holding(opened_at=self.now))
        holding.updated_at = self.now
        owner.version += 1
        self.dirty = True
        realized, steps = 0, deal.steps
        isolated = owner.isolated(deal.contract.number)
        if holding.size * steps < 0:
            closed = min(abs(steps), abs(holding.size))
            realized = self._close(holding, deal, closed, isolated=isolated)
            steps += closed if steps < 0 else -closed
            if steps:
                self._flip(holding)
        if steps:
            value = steps * deal.ticks * deal.contract.unit
            holding.size += steps
            holding.cost += value
            if isolated:
                holding.posted += -(-abs(value) // owner.setting(deal.contract.number).leverage)
        if not owner.named:
            owner.wallets[SETTLE] = owner.wallets.get(SETTLE, 0) + realized
            if not holding.size:
                del owner.positions[deal.leg]
        return realized

    def _close(self, holding: Holding, deal: Deal, closed: int, *, isolated: bool) -> int:
        released = holding.cost * closed // abs(holding.size)
        value = closed * deal.ticks * deal.contract.unit
        realized = (value if holding.size > 0 else -value) - released
        if deal.reason == "order":
            holding.posted -= holding.posted * closed // abs(holding.size)
        elif isolated:  # a forced close leaves margin and result in the position
            holding.posted += realized
        holding.cost -= released
        holding.size += -closed if holding.size > 0 else closed
        holding.realized += realized
        return realized

    def _flip(self, holding: Holding) -> None:
        holding.realized = holding.funding = holding.fees = holding.posted = 0
        holding.opened_at = self.now

    def crowd_trade(
        self, row: int, contract: Contract, steps: int, ticks: int, *, against: Owner | None = None
    ) -> None:
        """A fill of a row of the crowd; the other side is the maker unless said otherwise."""
        self.crowd.trade(row, contract.unit, steps, ticks)
        self._move(against or self.maker, Deal(contract, -steps, ticks))

    # -- funding -------------------------------------------------------------------------------

    def fund_at(self, contract: Contract, mark: int, rate: int) -> None:
        """Funding of one contract: each holder's amount floored, the maker takes the rest."""
        left = 0
        for owner in (*self.owners.values(), self.fund):
            for leg, holding in list(owner.positions.items()):
                if leg[0] != contract.number:
                    continue
                amount = -holding.size * mark * contract.unit * rate // 1_000_000_000
                left -= amount
                holding.funding += amount
                if holding.posted:
                    holding.posted += amount
                self._pay_funding(owner, contract, leg, amount, rate)
        left -= self.crowd.fund_at(contract.number, mark, contract.unit, rate)
        self.book(self.maker, "FUNDING_FEE", left)

    def _pay_funding(
        self, owner: Owner, contract: Contract, leg: LegKey, amount: int, rate: int
    ) -> None:
        self.book(owner, "FUNDING_FEE", amount, symbol=contract.symbol)
        if not owner.named or not amount:
            return
        self.events.append(
            FundingPaid(
                at=self.now,
                venue=self.code,
                account=owner.name,
                symbol=contract.symbol,
                position_side=leg[1],
                rate=money(rate).scaleb(-1),
                position_size=owner.positions[leg].size * contract.step,
                amount=money(amount),
                asset=SETTLE,
                id=owner.last_id,
            )
        )
        self.show(owner, contract, leg[1])

    # -- conservation --------------------------------------------------------------------------

    def check(self) -> None:
        """Assert that no position and no money has come from nowhere."""
        if not self.dirty:
            return
        self.dirty = False
        sizes = self.crowd.sizes()
        held: dict[str, int] = dict(self.collected)
        held[SETTLE] = held.get(SETTLE, 0) + self.crowd.worth()
        for owner in self.everyone():
            for asset, amount in owner.wallets.items():
                held[asset] = held.get(asset, 0) + amount
            for (number, _), holding in owner.positions.items():
                sizes[number] += holding.size
                held[SETTLE] -= holding.cost
        assert not np.any(sizes), f"{self.code}: sizes do not sum to zero: {sizes}"
        kept = {asset: amount for asset, amount in held.items() if amount}
        paid = {asset: amount for asset, amount in self.paid_in.items() if amount}
        assert kept == paid, f"{self.code}: holds {kept}, was paid {paid}"
