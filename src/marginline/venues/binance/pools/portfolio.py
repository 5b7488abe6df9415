"""From a Binance Portfolio Margin account to its one pool: wallets, loans, UM and CM positions.

An asset's equity is its whole amount (cross margin, UM and CM wallets, less loans and interest)
with the P&L that settles in it; positive equity is cut by the collateral rate, negative is not.
"""

from __future__ import annotations

from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Gap, missing, unsupported
from marginline.core.numbers import ONE, ZERO, Quotient, to_text
from marginline.core.pool.exposure import Exposure, Figure
from marginline.core.pool.pool import BorrowTerm, Kind, Part, Pool, Trigger
from marginline.core.pool.schedules import RateSchedule
from marginline.venues.binance.pools.futures import (
    FOLDER,
    USD,
    joint_exposure,
    note_rows,
)
from marginline.venues.resolve import packaged
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.rows import refuse_isolated_rows

LEVEL = Decimal("1.05")  # uniMMR at which liquidation begins


def _ratio(uni_mmr: str) -> Decimal:
    """The margin ratio at which uniMMR reaches a level: liquidation (1.05) is 1."""
    return LEVEL / Decimal(uni_mmr)


TRIGGER_PM = Trigger(level=LEVEL, watch=_ratio("1.2"), negative_support_liquidates=True)
TRIGGER_PRO = Trigger(
    level=LEVEL,
    watch=_ratio("1.5"),
    margin_call=_ratio("1.2"),
    negative_support_liquidates=True,
)
TRIGGER_PRO_2022 = Trigger(
    level=LEVEL,
    watch=_ratio("2"),
    margin_call=_ratio("1.2"),
    negative_support_liquidates=True,
)

_ORDERS = unsupported("Binance does not publish what resting orders take in portfolio margin")


def resolve_pm(account: Account) -> Resolved:
    """Portfolio Margin (retail): uniMMR with the open loss of orders taken off."""
    resolver = Resolver(account, FOLDER)
    pool = _pool(resolver, TRIGGER_PM, _open_loss(resolver))
    return _resolved(resolver, pool)


def resolve_pro(account: Account) -> Resolved:
    """PM Pro since 2024-09-11: tiered collateral, levels 1.5, 1.2, 1.05."""
    resolver = Resolver(account, FOLDER)
    return _resolved(resolver, _pool(resolver, TRIGGER_PRO, ()))


def resolve_pro_2022(account: Account) -> Resolved:
    """PM Pro before 2024-09-11: flat collateral rates, first reminder at 2."""
    resolver = Resolver(account, FOLDER)
    for asset, table in account.parameters.collateral.items():
        if table.rows:
            text = "collateral rates were flat before 2024-09-11; the file's rows are used"
            resolver.note(Code.APPROXIMATE, f"parameters.collateral.{asset}", text)
    return _resolved(resolver, _pool(resolver, TRIGGER_PRO_2022, ()))


def _resolved(resolver: Resolver, pool: Pool) -> Resolved:
    note_rows(resolver)
    return resolver.resolved((pool,) if resolver.assets() else ())


def _pool(resolver: Resolver, trigger: Trigger, adjustments: tuple[Part, ...]) -> Pool:
    text = "portfolio margin holds every position in one pool"
    refuse_isolated_rows(resolver.account, text, "write cross")
    legs = tuple(
        resolver.joint_leg(asset, USD, haircut=resolver.haircut(asset))
        for asset in resolver.assets()
    )
    borrowed = (w.asset for w in resolver.account.wallets if w.borrowed)
    return Pool(
        USD,
        Kind.ACCOUNT,
        USD,
        legs,
        tuple(_exposures(resolver)),
        borrows=tuple(_loan(resolver, asset) for asset in borrowed),
        adjustments=adjustments,
        trigger=trigger,
        order_gap=_ORDERS if resolver.account.orders else None,
    )


def _exposures(resolver: Resolver) -> list[Exposure]:
    return [joint_exposure(resolver, position, USD, "index") for position in resolver.positions()]


def _open_loss(resolver: Resolver) -> tuple[Part, ...]:
    """`parameters.venue.open_loss`: equity that resting cross-margin orders would lose, in USD."""
    given = resolver.account.parameters.venue.get("open_loss")
    if given is None:
        return ()
    loss: Figure = -given if isinstance(given, Decimal) else missing("open_loss is not a number")
    return (Part("open loss of orders", loss, "parameters.venue.open_loss"),)


def _loan(resolver: Resolver, asset: str) -> BorrowTerm:
    """A loan's margin: initial 1 / (leverage - 1), maintenance by tier on the principal."""
    wallet = resolver.wallet(asset)
    assert wallet is not None, asset
    maintenance = resolver.borrow_rates(
        asset, "maintenance_rate", keyed_by="quantity", kind="marginal"
    )
    settings = resolver.account.settings.get(asset)
    leverage = None if settings is None else settings.spot_leverage
    given = asset in resolver.account.parameters.borrow  # replaces the packaged rate as a whole
    if not given and leverage is not None:
        maintenance = _packaged_rate(resolver, asset, leverage) or maintenance
    initial: RateSchedule | Gap | Decimal
    if leverage is not None and leverage > 1:
        initial = Quotient(ONE, leverage - ONE)
    else:
        initial = resolver.borrow_rates(asset, "initial_rate", keyed_by="quantity", kind="marginal")
    index = resolver.rate(asset, USD)
    return BorrowTerm(asset, wallet.borrowed, index, maintenance, initial)


def _packaged_rate(resolver: Resolver, asset: str, leverage: Decimal) -> RateSchedule | None:
    """Binance's own rate for a loan at 3x, 5x or 10x."""
    as_of = resolver.account.as_of
    found = packaged.in_force(FOLDER, "loans", "binance_pm", to_text(leverage), as_of)
    if found is None:
        return None
    rate = found.number("maintenance_rate")
    text = f"maintenance rate {rate} of borrowed {asset}: {found.source}"
    resolver.note(Code.PACKAGED_PARAMETER, f"parameters.borrow.{asset}", text)
    return RateSchedule("quantity", "marginal", (ZERO,), (rate,), (ZERO,))
