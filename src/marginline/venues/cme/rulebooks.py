"""CME's rulebooks: speculator and hedger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.venues.cme import page as rules
from marginline.venues.cme.pools import FOLDER, USD, resolve_hedger, resolve_speculator
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

LAUNCH = date(2017, 12, 1)  # bitcoin futures began in December 2017

_NOTES = (
    (
        "Performance bond rates are the user's, dated: `parameters.per_contract`, or a CSV read by"
        " `marginline.venues.cme.rates`."
    ),
    "Maintenance does not move with the price until the next advisory.",
    "A broker may ask for more (100 to 200 % of the exchange's rates): give its own amounts.",
    (
        "`entry_price` is the last settlement price, or today's trade price; `settlement.settle`"
        " turns the P&L into cash."
    ),
    (
        "A call must be met in reasonable time. After five business days (omnibus accounts and"
        " non-customers: four) only orders that reduce risk may be accepted; the broker may"
        " liquidate earlier."
    ),
)


def _book(code: str, mode: str, title: str, resolve: Callable[[Account], Resolved]) -> Rulebook:
    return Rulebook(
        code=code,
        venue="cme",
        mode=mode,
        title=title,
        effective_from=LAUNCH,
        effective_until=None,
        valuation_asset=USD,
        pool_rules=rules.POOL,
        position_rules=rules.POSITION,
        margin_mode="cross",
        resolve=resolve,
        parameters=packaged.texts(FOLDER),
        notes=_NOTES,
    )


RULEBOOKS = (
    _book(
        "CMEF-SPEC-2017-12",
        "speculator",
        "CME, speculator (HRP): initial 110 % of maintenance",
        resolve_speculator,
    ),
    _book(
        "CMEF-HEDGE-2017-12",
        "hedger",
        "CME, hedger or member (non-HRP): initial 100 % of maintenance",
        resolve_hedger,
    ),
)
