"""Accounts, orders and positions as their venue shows them."""

from __future__ import annotations

from decimal import Context, Decimal

from marginline.market.accounts.state import Holding, Order, Owner, money
from marginline.market.contracts import CONTRACTS, Contract
from marginline.market.views import (
    AccountView,
    OrderView,
    PositionSide,
    PositionView,
    SettingView,
    WalletView,
)

PRINTED = Context(prec=22)
"""Entry prices are quotients: printed to 22 digits."""


def entry_price(holding: Holding, contract: Contract) -> Decimal:
    """Average price of what is open, 0 where nothing is."""
    if not holding.size:
        return Decimal(0)
    ticks = PRINTED.divide(Decimal(holding.cost), Decimal(holding.size * contract.unit))
    return PRINTED.multiply(ticks, contract.tick)


def break_even_price(holding: Holding, contract: Contract) -> Decimal:
    """Price at which the P&L pays back the fees already paid, 0 where nothing is open."""
    if not holding.size:
        return Decimal(0)
    cost = Decimal(holding.cost - holding.fees)
    ticks = PRINTED.divide(cost, Decimal(holding.size * contract.unit))
    return PRINTED.multiply(ticks, contract.tick)


def position_view(owner: Owner, contract: Contract, side: PositionSide, rank: int) -> PositionView:
    """One position, closed or open."""
    holding = owner.holding((contract.number, side))
    setting = owner.setting(contract.number)
    return PositionView(
        symbol=contract.symbol,
        position_side=side,
        size=holding.size * contract.step,
        entry_price=entry_price(holding, contract),
        break_even_price=break_even_price(holding, contract),
        leverage=Decimal(setting.leverage),
        margin_mode=setting.margin_mode,
        isolated_margin=money(holding.posted) if owner.isolated(contract.number) else None,
        realized_pnl=money(holding.realized),
        funding=money(holding.funding),
        fees=money(holding.fees),
        opened_at=holding.opened_at,
        updated_at=holding.updated_at,
        adl_rank=rank,
    )


def order_view(order: Order) -> OrderView:
    """One order as it stands."""
    contract = order.contract
    average = None
    if order.filled:
        ticks = PRINTED.divide(Decimal(order.paid), Decimal(order.filled))
        average = PRINTED.multiply(ticks, contract.tick)
    return OrderView(
        order_id=order.id,
        client_id=order.client_id,
        symbol=contract.symbol,
        side="buy" if order.direction > 0 else "sell",
        position_side=order.position_side,
        kind=order.kind,
        price=None if order.price is None else order.price * contract.tick,
        size=order.size * contract.step,
        filled=order.filled * contract.step,
        average_price=average,
        status=order.status,
        reduce_only=order.reduce_only,
        time_in_force=order.time_in_force,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def account_view(owner: Owner, ranks: dict[tuple[int, PositionSide], int]) -> AccountView:
    """The whole account; `ranks` are the places in the deleveraging queue."""
    return AccountView(
        name=owner.name,
        venue=owner.venue,
        mode=owner.mode,
        position_mode="hedge" if owner.hedge else "one_way",
        wallets=tuple(
            WalletView(asset=asset, balance=money(amount), updated_at=owner.wallet_at.get(asset, 0))
            for asset, amount in owner.wallets.items()
        ),
        positions=tuple(
            position_view(owner, CONTRACTS[leg[0]], leg[1], ranks.get(leg, 0))
            for leg in owner.positions
        ),
        orders=tuple(order_view(order) for order in owner.orders.values()),
        settings=tuple(
            SettingView(
                symbol=contract.symbol,
                leverage=Decimal(owner.setting(contract.number).leverage),
                margin_mode=owner.setting(contract.number).margin_mode,
            )
            for contract in CONTRACTS
        ),
    )
