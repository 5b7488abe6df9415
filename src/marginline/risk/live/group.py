"""Many live accounts moved by the same marks: who holds a symbol is looked up, not searched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import localcontext

from marginline.core.account.account import Account
from marginline.risk.inputs import Number, wrong
from marginline.risk.live.live import Change, Live
from marginline.risk.live.moving import prices_of
from marginline.risk.live.sums import WIDE

_NOBODY: Mapping[str, Live] = {}


class LiveGroup:
    """Live accounts by name. `group["maker"]` is one of them, as `live` would make it.

    `accounts`: by name, or one after another with a `name` each.

    Raises:
        InputError: two accounts of one name, or one without.
        RulebookError: no rulebook covers an account.
        DocumentError: an account contradicts what its venue allows.
    """

    def __init__(self, accounts: Mapping[str, Account] | Iterable[Account] = ()) -> None:
        self._accounts: dict[str, Live] = {}
        self._by_symbol: dict[str, dict[str, Live]] = {}
        self._by_asset: dict[str, dict[str, Live]] = {}
        pairs = accounts.items() if isinstance(accounts, Mapping) else map(_named, accounts)
        for name, account in pairs:
            if name in self._accounts:
                raise wrong("accounts", name, "two accounts have this name", "rename one")
            self._put(name, Live(account, name=name))

    def __getitem__(self, name: str) -> Live:
        found = self._accounts.get(name)
        if found is None:
            raise KeyError(f"no account {name!r}; there is: {', '.join(self._accounts) or 'none'}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)

    def __contains__(self, name: object) -> bool:
        return name in self._accounts

    def tick(
        self, marks: Mapping[str, Number], *, index: Mapping[str, Number] | None = None
    ) -> tuple[Change, ...]:
        """New marks (and index prices) by symbol for all who hold them; whose status changed.

        Raises:
            InputError: a price that is no exact number above 0; nothing has moved then.
        """
        fresh = prices_of("marks", marks)
        other = prices_of("index", index) if index else {}
        touched: dict[str, Live] = {}
        with localcontext(WIDE):
            for symbol, price in fresh.items():
                holders = self._by_symbol.get(symbol, _NOBODY)
                touched.update(holders)
                for each in holders.values():
                    each.moved(symbol, price)
            for symbol, price in other.items():
                holders = self._by_symbol.get(symbol, _NOBODY)
                touched.update(holders)
                for each in holders.values():
                    each.indexed(symbol, price)
            changes: list[Change] = []
            for each in touched.values():
                changes += each.settled()
        return tuple(changes)

    def rate(
        self, asset: str, index: Number, *, bid: Number | None = None, ask: Number | None = None
    ) -> tuple[Change, ...]:
        """A new rate of an asset for all who hold it; the pools whose status changed."""
        holders = self._by_asset.get(asset, {})
        return tuple(
            change
            for each in holders.values()
            for change in each.rate(asset, index, bid=bid, ask=ask)
        )

    def update(self, name: str, account: Account) -> tuple[Change, ...]:
        """An account as it is now, or a new one; the pools whose status changed."""
        found = self._accounts.get(name)
        if found is None:
            made = Live(account, name=name)
            self._put(name, made)
            return tuple(Change(name, pool, None, made[pool].status) for pool in made.pools)
        changes = found.update(account)
        self._forget(name)
        self._put(name, found)
        return changes

    def remove(self, name: str) -> None:
        """An account that is no longer watched. Raises KeyError naming those there are."""
        self[name]
        self._forget(name)

    def _put(self, name: str, made: Live) -> None:
        self._accounts[name] = made
        for symbol in made.symbols:
            self._by_symbol.setdefault(symbol, {})[name] = made
        for asset in made.assets:
            self._by_asset.setdefault(asset, {})[name] = made

    def _forget(self, name: str) -> None:
        del self._accounts[name]
        for index in (self._by_symbol, self._by_asset):
            for key in [key for key, held in index.items() if held.pop(name, None) and not held]:
                del index[key]


def _named(account: Account) -> tuple[str, Account]:
    if not account.name:
        raise wrong("accounts", "", "an account has no name", "give it one, or pass a mapping")
    return account.name, account
