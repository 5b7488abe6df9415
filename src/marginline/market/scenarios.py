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
    from the first Watch), `leverages` and `entries` (shares of the start price) are by account,
    where they differ from the cast's.
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
    entries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


TOUR = Scenario(
    name="tour",
    title="Tour",
    story="Every status in three minutes: new tiers, a silent venue, a crash, and what saves.",
    length_s=3600,
    speed=20,
    volatility=-700,
    cues=(
        Tiers(
            at=240,
            effective=760,
            venue=BINANCE,
            symbols=("LTCUSDT",),
            say="Binance announces stricter maintenance tiers for LTCUSDT.",
            then="The new tiers of LTCUSDT are in force: carry desk's maintenance margin has risen,"
            " and no price has moved.",
        ),
        Silence(
            at=1040,
            until=1560,
            venue=BYBIT,
            say="Bybit's streams fall silent. Its accounts become unknown, not healthy.",
            then="Bybit's streams speak again, and a snapshot heals the gap.",
        ),
        Volatility(at=1740, octaves=300),
        Aim(at=1760, over=160, move=-120, say="Prices begin to slip."),
        Volatility(at=2080, octaves=800),
        Aim(at=2080, over=300, move=-725, say="A crash: all prices fall together."),
        Aim(at=2400, over=90, move=-705, say="The fall ends, not far above the lines."),
        Volatility(at=2500, octaves=-200),
        Aim(at=3060, over=400, move=-560, say="Prices recover some of it."),
    ),
    wallets={"carry desk": 599_000},
    deposits={"swing trader": 440, "coin holder": 520},
)

CALM = Scenario(
    name="calm",
    title="Calm",
    story="Nothing happens, and this is what that looks like.",
    length_s=1800,
    speed=10,
    volatility=-800,
)

FLASH_CRASH = Scenario(
    name="flash crash",
    title="Flash crash",
    story="Seven per cent in five minutes: who is called, who pays in, who did not notice.",
    length_s=3600,
    speed=20,
    volatility=-500,
    cues=(
        Aim(at=740, over=180, move=-140, say="Prices begin to slip."),
        Volatility(at=1180, octaves=800),
        Aim(at=1180, over=300, move=-725, say="A crash: all prices fall together."),
        Aim(at=1500, over=90, move=-705, say="The fall ends, not far above the lines."),
        Volatility(at=1600, octaves=-200),
        Aim(at=2640, over=600, move=-500, say="Prices recover some of it."),
    ),
    deposits={"swing trader": 480, "coin holder": 600},
)

FALSE_COMFORT = Scenario(
    name="false comfort",
    title="False comfort",
    story="A rally whose profit is the only support, and an owner who buys more with it.",
    length_s=21_600,
    speed=150,
    volatility=-300,
    cues=(
        Aim(at=600, over=3000, move=120, say="Prices rise, slowly."),
        Aim(at=3600, over=3000, move=300),
        Aim(at=6600, over=1800, move=340),
        Buy(
            at=7000,
            account="rich on paper",
            symbol="SOLUSDT",
            size="14000",
            say="rich on paper buys 14,000 SOL more: the margin for it is unrealized profit.",
        ),
        Buy(
            at=7000,
            account="rich on paper",
            symbol="XRPUSDT",
            size="500000",
            say="rich on paper buys 500,000 XRP more: the margin for it is unrealized profit.",
        ),
        Aim(at=8400, over=3000, move=180, say="The rally is over."),
        Aim(at=11_400, over=3000, move=-50),
        Aim(at=14_400, over=3000, move=-220),
        Aim(at=17_400, over=3000, move=-330, say="What carried the position is gone."),
    ),
    wallets={"swing trader": 363_200, "gambler": 18_900, "carry desk": 2_145_500},
    entries={"rich on paper": {"SOL": "0.881", "XRP": "0.865"}},
)

_DRIFT = (15, 35, 50, 68, 85, 95, 103)

