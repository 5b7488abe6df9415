"""Which answer to fetch for what is missing, in the venue's words.

The kinds of answer and their endpoints have one home, each reader's `KINDS` (`rules answers` shows
them); here stands only which kind tells which part of an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Finding
from marginline.venues import has_part, part_of

READER = "payloads.reader"
_TELLS: Mapping[str, tuple[str, ...]] = {
    "parameters.tiers": ("brackets", "um_brackets", "risk_limit", "tiers", "instruments"),
    "parameters.venue.risk_limits": ("instruments",),
    "parameters.collateral": (
        "collateral_tiers", "collateral_rate", "discount_rate", "multi_assets_rules",
    ),
    "parameters.borrow": ("borrow_tiers",),
    "parameters.fees": ("commission_rate", "fee_rate", "commission", "contracts", "instruments"),
    "market.mark": (
        "position_risk", "um_position_risk", "tickers", "prices", "premium_index", "instruments",
    ),
    "market.index": ("premium_index", "tickers", "prices", "instruments"),
    "market.funding": ("premium_index", "tickers", "funding_rate", "instruments"),
    "market.asset_rate": ("asset_index", "index_price", "multi_assets_rules"),
    "positions' leverage": ("symbol_config", "um_symbol_config", "leverage", "positions"),
    "settings": ("symbol_config", "um_symbol_config", "leverage", "positions"),
    "entry_price": ("position_risk", "um_position_risk", "positions"),
    "isolated_margin": ("position_risk", "um_position_risk", "positions"),
    "wallets": ("account", "balance", "wallet_balance", "accounts", "margin"),
    "its balance under wallets": ("account", "balance", "wallet_balance", "accounts", "margin"),
}  # fmt: skip
"""Parts of an account by the kinds of answer that tell them; of several the first the venue has."""


@cache
def _asks() -> re.Pattern[str]:
    return re.compile(r"give (?:it in )?(" + "|".join(map(re.escape, _TELLS)) + r")[^;,()]*$")


def with_endpoint(message: str, account: Account) -> str:
    """Why something is not known; of an account read from answers it names the one to fetch."""
    asked = _asked(account)
    return message if asked is None else asked.message(message)


def with_endpoints(found: Assessment, account: Account) -> Assessment:
    """The assessment of an account that was read from answers, its findings naming the next one."""
    asked = _asked(account)
    if asked is None:
        return found
    pools = tuple(replace(pool, notes=pool.notes.then(asked.all)) for pool in found.pools)
    return replace(found, pools=pools, notes=found.notes.then(asked.all))


def _asked(account: Account) -> _Asked | None:
    if "known" not in account.extra or not has_part(account.venue, READER):
        return None
    own = part_of(account.venue, READER).KINDS[account.venue]
    return _Asked({kind: spec.about for kind, spec in own.items()}, account.venue)


class _Asked:
    def __init__(self, kinds: Mapping[str, str], venue: str) -> None:
        self.kinds, self.venue = kinds, venue
        self._made: dict[str, str] = {}

    def all(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(
            f._replace(message=self.message(f.message)) if f.code is Code.MISSING_DATA else f
            for f in findings
        )

    def message(self, message: str) -> str:
        """The message, with the endpoint to fetch where a kind of answer tells what it asks for."""
        if message not in self._made:
            asks = _asks().search(message)
            kind = None if asks is None else self._kind(_TELLS[asks[1]])
            self._made[message] = message if kind is None else f"{message} ({self._words(kind)})"
        return self._made[message]

    def _kind(self, kinds: Iterable[str]) -> str | None:
        return next((kind for kind in kinds if kind in self.kinds), None)

    def _words(self, kind: str) -> str:
        endpoint, colon, _ = self.kinds[kind].partition(": ")
        return f"fetch {endpoint}, kind {kind}" if colon else f"fetch kind {kind}"
