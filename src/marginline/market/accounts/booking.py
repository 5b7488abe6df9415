"""Bookings: every way in which money and positions move, on both sides at once.

For each contract of a venue the sizes of all holders sum to zero, and the wallets less the costs,
with the fees collected, sum to what was paid in, to the last 1e-8. `check` asserts both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from marginline.market.accounts.crowd import Crowd
from marginline.market.accounts.showing import order_view, position_view
from marginline.market.accounts.state import Holding, Leg, Order, Owner, money
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
}


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
    last_id: int = 1_000_000
    dirty: bool = True

    def __post_init__(self) -> None:
        self.maker = Owner("maker", self.code, "cross", named=False)
        self.fund = Owner("insurance fund", self.code, "cross", named=False)

    def next_id(self) -> int:
        """A number that no order, trade or ledger row of the venue has had."""
        self.last_id += 1
        return self.last_id

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
        number, balance, change = self.next_id(), money(owner.wallets[asset]), money(amount)
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

    def post(self, owner: Owner, leg: Leg, amount: int) -> None:
        """Money between the free wallet and an isolated position; the balance stays."""
        owner.positions[leg].posted += amount
        owner.version += 1

    # -- trades --------------------------------------------------------------------------------

    def trade(
        self,
        owner: Owner,
        contract: Contract,
        side: PositionSide,
        steps: int,
        ticks: int,
        *,
        against: Owner | None = None,
        order: Order | None = None,
        maker: bool = False,
        reason: FillReason = "order",
        fee: bool = True,
    ) -> None:
        """A fill of signed `steps` at `ticks`; the other side is the maker unless said otherwise.

        The other side pays no fee here: what it pays it is booked by its own call.
        """
        value = abs(steps) * ticks * contract.unit
        charge = -(-value * (MAKER_FEE if maker else TAKER_FEE) // FEE_SCALE) if fee else 0
        trade_id = self.next_id()
        realized = self._move(owner, (contract.number, side), contract, steps, ticks, reason)
        counterparty = against or self.maker
        if counterparty is not owner:
            self._move(counterparty, (contract.number, "both"), contract, -steps, ticks, reason)
        holding = owner.positions[contract.number, side]
        holding.fees -= charge
        if holding.posted:
            holding.posted -= charge
        self.collect(charge)
        fill = Fill(
            at=self.now,
            venue=self.code,
            account=owner.name,
            trade_id=trade_id,
            order_id=order.id if order else 0,
            symbol=contract.symbol,
            side="buy" if steps > 0 else "sell",
            position_side=side,
            size=abs(steps) * contract.step,
            price=ticks * contract.tick,
            fee=money(charge),
            fee_asset=SETTLE,
            maker=maker,
            realized_pnl=money(realized),
            reason=reason,
        )
        self._record(owner, fill, order, steps, ticks)
        named = {"symbol": contract.symbol, "trade_id": trade_id}
        self._flow(owner, "REALIZED_PNL", realized, **named)
        self._flow(owner, "COMMISSION", -charge, **named)
        self.show(owner, contract, side)
        if not holding.size:
            del owner.positions[contract.number, side]

    def _flow(
        self, owner: Owner, kind: LedgerKind, amount: int, *, symbol: str, trade_id: int
    ) -> None:
        self.book(owner, kind, amount, symbol=symbol, trade_id=trade_id)

    def _record(
        self, owner: Owner, fill: Fill, order: Order | None, steps: int, ticks: int
    ) -> None:
        if not owner.named:
            return
        owner.trades.append(fill)
        if order is not None:
            order.filled += abs(steps)
            order.paid += abs(steps) * ticks
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
            view = position_view(owner, contract, side, rank=0)
            self.events.append(
                PositionChanged(at=self.now, venue=self.code, account=owner.name, position=view)
            )

    def _move(
        self,
        owner: Owner,
        leg: Leg,
        contract: Contract,
        steps: int,
        ticks: int,
        reason: FillReason,
    ) -> int:
        """Change a position, closing before opening; returns what the closed part realized.

        The realized amount of a named owner is booked by the caller; of others here.
        """
        holding = owner.positions.setdefault(leg, Holding(opened_at=self.now))
        holding.updated_at = self.now
        owner.version += 1
        self.dirty = True
        realized = 0
        if holding.size * steps < 0:
            closed = min(abs(steps), abs(holding.size))
            realized = self._close(owner, holding, contract, closed, ticks, reason)
            steps += closed if steps < 0 else -closed
            if steps:
                self._flip(holding)
        if steps:
            holding.size += steps
            holding.cost += steps * ticks * contract.unit
            if owner.isolated(leg[0]):
                leverage = owner.setting(leg[0]).leverage
                holding.posted += -(-abs(steps) * ticks * contract.unit // leverage)
        if not owner.named:
            owner.wallets[SETTLE] = owner.wallets.get(SETTLE, 0) + realized
            if not holding.size:
                del owner.positions[leg]
        return realized

    def _close(
        self,
        owner: Owner,
        holding: Holding,
        contract: Contract,
        closed: int,
        ticks: int,
        reason: FillReason,
    ) -> int:
        released = holding.cost * closed // abs(holding.size)
        value = closed * ticks * contract.unit
        realized = (value if holding.size > 0 else -value) - released
        if holding.posted:
            if reason == "order" and closed < abs(holding.size):
                holding.posted -= holding.posted * closed // abs(holding.size)
            elif reason == "order":
                holding.posted = 0
            else:  # a forced close leaves margin and result in the position
                holding.posted += realized
        holding.cost -= released
        holding.size += -closed if holding.size > 0 else closed
        holding.realized += realized
        return realized

    def _flip(self, holding: Holding) -> None:
        holding.realized = holding.funding = holding.fees = holding.posted = 0
        holding.opened_at = self.now

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
        self, owner: Owner, contract: Contract, leg: Leg, amount: int, rate: int
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
                id=self.last_id,
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
