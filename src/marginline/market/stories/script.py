"""A scenario played: its cues at their moments, pushes in ragged legs, and the sentences told.

Moments move by some seconds from seed to seed, legs end off their line, goals by some per cent;
the noise of the outside path stays, the end is sure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import numpy as np

from marginline.market.contracts import BY_SYMBOL, CONTRACTS
from marginline.market.events import (
    Event,
    StreamRestored,
    StreamSilenced,
    TiersAnnounced,
    TiersChanged,
)
from marginline.market.moment import Moment
from marginline.market.prices.paths import Paths
from marginline.market.prices.streams import Draws, Streams
from marginline.market.prices.tables import SCALE, Ints, log_nanos
from marginline.market.scenarios import (
    Aim,
    Basis,
    Buy,
    Cue,
    Scenario,
    Silence,
    Tiers,
    Volatility,
)
from marginline.market.tiers import stricter
from marginline.market.trading.desk import Desk
from marginline.market.trading.refusing import Refused
from marginline.market.views import OrderRequest

JITTER_S, CUT = 2, 6144
"""Deviation of a moment in real seconds, and where it is cut, in 1/4096."""
LEGS_LEAST, LEGS_MORE = 3, 4
AFTERWARDS = -800
"""Volatility once a story is over, in 1/1024 octave."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a script plays on. `at(second, action)` plans an action, whose answer stops the clock.

    `tell` adds a sentence to the story, `happen` any other event without an account.
    """

    start: int
    paths: Paths
    moments: Mapping[str, Moment]
    desks: Mapping[str, Desk]
    at: Callable[[int, Callable[[], bool]], None]
    tell: Callable[[str], None]
    happen: Callable[[Event], None]

    @property
    def now(self) -> int:
        """World time in milliseconds."""
        return self.start + self.paths.second * 1000


class Times:
    """The moments of a scenario's cues for one seed, known before the first price."""

    def __init__(self, scenario: Scenario, streams: Streams) -> None:
        self.scenario = scenario
        draws = Draws(streams, "scene times")
        self._moved = {id(cue): self._shift(draws) for cue in scenario.cues}
        self._silent_until = {id(cue): self._shift(draws) for cue in scenario.cues}
        windows = [(cue.at + self._moved[id(cue)], cue) for cue in scenario.cues]
        self._windows = sorted(
            (at, cue.octaves) for at, cue in windows if isinstance(cue, Volatility)
        )

    def _shift(self, draws: Draws) -> int:
        drawn = max(-CUT, min(CUT, draws.normal()))
        return drawn * JITTER_S * self.scenario.speed // SCALE if self.scenario.jitter else 0

    def of(self, cue: Cue) -> int:
        """The second at which a cue occurs."""
        return max(1, cue.at + self._moved[id(cue)])

    def until(self, cue: Silence) -> int:
        """The second at which a silence ends."""
        return cue.until + self._silent_until[id(cue)]

    def window(self, second: int) -> int:
        """Scripted lift of volatility at a second, in 1/1024 octave."""
        if self.scenario.length_s and second >= self.scenario.length_s:
            return AFTERWARDS
        found = self.scenario.volatility
        for at, octaves in self._windows:
            if at <= second:
                found = octaves
        return found

    def jumpy(self, second: int) -> bool:
        """Whether prices jump by themselves: not within a story."""
        return second >= self.scenario.length_s


class Script:
    """Plays the cues of a scenario on the stage."""

    def __init__(self, times: Times, streams: Streams, stage: Stage) -> None:
        self.times, self.stage = times, stage
        self._legs = Draws(streams, "scene legs")
        self._aims = 0
        for cue in times.scenario.cues:
            stage.at(times.of(cue), partial(self._play, cue))

    def _play(self, cue: Cue) -> bool:
        if cue.say:
            self.stage.tell(cue.say)
        if isinstance(cue, Aim):
            self._aim(cue)
        elif isinstance(cue, Tiers):
            self._announce(cue)
        elif isinstance(cue, Silence):
            self._silence(cue)
        elif isinstance(cue, Buy):
            self._buy(cue)
        elif isinstance(cue, Basis):
            number = BY_SYMBOL[cue.symbol].number
            self.stage.paths.pushes.lift_basis(number, cue.premium * 100_000)
        return True

    # -- pushes --------------------------------------------------------------------------------

    def _aim(self, cue: Aim) -> None:
        self._aims += 1
        origin = self.stage.paths.logs()
        off = SCALE + self._legs.normal() * 2 // 100
        goal = _goal(cue) * off // SCALE
        legs = LEGS_LEAST + self._legs.below(LEGS_MORE)
        begin, serial = self.stage.paths.second, self._aims
        for leg in range(1, legs + 1):
            ragged = self._legs.normal() // 5 if leg < legs else 0
            level = origin + (goal - origin) * (SCALE * leg // legs + ragged) // SCALE
            start = begin + cue.over * (leg - 1) // legs
            end = begin + cue.over * leg // legs
            if leg == 1:
                self._leg(serial, end, level)
            else:
                self.stage.at(start, partial(self._leg, serial, end, level))

    def _leg(self, serial: int, end: int, level: Ints) -> bool:
        paths = self.stage.paths
        if serial == self._aims and end > paths.second:
            paths.pushes.begin(paths.second, end, paths.logs(), level)
        return False

    # -- the venues ----------------------------------------------------------------------------

    def _announce(self, cue: Tiers) -> None:
        effective = self.times.of(cue) - cue.at + cue.effective
        at = self.stage.start + effective * 1000
        self.stage.happen(
            TiersAnnounced(at=self.stage.now, venue=cue.venue, symbols=cue.symbols, effective_at=at)
        )
        self.stage.at(effective, partial(self._change, cue))

    def _change(self, cue: Tiers) -> bool:
        moment = self.stage.moments[cue.venue]
        for symbol in cue.symbols:
            number = BY_SYMBOL[symbol].number
            moment.set_tiers(number, stricter(moment.tiers[number]))
        self.stage.happen(TiersChanged(at=self.stage.now, venue=cue.venue, symbols=cue.symbols))
        if cue.then:
            self.stage.tell(cue.then)
        return True

    def _silence(self, cue: Silence) -> None:
        self.stage.happen(StreamSilenced(at=self.stage.now, venue=cue.venue))
        self.stage.at(
            max(self.times.until(cue), self.stage.paths.second + 1), partial(self._speak, cue)
        )

    def _speak(self, cue: Silence) -> bool:
        self.stage.happen(StreamRestored(at=self.stage.now, venue=cue.venue))
        if cue.then:
            self.stage.tell(cue.then)
        return True

    def _buy(self, cue: Buy) -> None:
        for desk in self.stage.desks.values():
            owner = desk.venue.owners.get(cue.account)
            if owner is not None:
                request = OrderRequest(
                    symbol=cue.symbol, side="buy", kind="market", size=Decimal(cue.size)
                )
                try:
                    desk.place(owner, request)
                except Refused as refused:
                    self.stage.tell(f"The venue refuses it: {refused.code.replace('_', ' ')}.")


def _goal(cue: Aim) -> Ints:
    """Logarithms over the start, in 1e-9, of the level that a cue aims at."""
    btc = CONTRACTS[0].sigma * CONTRACTS[0].loading
    found = []
    for contract in CONTRACTS:
        own = Decimal(cue.move * contract.sigma * contract.loading) / btc
        move = Decimal(cue.coins[contract.base]) if contract.base in cue.coins else own
        found.append(log_nanos(1 + move / 10_000))
    return np.array(found, np.int64)
