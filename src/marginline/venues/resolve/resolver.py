"""What every rulebook needs on the way from an account to pools.

A `Resolver` looks things up (instrument, leverage, tiers, rates) and says what is missing, once and
in the same words for every venue; it builds legs, exposures and schedules. How they make pools is
the venue's own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from marginline import formulas
from marginline.core.account.account import Account, Instrument, Order, Position, Wallet
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import TierTable
from marginline.core.assessment.assess import Lack, Resolved
from marginline.core.findings import Code, Finding, Gap, missing, not_applicable
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, Quotient, to_text
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
)
from marginline.core.pool.pool import Leg, Pool
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule, TierSchedule
from marginline.errors import DocumentError, Problem
from marginline.venues.resolve import lacks, packaged, schedules
from marginline.venues.resolve.rows import Rows, grouped


class Resolver:
    """Look-ups in one account by one venue's defaults; `findings` collects what to say of it."""

    def __init__(
        self,
        account: Account,
        folder: str,
        *,
        tiers_keyed_by: str = "notional",
        tiers_kind: str = "marginal",
    ) -> None:
        self.account = account
        self.folder = folder
        self.tiers_keyed_by = tiers_keyed_by
        self.tiers_kind = tiers_kind
        self.findings: list[Finding] = []
        self.lacks: dict[str, Lack] = {}
        self.rows = Rows(account)
        self._settles: dict[str, str] = {}
        self._refuse_unknown()

    def note(self, code: Code, where: str, message: str, measure: Measure | None = None) -> None:
        """Record a finding of the whole account, or of one measure at a place."""
        self.findings.append(Finding(code, where, message, measure))

    def resolved(self, pools: Iterable[Pool]) -> Resolved:
        """The pools with all that was noted, and looked for in vain, on the way to them."""
        return Resolved(tuple(pools), tuple(self.findings), tuple(self.lacks.values()))

    def lack(self, lack: Lack | None) -> None:
        """Record an input looked for in vain whose ends are known."""
        if lack is not None:
            self.lacks[lack.message] = lack

    def _settled(self) -> set[str]:
        held = {self.asset_of(position) for position in self.rows.open}
        return held | {self.settle(order.instrument) for order in self.account.orders}

    # -- instruments ---------------------------------------------------------------------------

    def _refuse_unknown(self) -> None:
        named = {position.instrument for position in self.rows.open}
        named |= {order.instrument for order in self.account.orders}
        if all(self.known(symbol) is not None for symbol in named):
            return
        held = enumerate(self.account.positions)
        rows = [(f"positions[{i}].instrument", p.instrument) for i, p in held if p.size]
        rows += [
            (f"orders[{i}].instrument", o.instrument) for i, o in enumerate(self.account.orders)
        ]
        problems = [
            Problem(
                path,
                symbol,
                f"{self.account.venue} does not know this instrument",
                f"describe it under instruments.{symbol}",
            )
            for path, symbol in rows
            if self.known(symbol) is None
        ]
        raise DocumentError(problems)

    def known(self, symbol: str) -> Instrument | None:
        """The instrument as the file gives it, else as packaged, else None."""
        given = self.account.instruments.get(symbol)
        return given or packaged.instruments(self.folder, self.account.venue).get(symbol)

    def instrument(self, symbol: str) -> Instrument:
        """The instrument; unknown ones were refused at the start."""
        found = self.account.instruments.get(symbol) or self.known(symbol)
        assert found is not None, symbol
        return found

    def settle(self, symbol: str) -> str:
        """The asset an instrument settles in: as given, else quote (inverse: base)."""
        found = self._settles.get(symbol)
        if found is None:
            found = self._settles[symbol] = self._settle(symbol)
        return found

    def _settle(self, symbol: str) -> str:
        instrument = self.instrument(symbol)
        guess = instrument.base if instrument.payoff == "inverse" else instrument.quote
        asset = instrument.settle or (None if instrument.payoff == "quanto" else guess)
        if asset is None:
            path = f"instruments.{symbol}.settle"
            raise DocumentError([Problem(path, "", "the settle asset is not given", "name it")])
        return asset

    def asset_of(self, position: Position) -> str:
        """The asset of a position's margin."""
        return position.margin_asset or self.settle(position.instrument)

    # -- positions -----------------------------------------------------------------------------

    def positions(self, margin_mode: str | None = None) -> list[Position]:
        """Open positions, of one margin mode or of both."""
        return [p for p in self.rows.open if margin_mode in (None, p.margin_mode)]

    def assets(self) -> list[str]:
        """Every asset with a wallet, a position or an order, in the order they appear."""
        found = [wallet.asset for wallet in self.account.wallets]
        rows = [p for p in self.account.positions if p.size or self.known(p.instrument)]
        found += [self.asset_of(position) for position in rows]
        found += [self.settle(order.instrument) for order in self.account.orders]
        return list(dict.fromkeys(found))

    def orders_by_symbol(self, asset: str) -> dict[str, list[Order]]:
        """The resting orders that settle in an asset, by symbol in the order they appear."""
        found: dict[str, list[Order]] = {}
        for order in self.account.orders:
            if self.settle(order.instrument) == asset:
                found.setdefault(order.instrument, []).append(order)
        return found

    def leverage(self, symbol: str, position: Position | None = None) -> Decimal | None:
        """Leverage set for a symbol: on the row, on another of it, or in the settings.

        The other leg's leverage is not this one's: where a leg has none, none is known.
        """
        if position is not None and position.leverage:  # BitMEX says 0 where none is set
            return position.leverage
        for row in self.rows.of(symbol):
            if row.leverage and (position is None or row.side in (position.side, "both")):
                return row.leverage
        settings = self.account.settings.get(symbol)
        return None if settings is None else settings.leverage

    def margin_mode(self, symbol: str, given: str | None = None, side: str = "both") -> str:
        """Margin mode of an order: as given, as its leg's row or all rows, as set, else cross."""
        if given is not None:
            return given
        if modes := self.rows.modes_of(symbol, side):
            return modes.pop() if len(modes) == 1 else "cross"
        settings = self.account.settings.get(symbol)
        return (settings.margin_mode if settings is not None else None) or "cross"

    # -- market --------------------------------------------------------------------------------

    def mark(self, symbol: str) -> Figure:
        """Mark price of a symbol."""
        return _looked_up(self.account.market.mark, symbol, "mark price", "market.mark")

    def index(self, symbol: str) -> Figure:
        """Index price of a symbol."""
        return _looked_up(self.account.market.index, symbol, "index price", "market.index")

    def funding_rate(self, symbol: str) -> Figure:
        """The next funding rate of a perpetual."""
        if self.instrument(symbol).expires_at is not None:
            return not_applicable(f"{symbol} expires and pays no funding")
        funding = self.account.market.funding.get(symbol)
        if funding is None or funding.rate is None:
            return lacks.not_given("funding rate", symbol, f"market.funding.{symbol}")
        return funding.rate

    def rate(self, asset: str, valuation_asset: str, side: str = "index") -> Figure:
        """Price of an asset in the valuation asset: "index", "bid" or "ask"."""
        if asset == valuation_asset:
            return ONE
        rates: AssetRate | None = self.account.market.asset_rate.get(asset)
        found: Decimal | None = None if rates is None else getattr(rates, side)
        if found is None:
            where = f"market.asset_rate.{asset}.{side}"
            text = f"the {side} rate of {asset} in {valuation_asset} is not given; give {where}"
            self.lack(lacks.rate(self.wallet(asset), self._settled(), text))
            return missing(text)
        return found

    def fee(self, symbol: str, name: str) -> Figure:
        """A fee rate ("maker", "taker", "liquidation") of a symbol, else of the account."""
        fees = self.account.parameters.fees
        own = fees.by_instrument.get(symbol)
        found: Decimal | None = None if own is None else getattr(own, name)
        if found is None:
            found = getattr(fees, name)
        if found is None:
            text = f"the {name} fee of {symbol} is not given; give parameters.fees.{name}"
            self.lack(lacks.fee(symbol, name, text))
            return missing(text)
        return found

    def value(self, symbol: str, size: Decimal, price: Decimal) -> Decimal:
        """Value of a signed size at a price, in the settle asset; > 0 long."""
        instrument = self.instrument(symbol)
        if instrument.payoff == "inverse":
            return formulas.value_inverse(size, instrument.contract_size, price)
        multiplier = instrument.multiplier if instrument.payoff == "quanto" else None
        unit = instrument.contract_size if multiplier is None else multiplier
        return formulas.value_linear(size, unit, price)

    # -- tiers ---------------------------------------------------------------------------------

    def tiers(self, symbol: str) -> TierSchedule | Gap:
        """The tier schedule of a symbol: from the file, else packaged for the day."""
        account = self.account
        table, source = account.parameters.tiers.get(symbol), "account file"
        if table is None:
            found = packaged.tiers(self.folder, account.venue, symbol, account.as_of)
            if found is None:
                where = f"parameters.tiers.{symbol}"
                return missing(f"the maintenance tiers of {symbol} are not given; give {where}")
            table, source = found
            text = f"tiers of {symbol} are packaged ones: {source}"
            self.note(Code.PACKAGED_PARAMETER, f"parameters.tiers.{symbol}", text)
        return self.schedule(symbol, table, source)

    def schedule(
        self,
        symbol: str,
        table: TierTable,
        source: str = "account file",
        *,
        kind: str | None = None,
        rate_of: Callable[[Decimal], Decimal] | None = None,
    ) -> TierSchedule | Gap:
        """A tier table ready to use: deductions derived where not given, and checked where given.

        `kind` overrides the table's; `rate_of` derives a rate from the highest leverage.
        """
        found, contradicted = schedules.kept_schedule(
            table,
            keyed_by=table.keyed_by or self.tiers_keyed_by,
            kind=kind or table.kind or self.tiers_kind,
            source=source,
            rate_of=rate_of,
        )
        where = f"parameters.tiers.{symbol}"
        if found is None:
            return missing(f"the maintenance rates of {symbol} are not given; give them in {where}")
        for row, text in contradicted:
            self.note(Code.DEDUCTION_DIFFERS, f"{where}.rows[{row}].deduction", text)
        return found

    # -- terms ---------------------------------------------------------------------------------

    def initial_rate(
        self, position: Position, schedule: TierSchedule | Gap, basis: Basis = Basis.MARK
    ) -> Figure:
        """1 / leverage, or the initial rate of the tier where no leverage is set.

        `basis` is the price whose notional chooses the tier.
        """
        symbol = position.instrument
        leverage = self.leverage(symbol, position)
        if leverage is not None:
            return Quotient(ONE, leverage)
        rate = self._tier_initial_rate(position, schedule, basis)
        if rate is None:
            where = f"positions' leverage or settings.{symbol}.leverage"
            return missing(f"the leverage of {symbol} is not given; give {where}")
        return rate

    @figured
    def _tier_initial_rate(
        self, position: Position, schedule: TierSchedule | Gap, basis: Basis
    ) -> Figure | None:
        if isinstance(schedule, Gap):
            return None
        if schedule.keyed_by == "size":
            return schedule.initial_rates[schedule.row(abs(position.size))]
        if all(rate is None for rate in schedule.initial_rates):
            return None
        bare = self.exposure(position, MaintenanceTerm(schedule), InitialTerm(ONE))
        return schedule.initial_rates[schedule.row(bare.notional_at(bare.price(basis)))]

    def exposure(
        self,
        position: Position,
        maintenance: MaintenanceTerm,
        initial: InitialTerm,
        *,
        value_rate: Figure = ONE,
        requirement_rate: Figure = ONE,
        own: Mapping[str, Figure] | None = None,
    ) -> Exposure:
        """The exposure of one open position; `own`: what only the venue's own rules read."""
        symbol, key = position.instrument, position.key
        entry: Figure | None = position.entry_price
        if entry is None:
            entry = lacks.not_given("entry price", key, "entry_price")
        fees: Figure | None = position.fees
        return Exposure(
            key=key,
            instrument=self.instrument(symbol),
            side=position.side,
            size=position.size,
            entry_price=entry,
            mark=self.mark(symbol),
            asset=self.asset_of(position),
            maintenance=maintenance,
            initial=initial,
            index=self.index(symbol),
            leverage=self.leverage(symbol, position),
            value_rate=value_rate,
            requirement_rate=requirement_rate,
            funding_rate=self.funding_rate(symbol),
            fees=lacks.no_fees(key) if fees is None else fees,
            own={} if own is None else own,
        )

    # -- wallets -------------------------------------------------------------------------------

    def wallet(self, asset: str) -> Wallet | None:
        """The wallet of an asset, None where the file has none."""
        return self.rows.wallets.get(asset)

    def isolated_posted(self, asset: str) -> Figure:
        """What is posted to the open isolated positions of an asset."""
        total = ZERO
        for position in self._isolated.get(asset, ()):
            if position.isolated_margin is None:
                return _no_isolated_margin(position)
            total += position.isolated_margin
        return total

    @cached_property
    def _isolated(self) -> dict[str, list[Position]]:
        """The open isolated positions by the asset of their margin."""
        return grouped(self.positions("isolated"), self.asset_of)

    def cross_leg(self, asset: str) -> Leg:
        """What is left of an asset's wallet for its cross pool."""
        wallet = self.wallet(asset)
        if wallet is None:
            return Leg(
                asset, missing(f"no wallet of {asset} is given; give its balance under wallets")
            )
        return Leg(
            asset,
            self._cross_balance(wallet),
            liability=wallet.borrowed + wallet.interest,
            locked=wallet.locked,
            credit=wallet.credit,
            options_value=wallet.options_value or ZERO,
            supports=wallet.collateral,
        )

    def _cross_balance(self, wallet: Wallet) -> Figure:
        if wallet.balance is None:
            return missing(f"the balance of {wallet.asset} is not given; give wallets' balance")
        if not wallet.isolated_included:
            return wallet.balance
        return wallet.balance - self.isolated_posted(wallet.asset)

    def isolated_leg(self, position: Position) -> Leg:
        """The one leg of an isolated position's pool."""
        margin = position.isolated_margin
        balance: Figure = _no_isolated_margin(position) if margin is None else margin
        return Leg(self.asset_of(position), balance)

    def joint_leg(
        self,
        asset: str,
        valuation_asset: str,
        *,
        positive: str = "index",
        negative: str = "index",
        haircut: HaircutSchedule | Gap | None = None,
    ) -> Leg:
        """A leg of a pool of several assets, valued at the named sides of its rate."""
        return replace(
            self.cross_leg(asset),
            rate_positive=self.rate(asset, valuation_asset, positive),
            rate_negative=self.rate(asset, valuation_asset, negative),
            index=self.rate(asset, valuation_asset),
            haircut=haircut,
        )

    def collateral(self, asset: str) -> HaircutSchedule | Gap:
        """The haircut of an asset by value: from the file, else packaged for the day."""
        account = self.account
        found = packaged.in_force(self.folder, "collateral", account.venue, asset, account.as_of)
        if asset in account.parameters.collateral or found is None:
            return self.haircut(asset)
        ratio, source = found.number("ratio"), found.source
        text = f"collateral ratio {to_text(ratio)} of {asset}: {source}"
        self.note(Code.PACKAGED_PARAMETER, f"parameters.collateral.{asset}", text)
        return HaircutSchedule("value", "marginal", (ZERO,), (ratio,), (ZERO,), source=source)

    def haircut(self, asset: str, *, keyed_by: str = "value") -> HaircutSchedule | Gap:
        """The collateral schedule of an asset; missing where the file gives none."""
        table = self.account.parameters.collateral.get(asset)
        if table is None or (table.ratio is None and not table.rows):
            where = f"parameters.collateral.{asset}"
            text = f"the collateral ratio of {asset} is not given; give {where}"
            self.lack(lacks.collateral(asset, text))
            return missing(text)
        return schedules.haircut_schedule(table, keyed_by)

    def borrow_rates(
        self, asset: str, name: str, *, keyed_by: str, kind: str
    ) -> RateSchedule | Gap:
        """Rates of a loan ("initial_rate" or "maintenance_rate") from the file."""
        table = self.account.parameters.borrow.get(asset)
        where = f"parameters.borrow.{asset}"
        found = None if table is None else schedules.rate_schedule(table, name, keyed_by, kind)
        if found is None:
            rates = f"{name} of borrowed {asset} is" if table else f"borrow rates of {asset} are"
            text = f"the {rates} not given; give {where}"
            self.lack(lacks.borrow(asset, text))
            return missing(text)
        return found


def _looked_up(prices: Mapping[str, Decimal], symbol: str, name: str, path: str) -> Figure:
    found = prices.get(symbol)
    return lacks.not_given(name, symbol, f"{path}.{symbol}") if found is None else found


def _no_isolated_margin(position: Position) -> Gap:
    return missing(f"the isolated margin of {position.key} is not given; give isolated_margin")
