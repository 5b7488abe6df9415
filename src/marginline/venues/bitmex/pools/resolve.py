"""From a BitMEX account to pools: single-asset and multi-asset mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from marginline.core.account.account import Account, Position, Wallet
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Finding, Gap, missing, unsupported
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Exposure, Figure, figured, need
from marginline.core.pool.pool import Leg, Part, Pool, Trigger
from marginline.core.pool.schedules import HaircutSchedule
from marginline.venues.bitmex.pools.contracts import exposure_of
from marginline.venues.bitmex.pools.orders import note_limit, order_terms
from marginline.venues.bitmex.pools.risk_limits import FOLDER
from marginline.venues.resolve import lacks, packaged
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import cross_pool, isolated_pools, separate_pools

TRIGGER = Trigger()
VALUATION = "USD"
SETTLES = ("XBT", "USDT")
CROSS_SYSTEM = datetime(2024, 1, 1, tzinfo=UTC)

_CLOSED = (
    "BitMEX closed on 2026-09-23 04:00 UTC and took no new positions from 2026-08-26; its rules are"
    " kept for study, backtests and old accounts"
)
_HEDGE = "BitMEX has no hedge mode; give one row with side both"
_LOCKED = (
    "BitMEX's page on cross margin says that only maintenance margin is locked, its definitions"
    " take off entry value over leverage; the latter, which leaves less, is used"
)
ASSIGNMENT = unsupported(
    "BitMEX chose itself how each balance is assigned to the requirements of its settle assets; how"
    " is not public"
)


def _resolver(account: Account) -> Resolver:
    resolver = Resolver(account, FOLDER, tiers_kind="whole")
    resolver.note(Code.HISTORICAL, "account", _CLOSED)
    for position in resolver.positions():
        if position.side != "both":
            resolver.note(Code.POSITION_MODE, position.key, _HEDGE)
    for asset in dict.fromkeys(resolver.asset_of(p) for p in resolver.positions("cross")):
        if account.as_of >= CROSS_SYSTEM:
            finding = Finding(Code.APPROXIMATE, asset, _LOCKED, Measure.AVAILABLE_BALANCE)
            resolver.findings.append(finding)
    return resolver


def _exposure(resolver: Resolver, position: Position) -> Exposure:
    exposure = exposure_of(resolver, position)
    note_limit(resolver, position.instrument, exposure.maintenance.schedule)
    return exposure


def resolve_single(account: Account) -> Resolved:
    """Single-asset mode: a cross pool for each settle asset, a pool for each isolated position."""
    resolver = _resolver(account)
    pools = separate_pools(resolver, _exposure, TRIGGER, order_terms)
    return resolver.resolved(pools)


# -- multi-asset mode --------------------------------------------------------------------------


def resolve_multi(account: Account) -> Resolved:
    """Multi-asset mode: each settle asset's pool counts every asset after its haircut there."""
    resolver = _resolver(account)
    pools = [_joint_pool(resolver, asset) for asset in resolver.assets()]
    pools += isolated_pools(resolver, _exposure, TRIGGER)
    return resolver.resolved(pools)


def _joint_pool(resolver: Resolver, asset: str) -> Pool:
    pool = cross_pool(resolver, asset, _exposure, TRIGGER, order_terms)
    others = [w for w in resolver.account.wallets if w.asset != asset]
    settles = asset in SETTLES or bool(pool.exposures or pool.orders)
    legs = [_foreign_leg(resolver, wallet, asset) for wallet in others] if settles else []
    shared = Part("assignment of balances", ASSIGNMENT)
    return replace(pool, legs=(*pool.legs, *legs), adjustments=(shared,))


def _foreign_leg(resolver: Resolver, wallet: Wallet, settle: str) -> Leg:
    """Another asset's margin balance as it counts for contracts settled in `settle`."""
    leg = resolver.cross_leg(wallet.asset)
    rate = _rate(resolver, wallet.asset, settle)
    return replace(
        leg,
        balance=_with_pnl(resolver, leg),
        haircut=haircut(resolver, wallet.asset, settle),
        rate_positive=rate,
        rate_negative=rate,
        index=rate,
    )


@figured
def _with_pnl(resolver: Resolver, leg: Leg) -> Figure:
    """The balance with the unrealized P&L of the asset's own cross positions."""
    rows = [p for p in resolver.positions("cross") if resolver.asset_of(p) == leg.asset]
    silent = Resolver(resolver.account, FOLDER, tiers_kind="whole")
    exposures = [exposure_of(silent, position) for position in rows]
    return sum((e.pnl_at(need(e.mark)) for e in exposures), need(leg.balance))


def _rate(resolver: Resolver, asset: str, settle: str) -> Figure:
    """Price of an asset in another, from the prices of both in USD."""
    return resolver.rate(asset, VALUATION) / resolver.rate(settle, VALUATION)


@figured
def haircut(resolver: Resolver, asset: str, settle: str) -> HaircutSchedule | Gap:
    """What share of an asset counts for contracts settled in another."""
    ratio = need(_ratio(resolver, asset, settle))
    return HaircutSchedule("value", "marginal", (ZERO,), (ratio,), (ZERO,))


def _ratio(resolver: Resolver, asset: str, settle: str) -> Figure:
    account = resolver.account
    given = account.parameters.collateral.get(asset)
    where = f"parameters.collateral.{asset}.by_settle.{settle}"
    if given is not None:
        own = given.by_settle.get(settle)
        found = own.ratio if own is not None else given.ratio
        return _no_ratio(resolver, asset, settle, where) if found is None else found
    packed = packaged.in_force(FOLDER, "collateral", account.venue, asset, account.as_of)
    ratios = None if packed is None else packed.entry["by_settle"]
    if packed is None or not isinstance(ratios, Mapping) or settle not in ratios:
        return _no_ratio(resolver, asset, settle, where)
    text = f"the collateral ratio of {asset} is a packaged one: {packed.source}"
    resolver.note(Code.PACKAGED_PARAMETER, where, text)
    return Decimal(ratios[settle])


def _no_ratio(resolver: Resolver, asset: str, settle: str, where: str) -> Gap:
    text = (
        f"the share of {asset} that counts for contracts settled in {settle} is not given; give"
        f" {where}"
    )
    resolver.lack(lacks.collateral(asset, text))
    return missing(text)
