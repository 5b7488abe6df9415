"""The account document of a moment: what an omniscient observer would hand to the rulebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from marginline.core.account.account import Account, Instrument, Order, Position, Settings, Wallet
from marginline.core.account.market import AssetRate, Funding, Market
from marginline.core.account.tables import (
    BorrowRow,
    BorrowTable,
    CollateralTable,
    Fees,
    Parameters,
    TierTable,
)
from marginline.market.accounts.showing import entry_price
from marginline.market.accounts.state import Owner, money
from marginline.market.contracts import (
    BYBIT,
    CONTRACTS,
    FEE_SCALE,
    MAKER_FEE,
    SETTLE,
    TAKER_FEE,
    Contract,
)
from marginline.market.rates import LOAN_INITIAL, LOAN_MAINTENANCE, RATIOS
from marginline.market.views import Quote

FEES = Fees(maker=Decimal(MAKER_FEE) / FEE_SCALE, taker=Decimal(TAKER_FEE) / FEE_SCALE)
_LOAN = BorrowTable(
    keyed_by="quantity",
    rows=(
        BorrowRow(
            floor=Decimal(0), initial_rate=LOAN_INITIAL, maintenance_rate=LOAN_MAINTENANCE
        ),
    ),
)  # fmt: skip


def moment_of(ms: int) -> datetime:
    """Milliseconds since the epoch as a moment in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def account_document(
    owner: Owner,
    now: int,
    quotes: Mapping[int, Quote],
    tiers: Mapping[int, TierTable],
    rates: Mapping[str, AssetRate],
) -> Account:
    """Everything that an assessment of the account needs; `quotes` and `tiers` by contract."""
    held = [leg for leg, holding in owner.positions.items() if holding.size]
    used = {leg[0] for leg in held} | {order.contract.number for order in owner.orders.values()}
    contracts = [contract for contract in CONTRACTS if contract.number in used]
    return Account(
        venue=owner.venue,
        mode=owner.mode,
        as_of=moment_of(now),
        name=owner.name,
        position_mode="hedge" if owner.hedge else "one_way",
        wallets=tuple(
            Wallet(asset=asset, balance=money(amount)) for asset, amount in owner.wallets.items()
        ),
        positions=tuple(_position(owner, *leg) for leg in held),
        orders=tuple(_orders(owner)),
        settings={
            c.symbol: Settings(
                leverage=Decimal(owner.setting(c.number).leverage),
                margin_mode=None if owner.venue == BYBIT else owner.setting(c.number).margin_mode,
            )
            for c in contracts
        },
        instruments={c.symbol: _instrument(c) for c in contracts},
        market=_market(contracts, quotes, rates),
        parameters=_parameters(owner, contracts, tiers),
    )


def _position(owner: Owner, number: int, side: str) -> Position:
    contract, setting = CONTRACTS[number], owner.setting(number)
    holding = next(h for leg, h in owner.positions.items() if leg == (number, side))
    isolated = owner.isolated(number)
    return Position(
        instrument=contract.symbol,
        side=side,
        size=holding.size * contract.step,
        entry_price=entry_price(holding, contract),
        margin_mode="isolated" if isolated else "cross",
        leverage=Decimal(setting.leverage),
        isolated_margin=money(holding.posted) if isolated else None,
        opened_at=moment_of(holding.opened_at),
        realized_pnl=money(holding.realized),
        funding=money(holding.funding),
        fees=money(holding.fees),
    )


def _orders(owner: Owner) -> Iterable[Order]:
    for order in owner.orders.values():
        yield Order(
            instrument=order.contract.symbol,
            side="buy" if order.direction > 0 else "sell",
            position_side=order.position_side,
            size=order.left * order.contract.step,
            price=None if order.price is None else order.price * order.contract.tick,
            kind=order.kind,
            reduce_only=order.reduce_only,
        )


def _instrument(contract: Contract) -> Instrument:
    return Instrument(
        symbol=contract.symbol,
        payoff="linear",
        base=contract.base,
        quote=SETTLE,
        settle=SETTLE,
        tick_size=contract.tick,
        size_step=contract.step,
    )


def _market(
    contracts: list[Contract], quotes: Mapping[int, Quote], rates: Mapping[str, AssetRate]
) -> Market:
    rows = {c.symbol: quotes[c.number] for c in contracts}
    return Market(
        mark={symbol: quote.mark for symbol, quote in rows.items()},
        index={symbol: quote.index for symbol, quote in rows.items()},
        last={symbol: quote.last for symbol, quote in rows.items()},
        bid={symbol: quote.bid for symbol, quote in rows.items()},
        ask={symbol: quote.ask for symbol, quote in rows.items()},
        open_interest={symbol: quote.open_interest for symbol, quote in rows.items()},
        funding={
            symbol: Funding(
                rate=quote.funding_rate,
                next_at=moment_of(quote.next_funding_at),
                interval_hours=Decimal(quote.interval_hours),
            )
            for symbol, quote in rows.items()
        },
        asset_rate=dict(rates),
    )


def _parameters(
    owner: Owner, contracts: list[Contract], tiers: Mapping[int, TierTable]
) -> Parameters:
    rows = {c.symbol: tiers[c.number] for c in contracts}
    if owner.venue != BYBIT:
        return Parameters(tiers=rows, fees=FEES)
    return Parameters(
        tiers=rows,
        fees=FEES,
        collateral={
            asset: CollateralTable(ratio=Decimal(RATIOS[BYBIT][asset])) for asset in owner.wallets
        },
        borrow=dict.fromkeys(owner.wallets, _LOAN),
    )
