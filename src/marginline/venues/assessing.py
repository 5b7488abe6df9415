"""Account in, assessment out: find the rulebook, resolve, assess."""

from __future__ import annotations

from marginline.core.account.account import Account
from marginline.core.assessment.assess import assess_pools
from marginline.core.assessment.assessment import Assessment
from marginline.core.numbers import exactly
from marginline.venues import at
from marginline.venues.reader.notes import with_notes


@exactly
def assess(account: Account) -> Assessment:
    """What an account is worth, what it must hold, how far it is from forced action.

    By the rulebook in force at `account.as_of`. Missing data makes measures null and the status
    UNKNOWN; it never raises.

    Raises:
        RulebookError: no rulebook covers the account's venue, mode and moment.
        DocumentError: the account contradicts what its venue allows.
    """
    book = at(account.venue, account.mode, account.as_of)
    resolved = book.resolve(account)
    found = assess_pools(account, resolved, book.rules, book.reference, book.valuation_asset)
    return with_notes(found, account)
