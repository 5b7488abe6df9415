"""What must hold of each story: statuses in their order, within windows of real seconds.

The windows are the 10 and 90 per cent points of fifty seeds, widened by some seconds.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.market.timelines import Timeline

BYBIT_ACCOUNTS = ("unified desk", "swing trader", "two isolated", "empty")


class Failed(AssertionError):
    """A story that did not go as told."""


def check(found: Timeline) -> None:
    """Raise `Failed` with what went otherwise."""
    CHECKS[found.scenario.name](found)


def at(found: Timeline, name: str, status: str, low: float, high: float, after: float = 0) -> float:
    """The real second at which an account first has a status, which must lie within a window."""
    second = found.first(name, status, after)
    if second is None or not low <= second <= high:
        text = f"{found.scenario.name}, seed {found.seed}: {name} {status} at {second}"
        raise Failed(f"{text}, not within {low} to {high}: {found.rows[name]}")
    return second


def only(found: Timeline, *names: str) -> None:
    """Nobody but these is anything but healthy."""
    others = set(found.rows) - set(found.steady()) - set(names)
    if others:
        rows = {name: found.rows[name] for name in others}
        raise Failed(f"{found.scenario.name}, seed {found.seed}: {rows}")


def spared(found: Timeline, *names: str) -> None:
    """None of these is liquidated."""
    for name in names:
        if "liquidation" in found.statuses(name):
            raise Failed(f"seed {found.seed}: {name} was liquidated: {found.rows[name]}")


def ends(found: Timeline, name: str, *statuses: str) -> None:
    """The last status of an account."""
    if found.statuses(name)[-1] not in statuses:
        raise Failed(f"seed {found.seed}: {name} ends {found.rows[name]}")


def tour(found: Timeline) -> None:
    """Every status but the margin call."""
    watched = at(found, "carry desk", "watch", 33, 43)
    at(found, "carry desk", "healthy", 75, 110, watched)
    for name in BYBIT_ACCOUNTS:
        unknown = at(found, name, "unknown", 55, 70)
        if found.rows[name][0][1] == "healthy":
            healed = next(row for row in found.rows[name] if row[0] > unknown)
            if not 70 <= healed[0] <= 85:
                raise Failed(f"seed {found.seed}: {name} healed at {healed}")
    at(found, "gambler", "liquidation", 85, 116)
    at(found, "isolated basket", "liquidation", 105, 126)
    for name, low, high in (("swing trader", 112, 128), ("coin holder", 108, 128)):
        at(found, name, "watch", low, high)
    spared(found, "swing trader", "coin holder", "carry desk")
    ends(found, "swing trader", "healthy")
    ends(found, "coin holder", "healthy")
    if len(found.steady()) < 3:
        raise Failed(f"seed {found.seed}: steady are only {found.steady()}")


def flash_crash(found: Timeline) -> None:
    """Who is called, who pays in."""
    at(found, "gambler", "liquidation", 30, 72)
    at(found, "isolated basket", "liquidation", 60, 82)
    at(found, "swing trader", "watch", 66, 86)
    at(found, "coin holder", "watch", 62, 86)
    spared(found, "swing trader", "coin holder")
    ends(found, "swing trader", "healthy")
    ends(found, "coin holder", "healthy")
    if len(found.steady()) < 5:
        raise Failed(f"seed {found.seed}: steady are only {found.steady()}")


def false_comfort(found: Timeline) -> None:
    """Profit as the only support."""
    at(found, "rich on paper", "watch", 75, 118)
    at(found, "rich on paper", "liquidation", 106, 144)


def drifting_hedge(found: Timeline) -> None:
    """Net nothing, and called."""
    at(found, "hedged fund", "watch", 75, 105)
    at(found, "hedged fund", "liquidation", 98, 135)


def slow_grind(found: Timeline) -> None:
    """No minute of it is worth a headline."""
    at(found, "gambler", "liquidation", 35, 75)
    at(found, "swing trader", "watch", 80, 125)
    spared(found, "swing trader")


def funding_bleed(found: Timeline) -> None:
    """Funding eats the payer."""
    at(found, "funding payer", "watch", 33, 143)
    spared(found, "funding payer")
    only(found, "funding payer")


def silent_stream(found: Timeline) -> None:
    """What was is not what is."""
    for name in BYBIT_ACCOUNTS:
        at(found, name, "unknown", 55, 85)
    at(found, "swing trader", "watch", 52, 125)
    ends(found, "swing trader", "watch")
    only(found, "gambler", *BYBIT_ACCOUNTS)


def tier_change(found: Timeline) -> None:
    """Rules change, and one account comes near."""
    at(found, "carry desk", "watch", 85, 96)
    only(found, "carry desk", "gambler")


def calm(found: Timeline) -> None:
    """Nothing."""
    only(found, "gambler")
    spared(found, "gambler")


CHECKS: dict[str, Callable[[Timeline], None]] = {
    "tour": tour,
    "flash crash": flash_crash,
    "false comfort": false_comfort,
    "drifting hedge": drifting_hedge,
    "slow grind": slow_grind,
    "funding bleed": funding_bleed,
    "silent stream": silent_stream,
    "tier change": tier_change,
    "calm": calm,
}
