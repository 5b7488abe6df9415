"""The stories: nine scripts of the world, each aimed so that its end is sure, and the free run.

Moments are world seconds from the start; `move` is that of BTC from the start, as a fraction in
1e-4; other coins go with it by their betas unless a cue names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from marginline.market.contracts import BINANCE, BYBIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Something scripted, at a world second from the start; `say` is told with it."""

    at: int
    say: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatility(Cue):
    """From here on volatility is lifted by so many 1/1024 octaves."""

    octaves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim(Cue):
    """Prices go to a level in `over` seconds; `coins` by base, where they do not follow BTC."""

    over: int
    move: int
    coins: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers(Cue):
    """A venue announces stricter tiers, in force at `effective`; `then` is told when they are."""

    effective: int
    venue: str
    symbols: tuple[str, ...]
    then: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Cue):
    """The streams of a venue are silent `until` a second; `then` is told when they speak again."""

    until: int
    venue: str
    then: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy(Cue):
    """An owner buys at the market, in coins."""

    account: str
    symbol: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis(Cue):
    """From here on a contract trades so far above its index, in bp."""

    symbol: str
    premium: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One script. `length_s` is 0 where it has no end; `speed` is the demo's.

    `volatility` lifts the start (1/1024 octave), `jitter` moves its cues by some seconds, `halves`
    of the stationary draw are what volatility starts from. `wallets` (USDT), `deposits` (seconds
    from the first Watch) and `leverages` are by account, where they differ from the cast's.
    """

    name: str
    title: str
    story: str
    length_s: int
    speed: int
    volatility: int = 0
    jitter: bool = True
    halves: int = 1
    cues: tuple[Cue, ...] = ()
    wallets: Mapping[str, int] = field(default_factory=dict)
    deposits: Mapping[str, int] = field(default_factory=dict)
    leverages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


CALM = Scenario(
    name="calm",
    title="Calm",
    story="Nothing happens, and the page shows what that looks like.",
    length_s=1800,
    speed=10,
    volatility=-800,
)

FREE = Scenario(
    name="free",
    title="Free run",
    story="No script: prices as they come, with their own jumps.",
    length_s=0,
    speed=20,
    jitter=False,
    halves=2,
)

_ALL = (CALM,)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType({each.name: each for each in _ALL})
"""The nine stories by name."""


def scenario(name: str) -> Scenario:
    """The scenario of a name, "free" for the run without a script.

    Raises:
        KeyError: naming those there are.
    """
    if name == FREE.name:
        return FREE
    if name not in SCENARIOS:
        raise KeyError(f"no scenario {name!r}; there are {', '.join(SCENARIOS)} and free")
    return SCENARIOS[name]


__all__ = ["BINANCE", "BYBIT", "CALM", "FREE", "SCENARIOS", "Scenario", "scenario"]
