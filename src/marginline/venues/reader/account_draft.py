"""An account in the making: what a venue's reader fills from raw answers, then judged as a whole.

`extra` of the finished account tells what the reader knows beside the account itself:

- `notes`: findings of the reader (see `notes`);
- `known`: which of wallets, positions and orders the answers told; what is not told is noted, so
  that an account of balances alone never reads as an account without positions;
- `unknown`: fields that no shape knows, by path, with their values;
- further entries as the venue's reader names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from marginline.core.account.account import (
    Account,
    Instrument,
    Order,
    Position,
    Reported,
    Settings,
    Wallet,
)
from marginline.core.account.file import from_dict, to_dict
from marginline.core.account.market import AssetRate, Funding, Market
from marginline.core.account.tables import (
    BorrowTable,
    CollateralTable,
    FeeRates,
    Fees,
    Parameters,
    TierRow,
    TierTable,
)
from marginline.core.document.record import Record
from marginline.core.findings import Code, Finding
from marginline.core.numbers import to_text
from marginline.errors import DocumentError, PayloadError
from marginline.venues.reader.fields import Row
from marginline.venues.reader.notes import NOTES, documents, notes_of

V = TypeVar("V")
WALLETS, POSITIONS, ORDERS = "wallets", "positions", "orders"
_APART = Decimal("0.01")  # of a mark: answers are seldom of one moment
_PARTS = (WALLETS, POSITIONS, ORDERS)

_UNTOLD = {
    WALLETS: (Code.MISSING_DATA, "no answer tells the balances"),
    POSITIONS: (Code.MISSING_DATA, "no answer tells which positions are open"),
    ORDERS: (
        Code.APPROXIMATE,
        "no answer tells the resting orders: initial margin and available balance leave them out",
    ),
}


class Draft:
    """The parts of an account by name, mutable; `account()` makes and judges it.

    Begun `onto` another account, it holds that account's parts until they are replaced.
    """

    def __init__(
        self, venue: str, remedies: Mapping[str, str], onto: Account | None = None
    ) -> None:
        self.venue = venue
        self.remedies = remedies
        self.mode: str | None = None
        self.name: str | None = None
        self.as_of: datetime | None = None
        self.hedge: bool | None = None
        self.wallets: dict[str, Wallet] = {}
        self.positions: dict[str, Position] = {}
        self.orders: list[Order] = []
        self.settings: dict[str, Settings] = {}
        self.instruments: dict[str, Instrument] = {}
        self.notes: list[Finding] = []
        self.mark = Marks(self.notes)
        self.index: dict[str, Decimal] = {}
        self.funding: dict[str, Funding] = {}
        self.asset_rate: dict[str, AssetRate] = {}
        self.tiers: dict[str, TierTable] = _Tables(self.notes)
        self.collateral: dict[str, CollateralTable] = {}
        self.borrow: dict[str, BorrowTable] = {}
        self.fees: dict[str, FeeRates] = {}
        self.venue_parameters: dict[str, object] = {}
        self.reported = _Told()
        self.extra: dict[str, object] = {}
        self.known: set[str] = set()
        self._base = onto
        if onto is not None:
            self._begin(onto)

    def _begin(self, base: Account) -> None:
        self.mode, self.name, self.as_of = base.mode, base.name, base.as_of
        self.hedge = base.position_mode == "hedge" or None
        self.wallets = {wallet.asset: wallet for wallet in base.wallets}
        self.positions = {position.key: position for position in base.positions}
        self.orders = list(base.orders)
        self.settings = dict(base.settings)
        self.instruments = dict(base.instruments)
        market, parameters = base.market, base.parameters
        self.mark, self.index = Marks(self.notes, market.mark), dict(market.index)
        self.funding, self.asset_rate = dict(market.funding), dict(market.asset_rate)
        self.tiers = _Tables(self.notes, parameters.tiers)
        self.collateral = dict(parameters.collateral)
        self.borrow = dict(parameters.borrow)
        self.fees = dict(parameters.fees.by_instrument)
        self.venue_parameters = dict(parameters.venue)
        self.reported = _Told.of(base.reported)
        self.extra = dict(base.extra)
        known = base.extra.get("known")
        self.known = set(_PARTS if known is None else _texts(known))
        self.notes[:] = [note for note in notes_of(base) if note.where not in _PARTS]

    def symbols(self) -> list[str]:
        """What the positions and orders are of, each once, in their order."""
        held = [position.instrument for position in self.positions.values()]
        return list(dict.fromkeys(held + [order.instrument for order in self.orders]))

    # -- prices, fees, settings --------------------------------------------------------------

    def tell_prices(self, symbol: str, *, mark: Decimal | None, index: Decimal | None) -> None:
        """Prices of a ticker. A position brings its own mark, of the moment of its figures."""
        held = symbol in self.mark and any(
            position.instrument == symbol for position in self.positions.values()
        )
        if mark is not None and held:
            self.mark.compare(symbol, mark)
        elif mark is not None:
            self.mark[symbol] = mark
        if index is not None:
            self.index[symbol] = index

    def tell_fees(self, symbol: str, **rates: Decimal | None) -> None:
        """Fee rates of a symbol by name; those that are not told stay as they were."""
        told: dict[str, Any] = {name: rate for name, rate in rates.items() if rate is not None}
        self.fees[symbol] = replace(self.fees.get(symbol, FeeRates()), **told)

    def tell_settings(self, symbol: str, leverage: Decimal | None, mode: str | None) -> None:
        """What is set for a symbol; what was set before stays where nothing is told."""
        old = self.settings.get(symbol, Settings())
        leverage, mode = (old.leverage if leverage is None else leverage), mode or old.margin_mode
        if leverage is not None or mode is not None:
            self.settings[symbol] = Settings(leverage=leverage, margin_mode=mode)

    # -- what there is to say --------------------------------------------------------------

    def note(self, code: Code, where: str, message: str) -> None:
        """Say something of the account, once."""
        self.notes.append(Finding(code, where, message))

    def note_unset_leverage(self) -> None:
        """Say of positions whose leverage no answer tells that the least asked is taken."""
        for position in self.positions.values():
            settings = self.settings.get(position.instrument)
            if position.leverage is None and (settings is None or settings.leverage is None):
                text = "no answer tells its leverage; the initial rate of its tier is taken"
                self.note(Code.APPROXIMATE, f"positions: {position.instrument}", text)

    def unfilled(self, row: Row, whole: str, filled: str) -> Decimal:
        """What is left of an order; all of it, with a note, where what is filled is not told."""
        if (done := row.number(filled)) is None:
            text = f"{filled} is not told: the order is taken to rest as a whole"
            self.note(Code.APPROXIMATE, row.path, text)
            return row.amount(whole)
        return row.amount(whole) - done

    def rests(self, row: Row, word: str, resting: tuple[str, ...], gone: tuple[str, ...]) -> bool:
        """Whether an order rests by its state; with a note where no one knows the state."""
        state = row.text(word)
        if state in gone:
            return False
        if state is not None and state not in resting:
            text = f"the state {state} of an order is not known; the order is taken to rest"
            self.note(Code.APPROXIMATE, row.path, text)
        return True

    def note_void(self, kinds: Iterable[str]) -> None:
        """Say of answers that the venue said OK and told nothing: no list is no empty list."""
        for kind in kinds:
            text = "the venue answered without a list: that tells nothing, also not that none is"
            self.note(Code.MISSING_DATA, kind, f"{text} there; fetch it again")

    def forget_notes(self, kinds: Iterable[str]) -> None:
        """Drop the notes of answers that are about to be read afresh."""
        heads = set(kinds)
        self.notes[:] = [n for n in self.notes if _head(n.where) not in heads]
        unknown = {
            path: value for path, value in self._unknown().items() if _head(path) not in heads
        }
        self.extra["unknown"] = unknown

    def keep_unknown(self, found: Mapping[str, object]) -> None:
        """Keep fields that no shape knows, and list them."""
        for path in found:
            text = "the reader does not know this field; it is kept under extra.unknown"
            self.note(Code.UNKNOWN_FIELD, path, text)
        if found:
            self.extra["unknown"] = self._unknown() | dict(found)

    def _unknown(self) -> dict[str, object]:
        unknown = self.extra.get("unknown")
        return dict(unknown) if isinstance(unknown, Mapping) else {}

    # -- the account -----------------------------------------------------------------------

    def account(self, source: str = "") -> Account:
        """The account, judged like any account file.

        Raises:
            PayloadError: the answers contradict what an account can be.
        """
        assert self.as_of is not None
        try:
            return from_dict(to_dict(self._account(self.as_of)))
        except DocumentError as problem:
            raise PayloadError(problem.problems, source) from None

    def changed_account(self) -> Account:
        """The account after an event: what is as it was in the base is not judged again.

        Raises:
            PayloadError: the event contradicts what an account can be.
        """
        base = self._base
        assert base is not None
        assert self.as_of is not None
        found = self._account(self.as_of)
        slim = replace(
            found,
            settings=_new(found.settings, base.settings),
            instruments=_new(found.instruments, base.instruments),
            market=Market(mark=_new(found.market.mark, base.market.mark)),
            parameters=Parameters(),
        )
        try:
            from_dict(to_dict(slim))
        except DocumentError as problem:
            raise PayloadError(problem.problems) from None
        return found

    def _account(self, as_of: datetime) -> Account:
        base = self._base
        kept = {} if base is None else _members(base, Account)
        return Account(
            **kept
            | {
                "venue": self.venue,
                "mode": self.mode,
                "as_of": as_of,
                "name": self.name,
                "position_mode": "hedge" if self.hedge else "one_way",
                "wallets": tuple(self.wallets.values()),
                "positions": tuple(self.positions.values()),
                "orders": tuple(self.orders),
                "settings": self.settings,
                "instruments": self.instruments,
                "market": self._market(),
                "parameters": self._parameters(),
                "reported": self.reported.noun(),
                "extra": self._extra(),
            }
        )

    def _market(self) -> Market:
        kept = {} if self._base is None else _members(self._base.market, Market)
        mark = self.mark.judged(self.positions.values())
        own = {"mark": mark, "index": self.index, "funding": self.funding}
        return Market(**kept | own | {"asset_rate": self.asset_rate})

    def _parameters(self) -> Parameters:
        old = Parameters() if self._base is None else self._base.parameters
        fees = Fees(**_members(old.fees, Fees) | {"by_instrument": self.fees})
        own = {"tiers": self.tiers, "collateral": self.collateral, "borrow": self.borrow}
        rest = {"venue": self.venue_parameters, "fees": fees}
        return Parameters(**_members(old, Parameters) | own | rest)

    def _extra(self) -> dict[str, object]:
        extra = {name: value for name, value in self.extra.items() if name != NOTES and value}
        notes = documents([*self._untold(), *self.notes])
        return extra | {"known": sorted(self.known)} | ({NOTES: notes} if notes else {})

    def _untold(self) -> Iterable[Finding]:
        for part in _PARTS:
            if part not in self.known:
                code, message = _UNTOLD[part]
                remedy = self.remedies.get(part, "")
                yield Finding(code, part, message + (f"; give {remedy}" if remedy else ""))


class _Tables(dict[str, TierTable]):
    """Tier tables by symbol; two of one symbol in the answers contradict each other."""

    def __init__(self, notes: list[Finding], begun: Mapping[str, TierTable] | None = None) -> None:
        super().__init__(begun or {})
        self._notes = notes
        self._read: set[str] = set()

    def __setitem__(self, symbol: str, table: TierTable) -> None:
        before = self.get(symbol)
        if symbol in self._read and before is not None and before != table:
            text = (
                f"two tier tables of {symbol} are given and differ: the worse is judged; give one"
            )
            self._notes.append(Finding(Code.CONTRADICTION, f"tiers: {symbol}", text))
            table = worse_table(before, table)
        self._read.add(symbol)
        super().__setitem__(symbol, table)


def worse_table(one: TierTable, other: TierTable) -> TierTable:
    """A table that demands at least what either does: at every value the higher of both rates.

    Tables keyed by different things have no such one; the second is taken.
    """
    if (one.keyed_by, one.kind) != (other.keyed_by, other.kind) or not one.rows or not other.rows:
        return other if other.rows else one
    floors = sorted({row.floor for row in (*one.rows, *other.rows)})
    pairs = [(_row_at(one, floor), _row_at(other, floor)) for floor in floors]
    caps = [*floors[1:], None]
    rows = tuple(
        TierRow(
            floor=floor,
            cap=cap,
            rate=_of_both(max, a.rate, b.rate),
            initial_rate=_of_both(max, a.initial_rate, b.initial_rate),
            max_leverage=_of_both(min, a.max_leverage, b.max_leverage),
        )
        for floor, cap, (a, b) in zip(floors, caps, pairs, strict=True)
    )
    return TierTable(keyed_by=one.keyed_by, kind=one.kind, rows=rows)


def _row_at(table: TierTable, floor: Decimal) -> TierRow:
    begun = [row for row in table.rows if row.floor <= floor]
    return (begun or table.rows)[-1]


def _of_both(
    choose: Callable[[Decimal, Decimal], Decimal], one: Decimal | None, other: Decimal | None
) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


class Marks(dict[str, Decimal]):
    """Mark prices by symbol; two of one symbol that are far apart contradict each other."""

    def __init__(self, notes: list[Finding], begun: Mapping[str, Decimal] | None = None) -> None:
        super().__init__(begun or {})
        self._notes = notes
        self._read: set[str] = set()
        self._contested: dict[str, set[Decimal]] = {}

    def __setitem__(self, symbol: str, mark: Decimal) -> None:
        if symbol in self._read:
            self.compare(symbol, mark)
        self._read.add(symbol)
        super().__setitem__(symbol, mark)

    def compare(self, symbol: str, mark: Decimal) -> None:
        """Say of a second mark that it is far from the first."""
        before = self[symbol]
        if abs(before - mark) <= _APART * before:
            return
        text = f"one answer has {to_text(before)}, another {to_text(mark)}"
        text = f"two marks of {symbol}: {text}; the worse is judged; fetch them at one moment"
        self._notes.append(Finding(Code.CONTRADICTION, f"mark: {symbol}", text))
        self._contested.setdefault(symbol, {before}).add(mark)

    def later(self, symbol: str, mark: Decimal) -> None:
        """A mark of a later moment, as streams tell it."""
        super().__setitem__(symbol, mark)

    def judged(self, positions: Iterable[Position]) -> dict[str, Decimal]:
        """The marks; of contested ones the one that is worse for what is held."""
        found = dict(self)
        if self._contested:
            held = list(positions)
            for symbol, marks in self._contested.items():
                net = sum((p.size for p in held if p.instrument == symbol), Decimal(0))
                found[symbol] = max(marks) if net < 0 else min(marks)
        return found


class _Told:
    """What the venue said of its own figures: by our measures, and `raw` in its own words."""

    def __init__(self) -> None:
        self.account: dict[str, Decimal | None] = {}
        self.pools: dict[str, dict[str, Decimal | None]] = {}
        self.positions: dict[str, dict[str, Decimal | None]] = {}
        self.raw: dict[str, dict[str, Any]] = {}  # Any: the venue's words, of any depth

    @staticmethod
    def of(reported: Reported | None) -> _Told:
        """What an account already carries."""
        told = _Told()
        if reported is not None:
            told.account = dict(reported.account)
            told.pools = {name: dict(measures) for name, measures in reported.pools.items()}
            told.positions = {key: dict(measures) for key, measures in reported.positions.items()}
            told.raw = {kind: _thawed(said) for kind, said in reported.raw.items()}
        return told

    def noun(self) -> Reported | None:
        """As the account carries it; None where the venue said nothing."""
        if not (self.account or self.pools or self.positions or self.raw):
            return None
        pools = {name: measures for name, measures in self.pools.items() if measures}
        positions = {key: measures for key, measures in self.positions.items() if measures}
        return Reported(account=self.account, pools=pools, positions=positions, raw=self.raw)


def _new(found: Mapping[str, V], base: Mapping[str, V]) -> dict[str, V]:
    return {name: value for name, value in found.items() if value is not base.get(name)}


# Any: by name, so that `noun(**members)` takes each in its own field.
def _members(record: Record, noun: type[Record]) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(noun)}


def _texts(value: object) -> Iterable[str]:
    rows = value if isinstance(value, (list, tuple)) else ()
    return (row for row in rows if isinstance(row, str))


def _thawed(value: object) -> Any:  # Any: as deep as what was frozen
    if isinstance(value, Mapping):
        return {name: _thawed(member) for name, member in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, (list, tuple)) else value


def _head(where: str) -> str:
    """The kind of answer a note's place begins with."""
    return where.partition(".")[0].partition("[")[0].partition(":")[0]
