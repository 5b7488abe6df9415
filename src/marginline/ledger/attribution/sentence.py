"""An attribution in one sentence a trader reads."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from marginline.core.numbers import to_text
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.attribution.causes import WORDS, Cause

Write = Callable[[Decimal, str], str]
"""How an unsigned amount of an asset is written."""

PRICES = (Cause.MARKET, Cause.BASIS, Cause.PRICE)
NAMES = {
    "margin_balance": "margin balance",
    "requirement": "requirement",
    "buffer": "buffer",
}


def sentence(
    found: Attribution,
    asset: str,
    measure: str = "margin_balance",
    *,
    write: Write | None = None,
    longest: int = 5,
) -> str:
    """Such as "margin balance fell 1,600 USDT: the ETHUSDT short took 1,240, funding 310, fees 50".

    The largest causes first, what went the other way after "against", the rest together; an
    unexplained remainder is always told.
    """
    say = write or (lambda amount, _: to_text(amount))
    name = NAMES[measure]
    change = found.change(asset, measure)
    if change is None:
        why = next((p.before.why or p.after.why for p in found.unknown if p.asset == asset), "")
        return f"why the {name} in {asset} moved cannot be said: {why}"
    causes = named(found, asset, measure)
    if not change and not causes:
        return f"{name} did not move"
    verb = "rose" if change > 0 else "fell" if change < 0 else "stands where it was"
    head = f"{name} {verb}" + (f" {say(abs(change), asset)} {asset}" if change else "")
    down = change < 0
    along = [c for c in causes if (c[1] < 0) == down]
    against = [c for c in causes if (c[1] < 0) != down]
    gives, takes = ("added", "freed") if measure == "requirement" else ("gave", "took")
    took, gave = (takes, gives) if down else (gives, takes)
    told = [_list(along, took, asset, say, longest), _list(against, gave, asset, say, longest)]
    return f"{head}: " + "; against it ".join(filter(None, told))


def _list(
    causes: list[tuple[str, Decimal]], verb: str, asset: str, say: Write, longest: int
) -> str:
    if not causes:
        return ""
    shown = causes if len(causes) <= longest else causes[: longest - 1]
    words = [f"{name} {say(abs(amount), asset)}" for name, amount in shown]
    rest = sum((amount for _, amount in causes[len(shown) :]), Decimal(0))
    if rest:
        words.append(f"{len(causes) - len(shown)} others {say(abs(rest), asset)}")
    first, amount = shown[0]
    words[0] = f"{first} {verb} {say(abs(amount), asset)}"
    return ", ".join(words)


def named(found: Attribution, asset: str, measure: str) -> list[tuple[str, Decimal]]:
    """Causes by name, largest first: prices by position, everything else by its cause."""
    sums: dict[str, Decimal] = {}
    for (cause, where), amount in found.by_place(asset, measure).items():
        name = place(found, where) if cause in PRICES else WORDS[cause]
        sums[name] = sums.get(name, Decimal(0)) + amount
    kept = ((name, amount) for name, amount in sums.items() if amount)
    return sorted(kept, key=lambda pair: -abs(pair[1]))


def place(found: Attribution, key: str) -> str:
    """A position as one says it: "the ETHUSDT short"."""
    symbol, _, side = key.partition("/")
    side = side.partition("#")[0]
    if side not in ("long", "short"):
        side = found.sides.get(key, "")
    return f"the {symbol} {side}".rstrip()
