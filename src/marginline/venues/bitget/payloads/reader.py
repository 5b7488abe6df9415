"""Bitget's raw answers in, an account out: classic futures (v2 mix) and the unified account (v3).

What each kind of answer may say is declared in `payloads_shapes`; which kind a file is, in
`payloads_sniff`. What the venue says of its own figures goes to `reported`: under our measures
where the meaning is the same, and under `raw` in its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from marginline.core.account.account import Account, Settings
from marginline.errors import PayloadError, Problem
from marginline.venues.bitget.payloads.answers import Answers
from marginline.venues.bitget.payloads.kinds import SPECS
from marginline.venues.bitget.payloads.market import lay_market
from marginline.venues.bitget.payloads.positions import (
    lay_orders,
    lay_positions,
    margin_mode,
    report_positions,
    set_hedge,
)
from marginline.venues.bitget.payloads.sniff import sniff
from marginline.venues.bitget.payloads.wallets import lay_classic, lay_unified
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.reading import Request

KINDS: Mapping[str, Mapping[str, str]] = {
    venue: {kind: spec.about for kind, spec in specs.items()} for venue, specs in SPECS.items()
}
"""Kinds of answer by venue, each with a line about it."""

_REMEDIES = {
    "bitget_futures": {"wallets": "accounts", "positions": "positions", "orders": "orders"},
    "bitget_unified": {"wallets": "assets", "positions": "positions", "orders": "orders"},
}
_MODES = {
    "bitget_futures": ("single", "union"),
    "bitget_unified": ("basic", "advanced"),
}

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    answers = Answers(request)
    draft = Draft(request.venue, _REMEDIES[request.venue], request.onto)
    draft.name = request.name or draft.name
    draft.as_of = request.moment(answers.newest(), draft.as_of)
    draft.mode = _mode(request, draft, answers)
    draft.forget_notes(request.answers)
    draft.note_void(answers.void)
    held = lay_positions(draft, answers)
    set_hedge(draft, answers, held)
    lay_orders(draft, answers)
    _lay_settings(draft, answers)
    if request.venue == "bitget_futures":
        lay_classic(draft, answers, held)
    else:
        lay_unified(draft, answers)
    report_positions(draft, answers)
    lay_market(draft, answers)
    draft.keep_unknown(answers.unknown())
    account = draft.account(request.sources)
    return account if request.as_of is None else replace(account, as_of=request.as_of)


def _mode(request: Request, draft: Draft, answers: Answers) -> str:
    """The mode that the call or the answers name; they must not contradict each other."""
    modes, told = _MODES[request.venue], _told_mode(request.venue, answers)
    if request.mode is not None and told is not None and request.mode != told:
        problem = Problem("mode", request.mode, f"the answers say {told}", "leave the mode out")
        raise PayloadError([problem])
    chosen = request.mode or told or draft.mode
    if chosen is None:
        remedy = f"give mode: {modes[0]} or {modes[1]}"
        raise PayloadError([Problem("mode", "", "no answer tells the mode of the account", remedy)])
    return chosen


def _told_mode(venue: str, answers: Answers) -> str | None:
    if venue == "bitget_unified":
        level = next((row.text("accountLevel") for row in answers.rows("settings")), None)
        return level if level in _MODES[venue] else None
    said = {
        row.text("assetMode") for kind in ("accounts", "positions") for row in answers.rows(kind)
    } - {None}
    if len(said) > 1:
        problem = Problem(
            "assetMode", "", "the answers name two asset modes", "fetch them together"
        )
        raise PayloadError([problem])
    mode = said.pop() if said else None
    return mode if mode in _MODES[venue] else None


def _lay_settings(draft: Draft, answers: Answers) -> None:
    """Leverage and margin mode by symbol, borrowing leverage by coin."""
    for row in answers.rows("settings"):
        for symbol in row.rows("symbolConfigList"):
            draft.settings[symbol.name("symbol")] = Settings(
                leverage=symbol.number("leverage"), margin_mode=margin_mode(symbol)
            )
        for coin in row.rows("coinConfigList"):
            draft.settings[coin.name("coin")] = Settings(spot_leverage=coin.number("leverage"))
