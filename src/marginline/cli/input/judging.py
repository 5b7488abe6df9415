"""How old an account may be and where watch begins: set once for a run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING

from marginline.cli.exits import UsageProblem, report
from marginline.cli.input.numbers import exact_of
from marginline.cli.input.settings_file import settings_file
from marginline.cli.page.words import now
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.numbers import to_text
from marginline.errors import shown
from marginline.venues import assessing
from marginline.venues.reader import notes

if TYPE_CHECKING:
    from marginline.core.account.account import Account
    from marginline.core.assessment.assessment import Assessment

_AGE = re.compile(r"([0-9]{1,9})\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(slots=True)
class _Judging:
    asked_age: timedelta | None = None
    asked_watch: Decimal | None = None
    max_age: timedelta | None = None
    watch: Decimal = WATCH_DISTANCE


_SET = _Judging()


def set_up(max_age: str | None, watch: str | None) -> None:
    """Take the options of this run; what is not given is as [judging] of the settings has it.

    Raises:
        UsageProblem: they are not written as they must be.
    """
    kept_age, kept_watch = (None, None) if max_age and watch else _settings()
    _SET.asked_age = None if max_age is None else age_of(max_age)
    _SET.max_age = _kept_age(kept_age) if max_age is None else _SET.asked_age
    _SET.asked_watch = None if watch is None else share_of(watch)
    _SET.watch = _kept_watch(kept_watch) if _SET.asked_watch is None else _SET.asked_watch


def age_of_files(kept_age: str | None, kept_watch: str | None) -> timedelta | None:
    """How old an account file may be that is watched: by the option, else as its settings say.

    Another distance of `watch` than a monitor takes is told, with what does there what it would.

    Raises:
        UsageProblem: the settings are not written as they must be.
    """
    kept_share = _kept_watch(kept_watch)
    named, share = ("[judging] watch", kept_share)
    if _SET.asked_watch is not None:
        named, share = "--watch", _SET.asked_watch
    if share != WATCH_DISTANCE:  # the same settings serve commands that judge once
        report(
            f"{named} {_percent(share)}: a monitor takes {_percent(WATCH_DISTANCE)} always;"
            " for an earlier word set `warn` under [bands], a share of the support in use"
        )
    kept = _kept_age(kept_age)
    return kept if _SET.asked_age is None else _SET.asked_age


def _kept_age(text: str | None) -> timedelta | None:
    return None if text is None else age_of(text, "[judging] max_age")


def _kept_watch(text: str | None) -> Decimal:
    return WATCH_DISTANCE if text is None else share_of(text, "[judging] watch")


def _percent(share: Decimal) -> str:
    return f"{to_text(share * 100)} %"


def _settings() -> tuple[str | None, str | None]:
    """What the settings say; nothing where there are none, or no package that reads them."""
    if settings_file(None, os.environ) is None or find_spec("msgspec") is None:
        return None, None
    from marginline.cli.live.config import load

    table = load(None)[0].judging
    return table.max_age, table.watch


def age_of(text: str, named: str = "--max-age") -> timedelta:
    """A span from "90", "90s", "10m", "2h" or "1d"."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise UsageProblem(f"{named} {shown(text, 40)}: write a span such as 90s, 10m, 2h or 1d")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def share_of(text: str, named: str = "--watch") -> Decimal:
    """A fraction below 1 from "5%" or "0.05"."""
    digits, percent = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
    number = exact_of(digits)
    value = number / 100 if number is not None and percent else number
    if value is None or not 0 <= value < 1:
        raise UsageProblem(
            f"{named} {shown(text, 40)}: write a distance such as 3% or 0.03; 0 is off"
        )
    return value


def watch() -> Decimal:
    """Where watch begins, in this run: a distance from the line."""
    return _SET.watch


def aged(account: Account) -> Account:
    """The account with a note where it is too old, or of a moment to come."""
    return notes.aged(account, now(), _SET.max_age)


def assess(account: Account, source: str) -> Assessment:
    """The assessment of an account of this run, with where it came from and how old it is."""
    return assessing.assess(account, watch_distance=_SET.watch, at=now(), source=source)
