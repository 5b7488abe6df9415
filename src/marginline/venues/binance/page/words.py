"""Binance's own figures set beside ours: which of its words means which of our measures.

Single-asset totals count USDT alone. An asset's figures span its cross pool and its isolated
positions, so they are compared with the sum over those pools; `crossWalletBalance`, `crossUnPnl`,
`availableBalance` and `maxWithdrawAmount` are of the cross pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap, missing, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, known
from marginline.core.pool.pool import Kind
from marginline.venues.binance.page import futures, portfolio
from marginline.venues.binance.page.portfolio import NO_REQUIREMENT
from marginline.venues.binance.page.sums import identities
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    SIX_DECIMALS,
    Claim,
    Said,
    View,
    money_tolerance,
    part,
    price_tolerance,
    printed,
    total,
    untold_orders,
    untold_positions,
)
from marginline.venues.compare.lines import AnyLine, Of, printed_words

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


def _words(*of: Of, lines: Iterable[AnyLine] = WORDS, order: Sequence[M] = ()) -> dict[str, M]:
    """Words with their measures, in the order in which they are told."""
    own = [line for line in lines if line.of in of]
    own.sort(key=lambda line: order.index(line.measure) if order else 0)
    return {line.word: line.measure for line in own}


_W, _U, _MB, _MM = M.WALLET_BALANCE, M.UNREALIZED_PNL, M.MARGIN_BALANCE, M.MAINTENANCE_MARGIN
_IM, _P, _O = M.INITIAL_MARGIN, M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN
_FREE = (M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE)
_OF_POSITION, _OF_ISOLATED = _words(Of.POSITION), _words(Of.ISOLATED)
_OF_ALL_POOLS = _words(Of.ALL, order=(_W, _U, _MB, _MM, _IM, _P))
_OF_CROSS_POOL = _words(Of.CROSS, order=(_O, _W, _U, *_FREE))
_OF_JOINT_ASSET = {
    "totalWalletBalance": _W,
    **_words(Of.ALL, Of.CROSS, order=(_W, _U, _MB, _MM, _P, _O, _IM, *_FREE)),
}
_OF_PORTFOLIO = _words(Of.JOINT, lines=portfolio.PM)
_BALANCES = (M.WALLET_BALANCE,)
_ORDER_FIGURES = (
    M.ORDER_INITIAL_MARGIN,
    M.INITIAL_MARGIN,
    M.AVAILABLE_BALANCE,
    M.WITHDRAWABLE_BALANCE,
)
_UNTOLD_POSITIONS = untold_positions("position_risk")
_UNTOLD_ORDERS = untold_orders("open_orders")
_NO_SPLIT = unsupported("what the orders of a symbol take is not told leg by leg in hedge mode")

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Binance printed, with ours; figures of zero-size rows are left out."""
    if account.reported is None:
        return
    view = _View(account, assessment)
    raw = account.reported.raw
    for kind in (
        "position_risk",
        "um_position_risk",
        "cm_position_risk",
        "um_account",
        "cm_account",
    ):
        yield from view.of_positions(part(raw, kind))
    main = part(raw, "account")
    yield from view.of_positions(part(main, "positions"))
    yield from view.of_positions(part(part(raw, "ACCOUNT_UPDATE"), "P"))
    call = part(raw, "MARGIN_CALL")
    yield from view.of_positions(part(call, "p"), step=SIX_DECIMALS)
    updates = (part(part(raw, "ACCOUNT_UPDATE"), "B"), part(call, "B"))
    for assets in (part(main, "assets"), part(raw, "balance"), *updates):
        yield from view.of_assets(assets)
    yield from view.of_totals(part(main, "totals"))
    if account.venue in ("binance_pm", "binance_pm_pro"):
        yield from view.of_portfolio(main)