DRIFTING_HEDGE = Scenario(
    name="drifting hedge",
    title="Drifting hedge",
    story="Longs in small coins, shorts in large ones: net almost nothing, and yet it drains.",
    length_s=14_400,
    speed=100,
    volatility=-400,
    cues=tuple(
        Aim(
            at=900 + 1800 * step,
            over=1800,
            move=40 * share // 100,
            coins=dict.fromkeys(("SOL", "LINK", "AVAX", "SUI"), -820 * share // 100),
            say="The small coins come off while BTC holds." if step == 1 else "",
        )
        for step, share in enumerate(_DRIFT)
    ),
    wallets={
        "hedged fund": 322_000,
        "swing trader": 363_200,
        "rich on paper": 340_800,
        "gambler": 18_900,
        "isolated basket": 95_000,
    },
    leverages={"isolated basket": {"SUI": 5, "LINK": 5}},
)

_GRIND = (5, 13, 19, 36, 44, 57, 66, 80, 92, 100, 98, 96)

SLOW_GRIND = Scenario(
    name="slow grind",
    title="Slow grind",
    story="Half a per cent an hour for twelve hours; no minute of it is worth a headline.",
    length_s=43_200,
    speed=300,
    volatility=-400,
    jitter=False,
    cues=tuple(
        Aim(
            at=max(1, 3600 * hour),
            over=3600,
            move=-560 * share // 100,
            say=f"Hour {hour + 1} of the decline." if hour in (0, 5, 9) else "",
        )
        for hour, share in enumerate(_GRIND)
    ),
    wallets={"coin holder": 380_900, "swing trader": 215_900},
    deposits={"swing trader": 2400},
    leverages={"isolated basket": {"SUI": 5}},
)

FUNDING_BLEED = Scenario(
    name="funding bleed",
    title="Funding bleed",
    story="Prices go nowhere, and every four hours the long side of 1000PEPE pays for being long.",
    length_s=259_200,
    speed=1800,
    volatility=-1600,
    jitter=False,
    cues=(
        Basis(
            at=1,
            symbol="1000PEPEUSDT",
            premium=46,
            say="1000PEPE trades half a per cent above its index: funding is 0.2 % every 4 hours.",
        ),
        *(Aim(at=max(2, 3600 * hour), over=3600, move=0) for hour in range(72)),
    ),
    wallets={"funding payer": 30_000, "gambler": 18_900, "hedged fund": 450_000},
    deposits={"funding payer": 14_400},
)

SILENT_STREAM = Scenario(
    name="silent stream",
    title="Silent stream",
    story="A venue falls silent while prices move: what was is not what is.",
    length_s=1500,
    speed=10,
    volatility=-700,
    cues=(
        Aim(at=480, over=240, move=-90, say="Prices begin to slip."),
        Silence(
            at=500,
            until=1150,
            venue=BYBIT,
            say="Bybit's streams fall silent with their sockets open.",
            then="Bybit's streams speak again: swing trader is in Watch, and was all the while.",
        ),
    ),
    wallets={"swing trader": 91_300},
)

TIER_CHANGE = Scenario(
    name="tier change",
    title="Tier change",
    story="The venue changes its rules, and an account that did nothing comes near its line.",
    length_s=1500,
    speed=10,
    volatility=-800,
    cues=(
        Tiers(
            at=300,
            effective=900,
            venue=BINANCE,
            symbols=("LTCUSDT",),
            say="Binance announces stricter maintenance tiers for LTCUSDT, in ten minutes.",
            then="The new tiers of LTCUSDT are in force.",
        ),
    ),
    wallets={"carry desk": 599_000},
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

_ALL = (
    TOUR,
    CALM,
    FUNDING_BLEED,
    SLOW_GRIND,
    FLASH_CRASH,
    DRIFTING_HEDGE,
    FALSE_COMFORT,
    SILENT_STREAM,
    TIER_CHANGE,
)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType({each.name: each for each in _ALL})
"""The nine stories by name."""


def scenario(name: str) -> Scenario:
    """The scenario of a name ("flash crash" or "flash-crash"); "free" for a run without a script.

    Raises:
        KeyError: naming those there are.
    """
    found = {**SCENARIOS, FREE.name: FREE}.get(name.replace("-", " ").replace("_", " "))
    if found is None:
        raise KeyError(f"no scenario {name!r}; there are {', '.join(SCENARIOS)} and free")
    return found
