"""Sizes by chance of `marginline size`: of touching the line, and by Kelly."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.cli.commands.outlook.by_chance import ByChance
from marginline.cli.commands.outlook.candles import closes_of
from marginline.cli.exits import UsageProblem
from marginline.cli.input.durations import seconds_of
from marginline.cli.input.moves import relative
from marginline.cli.page.findings import write_findings
from marginline.cli.page.page import Page
from marginline.core.account.account import Account
from marginline.core.findings import Finding
from marginline.core.numbers import to_text
from marginline.risk.sizing.sizing import Sizing

if TYPE_CHECKING:
    from marginline.risk.sizing.chances import ChanceSizing
    from marginline.risk.sizing.kelly import Kelly

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Chances:
    """The two sizes, where they were asked for; `said`: findings that the page has already."""

    by_chance: ChanceSizing | None = None
    kelly: Kelly | None = None
    said: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """What the document gets beside the sizing; nothing where nothing was asked."""
        told: dict[str, object] = {}
        if self.by_chance is not None:
            told["by_chance"] = self.by_chance.to_dict()
        if self.kelly is not None:
            told["kelly"] = self.kelly.to_dict()
        return told

    def write(self, page: Page) -> None:
        """A line for each."""
        if (c := self.by_chance) is not None:
            page.blank()
            hours = f"{c.within / _HOUR:g} h"
            if c.size is None:
                page.line("by chance: cannot be told", indent=0)
                write_findings(page, c.findings)
            elif c.touched is None:
                page.line("by chance: 0, for by margin there is none")
            elif c.error is not None:
                page.paragraph(
                    f"by chance: {page.style.size(c.size)}; then the line is touched within {hours}"
                    f" with {100 * c.touched:.2f} % (± {100 * c.error:.2f}), borne is"
                    f" {100 * c.chance:g} %",
                    hanging=2,
                )
        if (k := self.kelly) is not None:
            page.blank()
            page.paragraph(
                f"by Kelly: {page.style.size(k.size)}, {to_text(k.fraction)} of a notional of"
                f" {k.full:.2f} times the equity; isolated at {to_text(k.leverage)}x"
                f" (maintenance rate {100 * k.maintenance_rate:.3g} %, {k.rate_source})"
                f" {100 * k.liquidated:.2f} % of paths meet the line; wealth ever halves with"
                f" {100 * k.halving:.1f} %",
                hanging=2,
            )
            write_findings(page, [each for each in k.findings if each not in self.said])


def _rate(text: str | None) -> Decimal | None:
    return None if text is None else relative("--maintenance-rate", text)


def asked_by_chance(
    account: Account, found: Sizing, asked: ByChance, kept: Mapping[str, str]
) -> Chances:
    """The sizes by chance that were asked for.

    Raises:
        UsageProblem: they were asked for without candles, or a number cannot be read.
        InputError: there are too few of them.
    """
    if asked.touch is None and asked.edge is None:
        return Chances()
    if not asked.candles:
        raise UsageProblem("--touch and --edge need --candles: prices of the past")
    if importlib.util.find_spec("numpy") is None:
        raise UsageProblem("sizes by chance need numpy: pip install 'marginline[live]'")
    from marginline.risk.odds.past import past_of
    from marginline.risk.sizing.chances import size_by_chance
    from marginline.risk.sizing.kelly import kelly

    symbols = {row.instrument for row in account.positions if row.size} | {found.instrument}
    closes = closes_of(asked.candles, symbols, account.venue)
    within = timedelta(seconds=seconds_of("--within", asked.within))
    by_chance = by_kelly = None
    if asked.touch is not None:
        past = past_of(closes, sorted(symbols & set(closes)) or sorted(closes))
        by_chance = size_by_chance(
            account, found.instrument, found.side, past,
            chance=relative("--touch", asked.touch), within=within,
            position_side=kept.get("position_side", "both"),
        )  # fmt: skip
    if asked.edge is not None:
        past = past_of(closes, [found.instrument])
        by_kelly = kelly(
            account, found.instrument, found.side, past,
            edge=relative("--edge", asked.edge), within=within,
            leverage=kept.get("leverage", "1"), fraction=asked.kelly,
            maintenance_rate=_rate(asked.maintenance_rate),
        )  # fmt: skip
    return Chances(by_chance, by_kelly, found.findings)