class _View(View):
    """One account and its assessment, asked by Binance's words."""

    # -- positions -------------------------------------------------------------------------

    def of_positions(self, rows: Said, step: Decimal = EIGHT_DECIMALS) -> Iterator[Claim]:
        """What rows of positions say, by key."""
        for key in rows:
            found = self.found.get(key)
            if found is not None:
                yield from self._of_position(key, found[0], found[1], part(rows, key), step)

    def _of_position(
        self, key: str, pool: PoolAssessment, position: PositionFigures, said: Said, step: Decimal
    ) -> Iterator[Claim]:
        money = money_tolerance([position], step)
        for label, measure in _OF_POSITION.items():
            theirs = printed(said, label)
            if theirs is None:
                continue
            if measure is M.LIQUIDATION_PRICE:
                yield self._liquidation(key, label, pool, position, theirs)
            elif measure is M.BREAK_EVEN_PRICE:
                if theirs:
                    yield Claim(key, label, measure, theirs, position.figure(measure))
            else:
                if measure is M.NOTIONAL:
                    theirs = abs(theirs)
                yield Claim(key, label, measure, theirs, position.figure(measure), money)
        if position.isolated:
            yield from self._of_isolated(key, pool, position, said, money)
        yield from self._of_orders(key, position, said, money)
        yield from self._largest(key, position, said)

    def _of_isolated(
        self, key: str, pool: PoolAssessment, position: PositionFigures, said: Said, money: Decimal
    ) -> Iterator[Claim]:
        for label, measure in _OF_ISOLATED.items():
            if (theirs := printed(said, label)) is not None:
                posted = measure is M.WALLET_BALANCE
                where, figures = (pool.id, pool.figures) if posted else (key, position)
                yield Claim(where, label, measure, theirs, figures.figure(measure), money)

    def _liquidation(
        self, key: str, label: str, pool: PoolAssessment, position: PositionFigures, theirs: Decimal
    ) -> Claim:
        """Binance prints 0 where there is none."""
        ours = position.figure(M.LIQUIDATION_PRICE)
        money = money_tolerance(pool.figures.positions)
        tolerance = price_tolerance(position, money, theirs or None)
        return Claim(key, label, M.LIQUIDATION_PRICE, theirs or None, ours, tolerance)

    def _of_orders(
        self, key: str, position: PositionFigures, said: Said, money: Decimal
    ) -> Iterator[Claim]:
        orders = self._order_margin(position)
        if (theirs := printed(said, "openOrderInitialMargin")) is not None:
            yield Claim(
                key, "openOrderInitialMargin", M.ORDER_INITIAL_MARGIN, theirs, orders, money
            )
        if (theirs := printed(said, "initialMargin")) is not None:
            ours = total((position.figure(M.INITIAL_MARGIN), orders))
            yield Claim(key, "initialMargin", None, theirs, ours, money)

    def _order_margin(self, position: PositionFigures) -> Figure:
        symbol = position.exposure.instrument.symbol
        pools = (pool.figures.pool for pool in self.assessment.pools)
        terms = [o.amount for pool in pools for o in pool.orders if o.instrument == symbol]
        if not self.orders_told:
            return _UNTOLD_ORDERS
        return _NO_SPLIT if terms and self.account.position_mode == "hedge" else total(terms)

    def _largest(self, key: str, position: PositionFigures, said: Said) -> Iterator[Claim]:
        """The largest value allowed at the leverage set: the cap of the last row that allows it."""
        for label in ("maxNotionalValue", "maxNotional", "maxQty"):
            theirs, schedule = printed(said, label), position.exposure.maintenance.schedule
            leverage = position.exposure.leverage
            if theirs is None:
                continue
            ours: Figure = schedule if isinstance(schedule, Gap) else missing("no leverage is set")
            if not isinstance(schedule, Gap) and leverage is not None:
                ends = (*schedule.floors[1:], schedule.cap)
                rows = zip(schedule.max_leverages, ends, strict=True)
                caps = [end for most, end in rows if most is not None and most >= leverage]
                last = caps[-1] if caps else None
                ours = last if last is not None else not_applicable("the tiers set no cap")
            yield Claim(key, label, None, theirs, ours)

    # -- assets ----------------------------------------------------------------------------

    def of_assets(self, rows: Said) -> Iterator[Claim]:
        """What rows of assets say, by asset."""
        for asset in rows:
            said = part(rows, asset)
            if self.joint is not None:
                yield from self._of_joint_asset(self.joint, asset, said)
            else:
                yield from self._of_asset(asset, said)

    def _of_asset(self, asset: str, said: Said, prefix: str = "") -> Iterator[Claim]:
        pools = [pool for pool in self.assessment.pools if pool.asset == asset]
        cross = [pool for pool in pools if pool.kind == Kind.CROSS]
        where = ACCOUNT if prefix else asset if len(pools) == 1 else f"assets.{asset}"
        for words, own, place in (
            (_OF_ALL_POOLS, pools, where),
            (_OF_CROSS_POOL, cross, ACCOUNT if prefix else asset),
        ):
            positions = [position for pool in own for position in pool.figures.positions]
            tolerance = money_tolerance(positions) + len(own) * EIGHT_DECIMALS
            for label, measure in words.items():
                theirs = printed(said, label)
                if theirs is not None and own:
                    ours = self._over(own, measure, whole=words is _OF_ALL_POOLS)
                    yield Claim(place, _prefixed(prefix, label), measure, theirs, ours, tolerance)

    def _over(self, pools: list[PoolAssessment], measure: M, *, whole: bool) -> Figure:
        """Our measure over pools; a gap where the answers leave out what it is made of."""
        if not self.positions_told and not (whole and measure in _BALANCES):
            return _UNTOLD_POSITIONS
        if not self.orders_told and measure in _ORDER_FIGURES:
            return _UNTOLD_ORDERS
        return total(pool.figures.figure(measure) for pool in pools)

    # -- totals ----------------------------------------------------------------------------

    def of_totals(self, said: Said) -> Iterator[Claim]:
        """The account's totals: USDT alone in single-asset mode, the joint pool in USD else."""
        if self.joint is None:
            yield from self._of_asset("USDT", _unprefixed(said), "total")
            return
        pool, named = self.joint, _unprefixed(said)
        tolerance = self._joint_tolerance(pool)
        for label, measure in (_OF_ALL_POOLS | _OF_CROSS_POOL).items():
            if (theirs := printed(named, label)) is not None:
                ours = self._over([pool], measure, whole=measure in _BALANCES)
                yield Claim(ACCOUNT, _prefixed("total", label), measure, theirs, ours, tolerance)

    def _joint_tolerance(self, pool: PoolAssessment) -> Decimal:
        """Rates too are cut at 8 decimals."""
        cut = money_tolerance(pool.figures.positions)
        for leg in pool.figures.pool.legs:
            if isinstance(leg.balance, Decimal):
                cut += (abs(leg.balance) + 2) * EIGHT_DECIMALS
        notional = pool.figures.figure(M.GROSS_NOTIONAL)
        return cut + (known(notional) or ZERO) * EIGHT_DECIMALS

    # -- assets of a joint pool ------------------------------------------------------------

    def _of_joint_asset(self, pool: PoolAssessment, asset: str, said: Said) -> Iterator[Claim]:
        leg = next((leg for leg in pool.figures.pool.legs if leg.asset == asset), None)
        if leg is None:
            return
        own = [p for p in pool.figures.positions if p.exposure.asset == asset]
        tolerance = money_tolerance(own)
        pnl = total(p.figure(M.UNREALIZED_PNL) for p in own)
        initial = total(p.figure(M.INITIAL_MARGIN) for p in own)
        orders = total(o.amount for o in pool.figures.pool.orders if o.asset == asset)
        if not self.orders_told:
            orders = _UNTOLD_ORDERS
        figures: dict[M, Figure] = {
            M.WALLET_BALANCE: leg.balance,
            M.UNREALIZED_PNL: pnl,
            M.MARGIN_BALANCE: total((leg.balance, pnl)),
            M.MAINTENANCE_MARGIN: total(p.figure(M.MAINTENANCE_MARGIN) for p in own),
            M.POSITION_INITIAL_MARGIN: initial,
            M.ORDER_INITIAL_MARGIN: orders,
            M.INITIAL_MARGIN: total((initial, orders)),
            M.AVAILABLE_BALANCE: self._available_in(pool, asset),
        }
        for label, measure in _OF_JOINT_ASSET.items():
            theirs = printed(said, label)
            if theirs is not None and measure in figures and label != "cw":
                told = self.positions_told or measure in _BALANCES
                figure = figures[measure] if told else _UNTOLD_POSITIONS
                yield Claim(f"assets.{asset}", label, measure, theirs, figure, tolerance)
        yield from self._of_books(asset, said, pnl, tolerance)

    def _available_in(self, pool: PoolAssessment, asset: str) -> Figure:
        """The joint available balance in one asset: divided by its ask rate."""
        free, rate = self._over([pool], M.AVAILABLE_BALANCE, whole=False), None
        rates = self.account.market.asset_rate.get(asset)
        rate = None if rates is None else rates.ask
        if rate is None:
            return missing(f"the ask rate of {asset} is not given; give asset_index")
        return free / rate

    def _of_books(self, asset: str, said: Said, pnl: Figure, tolerance: Decimal) -> Iterator[Claim]:
        """Portfolio margin tells the P&L of its two books apart."""
        books = [printed(said, label) for label in ("umUnrealizedPNL", "cmUnrealizedPNL")]
        told = [number for number in books if number is not None]
        if len(told) == len(books):
            ours = pnl if self.positions_told else _UNTOLD_POSITIONS
            label = "umUnrealizedPNL + cmUnrealizedPNL"
            theirs = sum(told, ZERO)
            yield Claim(f"assets.{asset}", label, M.UNREALIZED_PNL, theirs, ours, tolerance)

    # -- portfolio margin ------------------------------------------------------------------

    def of_portfolio(self, said: Said) -> Iterator[Claim]:
        """The account of portfolio margin, in USD; uniMMR moves with every amount in it."""
        pool = self.joint
        if pool is None:
            return
        money = self._joint_tolerance(pool)
        for label, measure in _OF_PORTFOLIO.items():
            theirs = printed(said, label)
            if theirs is None or (label == "uniMMR" and theirs == NO_REQUIREMENT):
                continue
            ours = self._over([pool], measure, whole=False)
            required = pool.figures.figure(M.MAINTENANCE_MARGIN)
            slack = money
            if label == "uniMMR" and isinstance(required, Decimal) and required:
                slack = EIGHT_DECIMALS + (1 + abs(theirs)) * money / required
            yield Claim(ACCOUNT, label, measure, theirs, ours, slack)


# -- Binance's words ---------------------------------------------------------------------------


_TOTALS = {
    "totalWalletBalance": "walletBalance",
    "totalUnrealizedProfit": "unrealizedProfit",
    "totalMarginBalance": "marginBalance",
    "totalMaintMargin": "maintMargin",
    "totalInitialMargin": "initialMargin",
    "totalPositionInitialMargin": "positionInitialMargin",
    "totalOpenOrderInitialMargin": "openOrderInitialMargin",
    "totalCrossWalletBalance": "crossWalletBalance",
    "totalCrossUnPnl": "crossUnPnl",
    "availableBalance": "availableBalance",
    "maxWithdrawAmount": "maxWithdrawAmount",
}


def _unprefixed(said: Said) -> dict[str, object]:
    return {_TOTALS[label]: said[label] for label in said if label in _TOTALS}


def _prefixed(prefix: str, label: str) -> str:
    whole = {short: long for long, short in _TOTALS.items()}
    return whole.get(label, label) if prefix else label
