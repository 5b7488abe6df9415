"""Binance's own figures set beside ours: which of its words means which of our measures.

Single-asset totals count USDT alone. An asset's figures span its cross pool and its isolated
positions, so they are compared with the sum over those pools; `crossWalletBalance`, `crossUnPnl`,
`availableBalance` and `maxWithdrawAmount` are of the cross pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap, missing, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Exposure, Figure, known
from marginline.core.pool.pool import Kind, Leg
from marginline.venues.binance.page import futures, portfolio
from marginline.venues.binance.page.portfolio import NO_REQUIREMENT
from marginline.venues.binance.page.sums import identities, of_an_asset
from marginline.venues.compare.claiming import Beside, Pools, Printed, room_of_price
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    SIX_DECIMALS,
    Claim,
    Said,
    money_tolerance,
    part,
    printed,
    said_of,
    told,
    total,
    untold_orders,
    untold_positions,
)
from marginline.venues.compare.lines import AnyLine, Of, Unit, printed_words

NAME = "Binance"
TABLES = {
    "BNUM": (futures.USDM, futures.USDM_POSITION),
    "BNCM": (futures.COINM, futures.COINM_POSITION),
    "BNMA": (futures.MULTI, futures.MULTI_POSITION),
    "BNPM": (portfolio.PM, portfolio.POSITION),
    "BNPP": (portfolio.PRO, portfolio.PRO_POSITION),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""
WORDS = printed_words(futures.USDM, futures.USDM_POSITION, futures.MULTI, portfolio.PM)


def _words(*of: Of, order: Sequence[M] = ()) -> tuple[AnyLine, ...]:
    """Words of some owners, in the order in which what they say is told."""
    own = [word for each in of for word in WORDS if word.of is each]
    return tuple(sorted(own, key=lambda word: order.index(word.measure) if order else 0))


_W, _U, _MB, _MM = M.WALLET_BALANCE, M.UNREALIZED_PNL, M.MARGIN_BALANCE, M.MAINTENANCE_MARGIN
_IM, _P, _O = M.INITIAL_MARGIN, M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN
_FREE = (M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE)
_OF_POOLS = (
    *_words(Of.ALL, order=(_W, _U, _MB, _MM, _IM, _P)),
    *_words(Of.CROSS, order=(_O, _W, _U, *_FREE)),
)
_IN_ORDER = (*_words(Of.POSITION, Of.ISOLATED), *_OF_POOLS, *_words(Of.JOINT))
_OF_COIN = (
    *(word for word in WORDS if word.word == "totalWalletBalance"),
    *_words(Of.ALL, Of.CROSS, order=(_W, _U, _MB, _MM, _P, _O, _IM, *_FREE)),
)
_ANSWERS = ("position_risk", "open_orders")
_ORDER_FIGURES = (_O, _IM, *_FREE)
_TOTALS = {
    total: of_an_asset(total)
    for total in (
        *("totalWalletBalance", "totalUnrealizedProfit", "totalMarginBalance", "totalMaintMargin"),
        *("totalInitialMargin", "totalPositionInitialMargin", "totalOpenOrderInitialMargin"),
        *("totalCrossWalletBalance", "totalCrossUnPnl", "availableBalance", "maxWithdrawAmount"),
    )
}
_IN_TOTALS = {short: total for total, short in _TOTALS.items()}
_POSITIONS = ("position_risk", "um_position_risk", "cm_position_risk", "um_account", "cm_account")
_NO_SPLIT = unsupported("what the orders of a symbol take is not told leg by leg in hedge mode")

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Binance printed, with ours; figures of zero-size rows are left out."""
    step, raw = EIGHT_DECIMALS, said_of(account)
    beside = _Beside(
        account, assessment, _IN_ORDER, lambda _: step, step, "",
        with_orders=_ORDER_FIGURES, answers=_ANSWERS,
    )  # fmt: skip
    main, update, call = (part(raw, name) for name in ("account", "ACCOUNT_UPDATE", "MARGIN_CALL"))
    told_of = [
        *(part(raw, kind) for kind in _POSITIONS),
        part(main, "positions"),
        part(update, "P"),
    ]
    for rows in told_of:
        yield from beside.positions(rows)
    yield from replace(beside, step_of=lambda _: SIX_DECIMALS).positions(part(call, "p"))
    for rows in (part(main, "assets"), part(raw, "balance"), part(update, "B"), part(call, "B")):
        yield from beside.wallets(rows)
    yield from beside.totals(part(main, "totals"))
    if account.venue in ("binance_pm", "binance_pm_pro"):
        none = printed(main, "uniMMR") == NO_REQUIREMENT
        said = {word: main[word] for word in main if word != "uniMMR" or not none}
        yield from beside.joint(said, ZERO, ACCOUNT)


