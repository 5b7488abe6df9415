"""The ledger: entries kept once, in no matter which order they came, and folds over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from marginline.core.numbers import ZERO, to_text
from marginline.ledger.chains import Chain
from marginline.ledger.entry import Entry, EntryKind, Gap, Statement
from marginline.ledger.exactly import SUMS

Key = tuple[str, str, str, str, str]
NO_FLOW = frozenset((EntryKind.MARGIN_MOVE, EntryKind.BONUS_USED))
"""Kinds that do not change the balance of the account as a whole."""


class Ledger:
    """What happened, append-only: the same entry twice is one, and order does not matter.

    Two entries of one key that say different things are a conflict: both are shown in `conflicts`,
    and the one that sorts first is counted, so that any order of reading gives the same balances.
    """

    def __init__(self, entries: Iterable[Entry] = (), statements: Iterable[Statement] = ()) -> None:
        self._entries: dict[Key, Entry] = {}
        self._conflicts: dict[Key, set[Entry]] = {}
        self._statements: dict[tuple[object, ...], Statement] = {}
        self._sorted: tuple[Entry, ...] | None = None
        self.repeated = 0
        self.add(entries, statements)

    def add(self, entries: Iterable[Entry], statements: Iterable[Statement] = ()) -> None:
        """Append; what is already there is passed over and counted in `repeated`."""
        self._sorted = None
        for entry in entries:
            key = entry.key
            known = self._entries.setdefault(key, entry)
            if known is not entry:
                self._again(key, known, entry)
        for said in statements:
            self._statements[(said.venue, said.account, said.event, said.asset, said.at)] = said

    def _again(self, key: Key, known: Entry, entry: Entry) -> None:
        if known == entry:
            self.repeated += 1
            return
        told = self._conflicts.setdefault(key, {known})
        if entry in told:
            self.repeated += 1
        told.add(entry)
        self._entries[key] = min(told, key=_written)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry once, in order of time."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self._entries.values(), key=_order))
        return self._sorted

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the venue said its balances were, in order of time."""
        return tuple(sorted(self._statements.values(), key=lambda said: (said.at, said.event)))

    @property
    def conflicts(self) -> tuple[tuple[Entry, ...], ...]:
        """Entries of one key that differ."""
        return tuple(tuple(sorted(told, key=_written)) for told in self._conflicts.values())

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """What no table of words knows and no field explains, kept with its amount."""
        return tuple(e for e in self.entries if e.kind is EntryKind.UNKNOWN)

    def between(self, after: datetime, until: datetime) -> tuple[Entry, ...]:
        """Entries booked after one moment and at the latest at another."""
        return tuple(entry for entry in self.entries if after < entry.at <= until)

    def sums(self) -> dict[tuple[str, EntryKind], Decimal]:
        """The flows by asset and kind, exact."""
        return summed(self.entries)

    def balances(self, opening: Mapping[str, Decimal] | None = None) -> dict[str, Decimal]:
        """Each asset's balance: what it opened with, and every flow since; exact."""
        found = dict(opening or {})
        for (asset, kind), amount in self.sums().items():
            flow = ZERO if kind in NO_FLOW else amount
            found[asset] = SUMS.add(found.get(asset, ZERO), flow)
        return found

    def chains(self) -> tuple[Chain, ...]:
        """One per account and asset of which the venue printed balances."""
        said: dict[tuple[str, str, str], list[Statement]] = {}
        for row in self.statements:
            said.setdefault((row.venue, row.account, row.asset), []).append(row)
        booked: dict[tuple[str, str, str], list[Entry]] = {place: [] for place in said}
        for entry in self.entries:
            place = (entry.venue, entry.account, entry.asset)
            if place in booked and entry.kind not in NO_FLOW:
                booked[place].append(entry)
        return tuple(Chain(booked[place], rows) for place, rows in sorted(said.items()))

    def gaps(self) -> tuple[Gap, ...]:
        """Steps between two printed balances that no entry explains, with their interval."""
        return tuple(gap for chain in self.chains() for gap in chain.gaps())

    def opening(self, asset: str, account: str = "") -> Decimal | None:
        """The balance before the first printed one's flows; None where none is printed."""
        for chain in self.chains():
            if (chain.asset, chain.account) == (asset, account):
                return chain.opening
        return None


def summed(entries: Iterable[Entry]) -> dict[tuple[str, EntryKind], Decimal]:
    """The flows by asset and kind, exact."""
    add, found = SUMS.add, dict[tuple[str, EntryKind], Decimal]()
    for entry in entries:
        key = (entry.asset, entry.kind)
        found[key] = add(found.get(key, ZERO), entry.amount)
    return found


_PLACES = {kind: place for place, kind in enumerate(EntryKind)}


def _order(entry: Entry) -> tuple[datetime, str, int]:
    """By time; within one event a fill comes before its fee, which belongs to what it opened."""
    return (entry.at, entry.event, _PLACES[entry.kind])


def _written(entry: Entry) -> tuple[str, ...]:
    return (to_text(entry.amount), *entry.to_dict().values())
