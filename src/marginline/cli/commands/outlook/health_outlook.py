"""`marginline health --outlook`: what the page says beside the figures, from the same parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.cli.input.sources import Given
from marginline.cli.live.needs import needs_live
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page, data
from marginline.core.assessment.assessment import Assessment
from marginline.errors import InputError, StoreError

if TYPE_CHECKING:
    from marginline.monitor.messages import AccountRow
    from marginline.monitor.wire import Plan

PARTS = ("speed", "sigma", "odds", "shares", "plan", "bands")
_SHARES = {
    "own": "own money",
    "coins": "coins",
    "haircut": "under haircut",
    "unrealized": "unrealized profit",
    "credit": "credit",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """An account's row of the page, and why there is no history behind it ("": there is)."""

    row: AccountRow
    without: str

    def to_dict(self, assessment: Assessment) -> dict[str, object]:
        """The document `marginline/outlook/1`."""
        import msgspec

        told = {name: msgspec.to_builtins(getattr(self.row, name)) for name in PARTS}
        return {
            "schema": "marginline/outlook/1",
            "assessment": assessment.to_dict(),
            **told,
            "reasons": list(self.reasons()),
        }

    def reasons(self) -> Iterator[str]:
        """Why speed and odds are not told."""
        if self.without:
            yield self.without
        for each in self.row.reasons:
            if each.measure == "sigma":
                yield each.message
        if self.row.speed is None and not self.without:
            yield "no speed is told: nothing is kept of its worst pool about an hour before"

    def write(self, page: Page) -> None:
        """Speed, time left, a normal day, odds, what the balance is made of, and the way back."""
        row, style = self.row, page.style
        page.blank()
        page.line(("outlook", "bold"))
        for text in (*_speed(row, style), *_odds(row, style), *_made_of(row, style)):
            page.paragraph(text, indent=2, hanging=2)
        if row.plan is not None:
            page.paragraph(_plan(row, row.plan), indent=2, hanging=2)
        for text in self.reasons():
            page.paragraph((data(text, 300), "dim"), indent=2, hanging=2)


def outlook_of(given: Given, history: str | None, config: str | None = None) -> Outlook:
    """The outlook of an account, with the history of `history` or of the settings.

    Raises:
        UsageProblem: the extra `live` is missing, or the settings cannot be read.
    """
    needs_live("health --outlook")
    from marginline.cli.live.config import load
    from marginline.cli.live.history import asked_address
    from marginline.cli.live.watching import bands_of
    from marginline.monitor.why.outlook import outlook
    from marginline.store.opening import reading_store

    settings, _ = load(config)
    with ExitStack() as stack:
        reader, without = None, ""
        try:
            reader = stack.enter_context(reading_store(asked_address(history, config)))
        except (InputError, StoreError) as problem:
            if history is not None:
                raise
            without = f"no speed and no odds are told: {problem}"
        return Outlook(outlook(given.account, given.name, reader, bands_of(settings)), without)


def _speed(row: AccountRow, style: Style) -> Iterator[str]:
    speed = row.speed
    if speed is None:
        return
    asset = row.asset or ""

    def amount(text: str) -> str:
        return style.amount(Decimal(text), asset, sign=True)

    over = Decimal(speed.over_s) / 60
    text = f"buffer {amount(speed.per_hour)} {data(asset)} an hour, over {over:.0f} min"
    if speed.usual_low is not None and speed.usual_high is not None:
        text += f" (usually {amount(speed.usual_low)} to {amount(speed.usual_high)})"
    if speed.left_hours is not None:
        text += f"; at that speed it is gone in {_span(speed.left_hours)}"
    yield text
    if speed.balance_per_hour is not None:
        yield f"margin balance {amount(speed.balance_per_hour)} {data(asset)} an hour"


def _odds(row: AccountRow, style: Style) -> Iterator[str]:
    sigma, odds = row.sigma, row.odds
    if sigma is None:
        return
    value = style.percent(Decimal(sigma.value))
    yield f"a normal day moves it by {value} (1 sigma; {sigma.source}, {sigma.days} days)"
    if odds is None:
        return
    chances = (("1 h", odds.h1), ("8 h", odds.h8), ("24 h", odds.h24), ("7 d", odds.d7))
    told = ", ".join(f"{span} {_chance(style, text)}" for span, text in chances)
    yield f"touches the line within {told} ({odds.method})"
    spans = [_span(each) for each in (odds.s1, odds.s2, odds.s3) if each is not None]
    if spans:
        yield f"a move of 1, 2, 3 sigma reaches it in {', '.join(spans)}"


def _made_of(row: AccountRow, style: Style) -> Iterator[str]:
    if row.shares is None:
        return
    parts = ((words, Decimal(getattr(row.shares, name))) for name, words in _SHARES.items())
    yield "made of " + ", ".join(f"{words} {style.percent(v)}" for words, v in parts if v)


def _plan(row: AccountRow, plan: Plan) -> str:
    from marginline.cli.live.sentences import way_back_of

    why = next(iter(plan.reasons.values()), "nothing that was tried leads there")
    return data(way_back_of(row).strip() or f"No way leads back: {why}", 300)


def _chance(style: Style, text: str) -> str:
    chance = Decimal(text)
    if chance < Decimal("0.001"):
        return "< 0.1 %"
    return "> 99 %" if chance > Decimal("0.99") else style.percent(chance)


def _span(hours: str) -> str:
    value = Decimal(hours)
    if value < 2:
        return f"{value * 60:.0f} min"
    return f"{value:.0f} h" if value < 72 else f"{value / 24:.0f} d"
