"""An account while changes are made to it: every step gives a new account, findings collect.

Money is booked as the account file counts it: a wallet's balance is everything booked; posting
margin to an isolated position moves it out of the balance only where the balance leaves it out
(`isolated_included` false). A number that becomes unknown on the way stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Context, Decimal
from typing import Any

from marginline import formulas
from marginline.core.account.account import Account, Instrument, Position, Settings, Wallet
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.findings import Code, Finding, Gap, missing
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, to_text
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.risk.inputs import wrong
from marginline.venues import at, folders
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.steps import Steps, steps_of

_SUM = Context(prec=40)  # the parts of a balance sum to it to the last digit


class Trial:
    """The account so far, the rulebook that judges it, and what there is to say."""

    def __init__(self, account: Account) -> None:
        self.book = at(account.venue, account.mode, account.as_of)
        # What the venue reported describes the account before any change.
        self.account = replace(account, reported=None)
        if self.all_isolated:
            rows = (replace(row, margin_mode="isolated") for row in account.positions)
            self.account = replace(self.account, positions=tuple(rows))
        self.findings: list[Finding] = []
        # Instruments and fees, which no change alters.
        self._fixed = self.look

    @property
    def all_isolated(self) -> bool:
        """Whether the account itself is in isolated mode, whatever its rows say (Bybit)."""
        return self.book.margin_mode == "isolated"

    @property
    def look(self) -> Resolver:
        """Look-ups in the account as it stands."""
        return Resolver(self.account, folders()[self.account.venue])

    def note(self, code: Code, where: str, message: str) -> None:
        """Record a finding."""
        self.findings.append(Finding(code, where, message))

    def refused(self, where: str, message: str) -> None:
        """Record that the venue would not do it; it is computed all the same."""
        self.note(Code.VENUE_WOULD_REFUSE, where, f"the venue would refuse this: {message}")

    # -- instruments and prices ----------------------------------------------------------------

    def instrument(self, symbol: str) -> Instrument:
        """The instrument as given or packaged; InputError where nobody knows it."""
        found = self._fixed.known(symbol)
        if found is None:
            message = f"{self.account.venue} does not know this instrument"
            raise wrong("instrument", symbol, message, f"describe it under instruments.{symbol}")
        return found

    def steps(self, symbol: str) -> Steps:
        """The steps of its sizes and prices, as given or packaged."""
        return steps_of(self.account, self._fixed.folder, self.instrument(symbol))

    def unit(self, symbol: str) -> Decimal:
        """Settle asset per unit of size and of price (inverse: of 1/price)."""
        instrument = self.instrument(symbol)
        if instrument.payoff != "quanto":
            return instrument.contract_size
        if instrument.multiplier is None:
            path = f"instruments.{symbol}.multiplier"
            raise wrong(path, "", "the quanto multiplier is not given", "add it")
        return instrument.multiplier

    def inverse(self, symbol: str) -> bool:
        """Whether P&L is linear in 1/price."""
        return self.instrument(symbol).payoff == "inverse"

    def notional(self, symbol: str, size: Decimal, price: Decimal) -> Decimal:
        """Unsigned value of a size at a price, in the settle asset."""
        value = formulas.notional_inverse if self.inverse(symbol) else formulas.notional_linear
        return value(size, self.unit(symbol), price)

    def mark(self, symbol: str) -> Decimal:
        """The mark; InputError where it is not given."""
        self.instrument(symbol)
        found = self.account.market.mark.get(symbol)
        if found is None:
            remedy = f"give market.mark.{symbol}, or a price"
            raise wrong("instrument", symbol, "its mark price is not given", remedy)
        return found

    def asset_of(self, row: Position) -> str:
        """The asset of a row's margin."""
        return self._fixed.asset_of(row)

    def taker_fee(self, symbol: str) -> Figure:
        """The rate of the taker fee."""
        return self._fixed.fee(symbol, "taker")

    def fee(self, symbol: str, size: Decimal, price: Decimal) -> Decimal:
        """Taker fee of a fill; 0 with a finding where the rate is not known."""
        if size == 0:
            return ZERO
        rate = self.taker_fee(symbol)
        if isinstance(rate, Gap):
            self.note(
                Code.APPROXIMATE, "parameters.fees.taker", f"no fee is taken off: {rate.message}"
            )
            return ZERO
        return formulas.fee(self.notional(symbol, size, price), rate)

    # -- rows ----------------------------------------------------------------------------------

    def put(self, old: Position | None, new: Position) -> Position:
        """Put a row in the place of another, or at the end."""
        rows = [new if row is old else row for row in self.account.positions]
        if not any(row is new for row in rows):
            rows.append(new)
        self.account = replace(self.account, positions=tuple(rows))
        return new

    def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Set the leverage of a symbol, on its rows and in the settings."""
        self.instrument(symbol)
        for row in self.account.positions:
            if row.instrument != symbol:
                continue
            if row.size and row.margin_mode == "isolated" and row.leverage != leverage:
                text = "what is posted to it stays; some venues move margin with the leverage"
                self.note(Code.APPROXIMATE, row.key, text)
            self.put(row, replace(row, leverage=leverage))
        self._set(symbol, replace(self._settings(symbol), leverage=leverage))

    def set_mode(self, symbol: str, mode: str) -> None:
        """Set the margin mode that new positions of a symbol take."""
        self._set(symbol, replace(self._settings(symbol), margin_mode=mode))

    def _settings(self, symbol: str) -> Settings:
        return self.account.settings.get(symbol) or Settings()

    def _set(self, symbol: str, settings: Settings) -> None:
        found = dict(self.account.settings) | {symbol: settings}
        self.account = replace(self.account, settings=found)

    # -- money ---------------------------------------------------------------------------------

    def wallet(self, asset: str) -> Wallet | None:
        """The wallet of an asset."""
        return next((w for w in self.account.wallets if w.asset == asset), None)

    def keep(self, wallet: Wallet) -> None:
        """Put a wallet in the place of the one of its asset, or at the end."""
        others = self.account.wallets
        known = any(w.asset == wallet.asset for w in others)
        kept = [wallet if w.asset == wallet.asset else w for w in others]
        self.account = replace(self.account, wallets=tuple(kept if known else [*kept, wallet]))

    def book_cash(self, asset: str, amount: Decimal, part: str) -> None:
        """Add a cash flow to a wallet: to its balance and, where it has them, to its parts."""
        if amount == 0:
            return
        wallet = self.wallet(asset)
        if wallet is None or wallet.balance is None:
            text = f"{to_text(amount)} {asset} cannot be booked: the balance is not known"
            self.note(Code.MISSING_DATA, f"wallets.{asset}", text)
            return
        balance, parts = wallet.balance + amount, wallet.parts
        if parts is not None:
            booked = _SUM.subtract(balance, wallet.balance)
            # Any: which field it is, `part` says.
            changed: dict[str, Any] = {part: _SUM.add(getattr(parts, part) or ZERO, booked)}
            parts = replace(parts, **changed)
        self.keep(replace(wallet, balance=balance, parts=parts))

    def post(self, asset: str, amount: Decimal | None) -> None:
        """Move an amount from the cross wallet to an isolated position; None: nobody knows it."""
        wallet = self.wallet(asset)
        if wallet is None or wallet.isolated_included:
            return
        if amount is None:
            self.forget(asset, "what goes to or comes from an isolated position is not known")
        else:
            self.book_cash(asset, -amount, "other")

    def forget(self, asset: str, reason: str) -> None:
        """The balance of an asset is not known any more."""
        wallet = self.wallet(asset)
        if wallet is not None:
            self.keep(replace(wallet, balance=None, parts=None))
        self.note(Code.MISSING_DATA, f"wallets.{asset}", f"the balance is not known: {reason}")

    # -- what the rulebook makes of it -----------------------------------------------------------

    def pools(self) -> Iterator[PoolFigures]:
        """The figures of every pool that has a status."""
        for pool in self.book.resolve(self.account).pools:
            if pool.kind is not Kind.RISK_UNIT:
                yield PoolFigures(pool, self.book.rules)

    def paying_pool(self, asset: str) -> PoolFigures | None:
        """The pool whose money opens positions and pays fees in an asset."""
        for figures in self.pools():
            joint = figures.pool.kind is not Kind.ISOLATED
            if joint and any(leg.asset == asset for leg in figures.pool.legs):
                return figures
        return None

    def position(self, key: str) -> PositionFigures | None:
        """The figures of an open position."""
        for figures in self.pools():
            for position in figures.positions:
                if position.exposure.key == key:
                    return position.alone()
        return None

    def initial_of_fill(self, row: Position, size: Decimal, price: Decimal) -> Figure:
        """Initial margin that the venue asks for a fill taken by itself, at the fill's price."""
        alone = replace(row, size=size, entry_price=price, isolated_margin=ZERO)
        side = side_of(alone, hedge=self.account.position_mode == "hedge")
        alone = replace(alone, side=side, opened_at=self.account.as_of)
        trial = Trial(self.account)
        trial.put(next((r for r in self.account.positions if r.key == row.key), None), alone)
        marks = dict(self.account.market.mark) | {row.instrument: price}
        trial.account = replace(trial.account, market=replace(trial.account.market, mark=marks))
        found = trial.position(alone.key)
        if found is None:
            return missing(f"the initial margin of {alone.key} cannot be computed")
        return found.figure(Measure.INITIAL_MARGIN)


def side_of(row: Position, *, hedge: bool) -> str:
    """The side a row carries: in one-way mode a named side follows the sign of the size."""
    if hedge or row.side == "both" or row.size == 0:
        return row.side
    return "long" if row.size > 0 else "short"
