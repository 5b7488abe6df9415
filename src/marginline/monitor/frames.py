"""What is sent: rows made and encoded once, sent to all."""

from __future__ import annotations

from typing import TypedDict

import msgspec

from marginline.core.account.moments import wire_moment
from marginline.monitor.messages import AccountRow, Settings, StoryLine, World
from marginline.monitor.rows import account_row, alert_row, by_gravity, moved_row, stream_row
from marginline.monitor.slots import Subscription
from marginline.monitor.state import State, StreamKey

MANY = 30
"""Beyond this many accounts their pools travel only to who watches them."""
_ENCODER = msgspec.json.Encoder()
_NO_POOLS = b"null"


class _Row(TypedDict):
    row: AccountRow
    full: msgspec.Raw | None
    slim: msgspec.Raw | None
    moved: bool


class Frames:
    """Rows of the newest state, made when first asked for and kept until they change."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.version = 0
        self._rows: dict[str, _Row] = {}

    def advance(self, state: State, touched: tuple[str, ...], gone: set[str]) -> None:
        """Take a newer state; rows of `touched` are made anew when they are next asked for."""
        self.state = state
        self.version += 1
        for name in (*touched, *gone):
            row = self._rows.get(name)
            if row is None:
                continue
            if name in state.moved:
                row["moved"] = True
            else:
                del self._rows[name]

    def row(self, name: str) -> AccountRow:
        """One account's row. Raises KeyError for a name that is not watched."""
        return self._made(name)["row"]

    def rows(self) -> list[AccountRow]:
        """Every account, nearest to the line first."""
        return by_gravity([self.row(name) for name in self.state.accounts])

    def _made(self, name: str) -> _Row:
        found, state = self._rows.get(name), self.state
        if found is None:
            row = account_row(state, state.accounts[name], state.now)
        elif found["moved"]:
            row = moved_row(found["row"], state.accounts[name], state)
        else:
            return found
        found = self._rows[name] = _Row(row=row, full=None, slim=None, moved=False)
        return found

    def _encoded(self, name: str, watching: frozenset[str]) -> msgspec.Raw:
        found = self._made(name)
        if len(self.state.accounts) <= MANY or name in watching:
            full = found["full"]
            if full is None:
                full = found["full"] = msgspec.Raw(_ENCODER.encode(found["row"]))
            return full
        slim = found["slim"]
        if slim is None:
            slim = msgspec.Raw(_ENCODER.encode(msgspec.structs.replace(found["row"], pools=None)))
            found["slim"] = slim
        return slim

    def snapshot(
        self,
        watching: frozenset[str],
        boot: str,
        story: list[StoryLine] | None,
        world: World | None,
        settings: Settings,
    ) -> bytes:
        """The first message of a connection."""
        state = self.state
        return _ENCODER.encode(
            {
                "type": "snapshot",
                "seq": self.version,
                "now": wire_moment(state.now),
                "boot": boot,
                "accounts": [self._encoded(name, watching) for name in state.accounts],
                "alerts": [alert_row(alert) for alert in state.alerts.values()],
                "streams": [stream_row(state, each, state.now) for each in state.streams.values()],
                "story": story,
                "world": world,
                "settings": settings,
            }
        )

    def change(self, slot: Subscription, now: int, world: World | None) -> bytes:
        """What changed since the reader last read, as of now; its slot is cleared."""
        state = self.state
        alerts, streams = state.alerts, state.streams
        message = _ENCODER.encode(
            {
                "type": "change",
                "seq": self.version,
                "since": slot.since,
                "now": wire_moment(now),
                "accounts": [
                    self._encoded(name, slot.watching)
                    for name in slot.accounts
                    if name in state.accounts
                ],
                "gone": list(slot.gone),
                "alerts": [alert_row(alerts[key]) for key in slot.alerts if key in alerts],
                "streams": [
                    stream_row(state, streams[key], now) for key in slot.streams if key in streams
                ],
                "story": list(slot.story),
                "world": world,
            }
        )
        slot.clear(self.version)
        return message


def streams_of(state: State, before: State) -> list[StreamKey]:
    """The streams whose view is not what it was."""
    return [key for key, view in state.streams.items() if before.streams.get(key) is not view]
