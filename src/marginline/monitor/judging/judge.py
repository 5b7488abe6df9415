"""The seam between the monitor and the rules: an account of now in, its assessment out.

`Assessing` asks `assess`, `Ticking` keeps what was resolved and moves only prices. Both give the
same assessment, whole; a test holds them to it.
"""

from __future__ import annotations

from typing import Protocol

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.monitor.judging.market import Overlay, merged
from marginline.venues.assessing import assess


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
