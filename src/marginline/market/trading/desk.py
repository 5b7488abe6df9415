"""The desk of a venue: takes orders, fills them from the book, cancels them, changes settings."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.market.accounts.booking import Deal, Venue
from marginline.market.accounts.state import LegKey, Order, Owner, Setting, of_money
from marginline.market.contracts import BY_SYMBOL, BYBIT, SETTLE, VENUES, Contract
from marginline.market.events import FillReason, SettingChanged
from marginline.market.moment import Moment
from marginline.market.rates import ASSETS
from marginline.market.tiers import allowed_leverage, max_leverage
from marginline.market.trading.book import Book
from marginline.market.trading.refusing import Refused, refuse_unfit
from marginline.market.views import MarginMode, OrderRequest, PositionSide
from marginline.venues.assessing import assess


class Desk:
    """Everything that an owner may ask of one venue."""

    def __init__(self, venue: Venue, moment: Moment) -> None:
        self.venue, self.moment = venue, moment
        self.number = VENUES.index(venue.code)
        self.book = Book(moment.paths, self.number)
        self.closed: set[str] = set()
        """Names of accounts in liquidation, which may not trade."""

    # -- orders --------------------------------------------------------------------------------

    def place(self, owner: Owner, request: OrderRequest, *, grid: int | None = None) -> Order:
        """Take an order: what crosses the book is filled at once, the rest of a GTC order rests.

        Raises:
            Refused: the venue does not take it; nothing has changed.
        """
        order = self.check(owner, request, grid=grid)
        limit = order.price if order.kind == "limit" else None
        walk = self.book.walk(order.contract.number, order.direction, order.size, limit)
        crosses = request.time_in_force == "GTX" and walk.filled > 0
        if crosses and self.venue.code != BYBIT:
            raise Refused("post_only_would_take", f"{order.contract.symbol} would trade at once")
        self.venue.next_id(owner)
        self.venue.tell(owner, order, "new")
        if crosses:  # Bybit takes it, and cancels it
            order.status = "rejected"
            self.venue.tell(owner, order, "rejected")
            return order
        if request.time_in_force == "FOK" and walk.filled < order.size:
            order.status = "expired"
            self.venue.tell(owner, order, "expired")
            return order
        self.take(owner, order.contract, order.direction * order.size, limit, order=order)
        if order.left and order.kind == "limit" and order.time_in_force in ("GTC", "GTX"):
            owner.orders[order.id] = order
            owner.version += 1
        elif order.left:
            order.status = "expired"
            self.venue.tell(owner, order, "expired")
        return order

    def check(self, owner: Owner, request: OrderRequest, *, grid: int | None = None) -> Order:
        """The order that would be placed, by all that its account decides; nothing changes.

        Raises:
            Refused: the venue does not take it.
        """
        order = self._order(owner, request, grid)
        refuse_unfit(owner, order, request)
        if owner.name in self.closed:
            raise Refused("in_liquidation", f"{owner.name} is being liquidated")
        self._refuse_unpaid(owner, order)
        self._refuse_beyond_tier(owner, order)
        return order

    def take(
        self,
        owner: Owner,
        contract: Contract,
        steps: int,
        limit: int | None,
        *,
        order: Order | None = None,
        reason: FillReason = "order",
    ) -> tuple[int, int]:
        """Take signed `steps` from the book at once, not worse than `limit`.

        Returns how many were taken, and their value in 1e-8 USDT. The mid is displaced by how
        deep the order reached.
        """
        direction = 1 if steps > 0 else -1
        walk = self.book.walk(contract.number, direction, abs(steps), limit)
        side = order.position_side if order else _leg_side(owner, direction)
        for ticks, size in walk.fills:
            deal = Deal(contract, direction * size, ticks, side, reason)
            self.venue.trade(owner, deal, order=order, fee=reason == "order")
        if walk.reach:
            self.moment.paths.displace(self.number, contract.number, walk.reach)
        value = sum(ticks * size for ticks, size in walk.fills) * contract.unit
        return walk.filled, value

    def fill_resting(self, owner: Owner, order: Order) -> None:
        """A resting order is met at its own price."""
        assert order.price is not None
        steps = self._closable(owner, order)
        if steps:
            signed = order.direction * steps
            deal = Deal(order.contract, signed, order.price, order.position_side)
            self.venue.trade(owner, deal, order=order, maker=True)
        if order.left:
            order.status = "expired"
            self.venue.tell(owner, order, "expired")
        owner.orders.pop(order.id, None)
        owner.version += 1

    def _closable(self, owner: Owner, order: Order) -> int:
        """What a resting order may fill: a reduce-only one no more than what is open."""
        if not order.reduce_only:
            return order.left
        size = owner.holding(order.leg).size
        return min(order.left, abs(size)) if size * order.direction < 0 else 0

    def cancel(self, owner: Owner, which: int | str) -> Order:
        """Cancel a resting order by its number or by the owner's own name of it.

        Raises:
            Refused: there is no such open order.
        """
        for order in owner.orders.values():
            if which in (order.id, order.client_id):
                del owner.orders[order.id]
                owner.version += 1
                order.status = "canceled"
                self.venue.tell(owner, order, "canceled")
                return order
        raise Refused("unknown_order", f"{owner.name} has no open order {which}")

    def _order(self, owner: Owner, request: OrderRequest, grid: int | None) -> Order:
        contract = BY_SYMBOL.get(request.symbol)
        if contract is None:
            raise Refused("unknown_symbol", f"{self.venue.code} has no {request.symbol}")
        number = owner.last_id + 1  # taken once the order is
        return Order(
            id=number,
            client_id=request.client_id or f"x-{number}",
            contract=contract,
            direction=1 if request.side == "buy" else -1,
            position_side=request.position_side,
            kind=request.kind,
            price=_steps(request.price, contract.tick, "bad_price", "price"),
            size=_steps(request.size, contract.step, "bad_size", "size") or 0,
            reduce_only=request.reduce_only,
            time_in_force="IOC" if request.kind == "market" else request.time_in_force,
            created_at=self.venue.now,
            updated_at=self.venue.now,
            grid=grid,
        )

    @exactly
    def _refuse_unpaid(self, owner: Owner, order: Order) -> None:
        """By the product's own rulebook: with the order resting, support covers initial margin."""
        holding = owner.holding(order.leg)
        reduces = holding.size * order.direction < 0 and order.left <= abs(holding.size)
        if reduces or order.reduce_only:
            return
        owner.orders[order.id] = order
        try:
            found = assess(self.moment.document(owner))
        finally:
            del owner.orders[order.id]
        fee = order.size * (order.price or self.moment.mark(order.contract)) * order.contract.tick
        fee = fee * order.contract.step * Decimal("0.0005")
        for pool in found.pools:
            if pool.kind == "isolated":
                continue
            support, initial = (pool.figures[m] for m in (Measure.SUPPORT, Measure.INITIAL_MARGIN))
            if support - fee < initial:
                text = f"{order.contract.symbol}: initial margin {initial} is above {support}"
                raise Refused("insufficient_margin", text)

    def _refuse_beyond_tier(self, owner: Owner, order: Order) -> None:
        """With what rests on its side and what is open, within the rows of the leverage in use."""
        contract = order.contract
        if order.reduce_only or order.position_side not in ("both", _side(order.direction)):
            return
        leverage = owner.setting(contract.number).leverage
        steps = _exposed(owner, contract.number, order.direction)
        allowed = self._allowed(contract, steps + order.left) if steps + order.left > 0 else None
        if allowed is not None and leverage > allowed:
            text = f"{contract.symbol}: that much goes with a leverage of {allowed} at most"
            raise Refused("beyond_tier", text, leverage=f"{allowed:f}")

    @exactly
    def _allowed(self, contract: Contract, steps: int) -> Decimal | None:
        """The highest leverage that so much goes with, at the mark."""
        value = steps * self.moment.mark(contract) * contract.tick * contract.step
        return allowed_leverage(self.moment.tiers[contract.number], value)

    # -- settings and money --------------------------------------------------------------------

    def set_leverage(self, owner: Owner, contract: Contract, leverage: Decimal) -> None:
        """Set the leverage of a contract, a whole number.

        Raises:
            Refused: more than the tiers allow for what is open, or than the margin covers.
        """
        highest = max_leverage(self.moment.tiers[contract.number])
        if leverage != leverage.to_integral_value() or not 1 <= leverage <= highest:
            raise Refused("bad_leverage", f"{leverage} is not a whole number from 1 to {highest}")
        before = owner.setting(contract.number)
        wanted = Setting(int(leverage), before.margin_mode)
        if before.margin_mode == "isolated" and any(
            number == contract.number for number, _ in owner.positions
        ):
            raise Refused("isolated_open", f"close the isolated {contract.symbol} first")
        if wanted.leverage > before.leverage:
            self._refuse_too_large(owner, contract, wanted)
        elif wanted.leverage < before.leverage:
            self._refuse_uncovered(owner, contract, wanted)
        self._set(owner, contract, wanted)

    def _refuse_too_large(self, owner: Owner, contract: Contract, wanted: Setting) -> None:
        """What is open and rests on one side, within the rows of that leverage."""
        steps = max(_exposed(owner, contract.number, direction) for direction in (1, -1))
        highest = self._allowed(contract, steps)
        if highest is not None and wanted.leverage > highest:
            text = f"{contract.symbol}: what is open goes with {highest} at most"
            raise Refused("too_large", text)

    @exactly
    def _refuse_uncovered(self, owner: Owner, contract: Contract, wanted: Setting) -> None:
        """By the product's own rulebook: support covers what a lower leverage sets aside."""
        kept = owner.settings.get(contract.number)
        before = assess(self.moment.document(owner))
        owner.settings[contract.number] = wanted
        try:
            after = assess(self.moment.document(owner))
        finally:
            if kept is None:
                del owner.settings[contract.number]
            else:
                owner.settings[contract.number] = kept
        for old, new in zip(before.pools, after.pools, strict=True):
            support, initial = (new.figures[m] for m in (Measure.SUPPORT, Measure.INITIAL_MARGIN))
            if support < initial and initial > old.figures[Measure.INITIAL_MARGIN]:
                text = f"{contract.symbol}: initial margin {initial} is above {support}"
                raise Refused("leverage_margin", text)

    def set_margin_mode(self, owner: Owner, contract: Contract | None, mode: MarginMode) -> None:
        """Cross or isolated: of one contract on Binance, of the account (None) on Bybit.

        Raises:
            Refused: a position or order is open, or the mode does not go with the account's.
        """
        if (self.venue.code == BYBIT) != (contract is None):
            raise Refused("margin_mode", "Binance sets it by symbol, Bybit for the account")
        mine = [leg[0] for leg in owner.positions]
        mine += [order.contract.number for order in owner.orders.values()]
        if mine if contract is None else contract.number in mine:
            raise Refused("position_open", "close positions and orders first")
        if contract is None:
            owner.margin_mode, owner.mode = mode, mode
            owner.settings = {
                number: Setting(setting.leverage, mode)
                for number, setting in owner.settings.items()
            }
            owner.version += 1
            return
        if owner.mode == "multi_assets" and mode == "isolated":
            raise Refused("margin_mode", "multi-assets mode works only with cross")
        self._set(owner, contract, Setting(owner.setting(contract.number).leverage, mode))

    def _set(self, owner: Owner, contract: Contract, setting: Setting) -> None:
        owner.settings[contract.number] = setting
        owner.version += 1
        self.venue.events.append(
            SettingChanged(
                at=self.venue.now,
                venue=self.venue.code,
                account=owner.name,
                symbol=contract.symbol,
                leverage=Decimal(setting.leverage),
                margin_mode=setting.margin_mode,
            )
        )

    @exactly
    def transfer(self, owner: Owner, asset: str, amount: Decimal) -> None:
        """Money in (positive) or out.

        Raises:
            Refused: an asset or amount that the venue does not take, or more than may leave.
        """
        if asset not in ASSETS or (owner.mode == "single_asset" and asset != SETTLE):
            raise Refused("unknown_asset", f"{owner.name} cannot hold {asset}")
        try:
            units = of_money(amount)
        except ValueError as wrong:
            raise Refused("bad_amount", str(wrong)) from wrong
        if units < 0 and owner.free(asset) + units < 0:
            raise Refused("insufficient_balance", f"{owner.name} has less than {-amount} {asset}")
        if units < 0 and not self._stands_without(owner, asset, -units):
            raise Refused("insufficient_balance", f"positions need what {-amount} {asset} covers")
        self.venue.pay_in(owner, asset, units)

    def _stands_without(self, owner: Owner, asset: str, units: int) -> bool:
        """Whether support covers initial margin once the money has left."""
        owner.wallets[asset] -= units
        try:
            found = assess(self.moment.document(owner))
        finally:
            owner.wallets[asset] += units
        return all(
            pool.figures[Measure.SUPPORT] >= pool.figures[Measure.INITIAL_MARGIN]
            for pool in found.pools
        )


def _side(direction: int) -> PositionSide:
    return "long" if direction > 0 else "short"


def _exposed(owner: Owner, number: int, direction: int) -> int:
    """Steps that would be open on a side if its orders that open were filled; below 0: the other.

    In hedge mode of that leg alone. Orders that only reduce open nothing.
    """
    leg: LegKey = (number, _side(direction) if owner.hedge else "both")
    resting = (
        order.left
        for order in owner.orders_of(number)
        if order.leg == leg and order.direction == direction and not order.reduce_only
    )
    return owner.holding(leg).size * direction + sum(resting)


def _leg_side(owner: Owner, direction: int) -> PositionSide:
    """The leg that a closing trade of this direction belongs to."""
    if not owner.hedge:
        return "both"
    return "long" if direction < 0 else "short"


def _steps(amount: Decimal | None, step: Decimal, code: str, name: str) -> int | None:
    if amount is None:
        return None
    steps = amount / step
    if steps != steps.to_integral_value() or steps <= 0:
        raise Refused(code, f"{name} {amount} is not a positive multiple of {step}")
    return int(steps)
