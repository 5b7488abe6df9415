"""The seam between the monitor and the rules: an account of now in, its assessment out.

`Assessing` asks `assess`, `Ticking` keeps what was resolved and moves only prices. Both give the
same assessment, whole; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.monitor.judging.market import Overlay, merged
from marginline.risk.live.live import Live
from marginline.venues.assessing import assess

_NOTHING = Overlay({}, {}, {})
_V = TypeVar("_V")


def _new(now: Mapping[str, _V], before: Mapping[str, _V]) -> dict[str, _V]:
    """What is not as it was."""
    return {name: value for name, value in now.items() if before.get(name) != value}


class Judge(Protocol):
    """Gives an account's assessment; what it remembers never changes the answer."""

    def __call__(self, name: str, told: Account, laid: Overlay) -> tuple[Account, Assessment]:
        """The account of now and its assessment.

        Raises:
            InputError: no rulebook covers it, or it contradicts what its venue allows.
        """

    def forget(self, name: str) -> None:
        """Drop what is remembered of an account."""


class Assessing:
    """Every judgement from nothing."""

    def __call__(self, name: str, told: Account, laid: Overlay) -> tuple[Account, Assessment]:  # noqa: ARG002
        """See `Judge`."""
        account = merged(told, laid)
        return account, assess(account)

    def forget(self, name: str) -> None:
        """Nothing is remembered."""


class Ticking:
    """Accounts kept resolved; only what moved is worked out anew."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Account, Overlay, Live]] = {}

    def __call__(self, name: str, told: Account, laid: Overlay) -> tuple[Account, Assessment]:
        """See `Judge`."""
        kept = self._kept.get(name)
        before = _NOTHING
        if kept is None:
            live = Live(told, name=name)
        else:
            seen, before, live = kept
            del self._kept[name]  # where anything fails, the next judgement begins anew
            if seen is not told:
                before = _NOTHING
                live.update(told)
        live.tick(_new(laid.mark, before.mark), index=_new(laid.index, before.index))
        for asset, rate in _new(laid.rate, before.rate).items():
            if rate.index is not None:
                live.rate(asset, rate.index, bid=rate.bid, ask=rate.ask)
        self._kept[name] = told, laid, live
        return live.account(), live.assessment()

    def forget(self, name: str) -> None:
        """Drop what is kept of an account."""
        self._kept.pop(name, None)
