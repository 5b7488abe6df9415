"""What a page would show of a story: the status of every account along it, by floats.

Watch is the ratio at 0.8, or prices within 3 % of the line, together or one alone; Unknown is a
venue silent for more than ten real seconds. A liquidation counts from its trigger to the end of its
stages.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from marginline.market.accounts.state import Owner
from marginline.market.contracts import CONTRACTS
from marginline.market.events import (
    Event,
    LiquidationStage,
    StreamRestored,
    StreamSilenced,
    Told,
)
from marginline.market.liquidation.keeper import Keeper
from marginline.market.scenarios import Scenario
from marginline.market.world import World

UNSEEN_S = 10
Floats = npt.NDArray[np.float64]


@dataclass
class Timeline:
    """One run of a story: `rows` are (real second, status) by account, one where it changes."""

    scenario: Scenario
    seed: int
    rows: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    stages: list[LiquidationStage] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def first(self, name: str, status: str, after: float = 0) -> float | None:
        """Real second at which an account first has a status, None where never."""
        return next((at for at, s in self.rows[name] if s == status and at >= after), None)

    def statuses(self, name: str) -> list[str]:
        """The statuses of an account in their order, without repeats."""
        return [status for _, status in self.rows[name]]

    def steady(self) -> list[str]:
        """Accounts that were healthy throughout."""
        return [name for name in self.rows if set(self.statuses(name)) == {"healthy"}]


def run(scenario: Scenario, seed: int) -> Timeline:
    """Play a story to its end, looking every half real second."""
    world, found = World(scenario, seed), Timeline(scenario, seed)
    silent: dict[str, int] = {}
    step = max(5, scenario.speed // 2)
    end = world.start + scenario.length_s * 1000
    for second in range(step, scenario.length_s + 1, step):
        until = min(end, world.start + second * 1000)
        while world.now < until:
            for event in world.advance(until):
                _take(found, event, silent, world.start)
        real = second / scenario.speed
        for keeper in world._engine.keepers.values():
            since = silent.get(keeper.venue.code)
            for owner in keeper.venue.owners.values():
                unseen = since is not None and world.now - since > UNSEEN_S * 1000 * scenario.speed
                note(found, owner.name, real, "unknown" if unseen else status_of(keeper, owner))
    return found


def _take(found: Timeline, event: Event, silent: dict[str, int], start: int) -> None:
    match event:
        case LiquidationStage():
            found.stages.append(event)
            if event.stage == "triggered":
                real = (event.at - start) / 1000 / found.scenario.speed
                note(found, event.account, real, "liquidation")
        case Told():
            found.told.append(event)
        case StreamSilenced():
            silent[event.venue] = event.at
        case StreamRestored():
            del silent[event.venue]
        case _:
            pass


def note(found: Timeline, name: str, real: float, status: str) -> None:
    """Take down a status where it differs from the last."""
    rows = found.rows.setdefault(name, [])
    if not rows or rows[-1][1] != status:
        rows.append((round(real, 1), status))


def status_of(keeper: Keeper, owner: Owner) -> str:
    """Healthy, watch or liquidation, by the compiled pools."""
    if keeper.liquidator.active.get(owner.name):
        return "liquidation"
    paths, venue = keeper.desk.moment.paths, keeper.desk.number
    mark, index = paths.now.mark[venue, :, paths.at], paths.now.index[:, paths.at]
    for pool in keeper.screen.pools(owner):
        moves = _moves([row.number for row in pool.rows])
        coins = np.where(moves.min(axis=0) == moves.max(axis=0), moves, 1.0)  # coins: all or none
        support, required = pool.health(mark[:, None] * moves, index[:, None] * coins)
        if required[0] >= 0.8 * support[0] or bool((required >= support).any()):
            return "watch"
    return "healthy"


def _moves(numbers: list[int]) -> Floats:
    """Columns of factors on each price: none, all together by 3 %, each of these alone by 3 %."""
    columns = [np.full(len(CONTRACTS), factor) for factor in (1.0, 0.97, 1.03)]
    for number in numbers:
        for factor in (0.97, 1.03):
            column = np.ones(len(CONTRACTS))
            column[number] = factor
            columns.append(column)
    return np.stack(columns, axis=1)