class _Beside(Beside):
    """Binance cuts at eight decimals, and tells cross pool and isolated positions together."""

    # -- positions -------------------------------------------------------------------------

    def positions(self, rows: Said) -> Iterator[Claim]:
        """In the order of the answer."""
        pools = self.assessment.pools
        held = {p.name: (pool, p) for pool in pools for p in pool.figures.positions}
        for key in rows:
            if key in held:
                yield from self._position(*held[key], part(rows, key))

    def _position(
        self, pool: PoolAssessment, position: PositionFigures, said: Said
    ) -> Iterator[Claim]:
        """Orders of the symbol and the largest value allowed, too; no break-even is printed 0."""
        for claim in super()._position(pool, position, said):
            if claim.theirs is not None or claim.measure is not M.BREAK_EVEN_PRICE:
                yield claim
        yield from self._of_orders(position, said)
        yield from self._largest(position, said)

    def room(self, it: Printed) -> Decimal:
        """Of a liquidation price what cut inputs move it by."""
        if it.word.measure is M.BREAK_EVEN_PRICE:
            return EIGHT_DECIMALS
        if it.word.unit is Unit.PRICE:
            return room_of_price(it, it.theirs)
        return self._money(it.position)

    def _money(self, position: PositionFigures) -> Decimal:
        return money_tolerance([position], self.step_of(position.exposure.asset))

    def _of_orders(self, position: PositionFigures, said: Said) -> Iterator[Claim]:
        """What the orders of the position's symbol take, and its initial margin with them."""
        orders, initial = self._order_margin(position), position.figure(M.INITIAL_MARGIN)
        for word, measure, ours in (
            ("openOrderInitialMargin", M.ORDER_INITIAL_MARGIN, orders),
            ("initialMargin", None, initial + orders),
        ):
            if (theirs := printed(said, word)) is not None:
                yield Claim(position.name, word, measure, theirs, ours, self._money(position))

    def _order_margin(self, position: PositionFigures) -> Figure:
        symbol = position.exposure.instrument.symbol
        pools = (pool.figures.pool for pool in self.assessment.pools)
        terms = [o.amount for pool in pools for o in pool.orders if o.instrument == symbol]
        if not told(self.account, "orders"):
            return untold_orders(_ANSWERS[1])
        return _NO_SPLIT if terms and self.account.position_mode == "hedge" else total(terms)

    @staticmethod
    def _largest(position: PositionFigures, said: Said) -> Iterator[Claim]:
        """The largest value allowed at the leverage set: the cap of the last row that allows it."""
        for word in ("maxNotionalValue", "maxNotional", "maxQty"):
            if (theirs := printed(said, word)) is not None:
                yield Claim(position.name, word, None, theirs, _cap(position.exposure))

    # -- assets ----------------------------------------------------------------------------

    def wallets(self, rows: Said) -> Iterator[Claim]:
        """What rows of assets say: of their pools, or of their part of the joint one."""
        joint = self.joint_pool
        if joint is None:
            yield from self.assets(rows, ZERO)
            return
        yield from self.coins(joint, rows, [word for word in _OF_COIN if word.word != "cw"])
        for asset in rows:
            yield from self._of_books(joint, asset, part(rows, asset))

    def place(self, asset: str, word: AnyLine, pools: Pools, /) -> str:
        """Figures of the cross pool stand at the asset."""
        return asset if word.of is Of.CROSS or len(pools) == 1 else f"assets.{asset}"

    def of_pool(self, word: AnyLine, pool: PoolAssessment) -> Figure:
        """What a cross pool holds depends on what is posted to isolated positions."""
        if word.of is Of.CROSS and pool.kind == Kind.CROSS and not told(self.account, "positions"):
            return untold_positions(_ANSWERS[0])
        return super().of_pool(word, pool)

    def slack_of_pools(self, pools: Pools, _step: Decimal, _said: Said, /) -> Decimal:
        """A step of each figure, and what cut prices and, of a joint pool, cut rates add."""
        cut = money_tolerance(p for pool in pools for p in pool.figures.positions)
        joint = [pool.figures for pool in pools if pool.kind == Kind.ACCOUNT]
        if not joint:
            return cut + len(pools) * EIGHT_DECIMALS
        for leg in (leg for figures in joint for leg in figures.pool.legs):
            if isinstance(leg.balance, Decimal):
                cut += (abs(leg.balance) + 2) * EIGHT_DECIMALS
        notionals = (known(figures.figure(M.GROSS_NOTIONAL)) or ZERO for figures in joint)
        return cut + sum(notionals, ZERO) * EIGHT_DECIMALS

    def room_of_pools(
        self, word: AnyLine, pools: Pools, slack: Decimal, theirs: Decimal
    ) -> Decimal:
        """UniMMR moves with every amount in it."""
        if word.unit is not Unit.COVER:
            return slack
        required = known(pools[0].figures.figure(M.MAINTENANCE_MARGIN))
        return EIGHT_DECIMALS + (1 + abs(theirs)) * slack / required if required else slack

    # -- totals ----------------------------------------------------------------------------

    def totals(self, said: Said) -> Iterator[Claim]:
        """The account's totals: USDT alone in single-asset mode, the joint pool in USD else."""
        named: Said = {_TOTALS[word]: said[word] for word in said if word in _TOTALS}
        joint = self.joint_pool
        if joint is None and any(pool.asset == "USDT" for pool in self.assessment.pools):
            found = self.assets({"USDT": named}, ZERO)
        else:  # an answer without a row of USDT holds none of it: its totals are nothing
            pools = [] if joint is None else [joint]
            slack = self.slack_of_pools(pools, ZERO, named)
            found = self._of_pools(ACCOUNT, _OF_POOLS, pools, named, slack)
        for claim in found:
            yield replace(claim, where=ACCOUNT, label=_IN_TOTALS[claim.label])

    # -- assets of a joint pool ------------------------------------------------------------

    def of_coin(
        self, joint: PoolAssessment, leg: Leg, own: Sequence[PositionFigures]
    ) -> dict[M, Figure]:
        """The margin balance of an asset is without its debts; what is free divides by its ask."""
        figures, ask = super().of_coin(joint, leg, own), _ask_of(self.account, leg.asset)
        free = joint.figures.figure(M.AVAILABLE_BALANCE)
        return figures | {
            M.MARGIN_BALANCE: leg.balance + figures[M.UNREALIZED_PNL],
            M.AVAILABLE_BALANCE: ask if isinstance(ask, Gap) else free / ask,
        }

    def _of_books(self, joint: PoolAssessment, asset: str, said: Said) -> Iterator[Claim]:
        """Portfolio margin tells the P&L of its two books apart."""
        um, cm = printed(said, "umUnrealizedPNL"), printed(said, "cmUnrealizedPNL")
        if um is None or cm is None or all(leg.asset != asset for leg in joint.figures.pool.legs):
            return
        own = [p for p in joint.figures.positions if p.exposure.asset == asset]
        ours = self.as_told(M.UNREALIZED_PNL, total(p.figure(M.UNREALIZED_PNL) for p in own))
        label, slack = "umUnrealizedPNL + cmUnrealizedPNL", money_tolerance(own)
        yield Claim(f"assets.{asset}", label, M.UNREALIZED_PNL, um + cm, ours, slack)


def _cap(exposure: Exposure) -> Figure:
    """Where the last row ends that allows the leverage set."""
    schedule, leverage = exposure.maintenance.schedule, exposure.leverage
    if isinstance(schedule, Gap) or leverage is None:
        return schedule if isinstance(schedule, Gap) else missing("no leverage is set")
    ends = (*schedule.floors[1:], schedule.cap)
    rows = zip(schedule.max_leverages, ends, strict=True)
    caps = [end for most, end in rows if most is not None and most >= leverage]
    last = caps[-1] if caps else None
    return not_applicable("the tiers set no cap") if last is None else last


def _ask_of(account: Account, asset: str) -> Figure:
    rates = account.market.asset_rate.get(asset)
    if rates is None or rates.ask is None:
        return missing(f"the ask rate of {asset} is not given; give asset_index")
    return rates.ask
