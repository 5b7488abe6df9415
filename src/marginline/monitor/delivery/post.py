"""What is sent when, and to whom: no clock, no socket, no database.

Each message becomes a parcel for every target of the first group; where that group fails, for the
next one too. A target has one parcel in hand at a time, the gravest first. An attempt that was
refused is made again; one that may have arrived is not, unless no target at all is known to have
got the message: then it is sent again and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from marginline.monitor.delivery.parcels import GRAVITY, Attempted, Manner, Message, Parcel, Place

KEPT_MS = 86_400_000
MOST = 1_000
"""Messages remembered after they are done, for the page."""
BEGUN = "an attempt was under way when marginline ended"


class Post:
    """Parcels and their targets. Every method that changes parcels returns those it changed."""

    def __init__(self, places: Sequence[Place], manner: Manner, seed: int = 0) -> None:
        self.places = {place.name: place for place in places}
        self.manner = manner
        self.messages: dict[str, Message] = {}
        self.parcels: dict[str, dict[str, Parcel]] = {}
        self.troubled: dict[str, str] = {}
        """Targets whose newest attempt failed, and why."""
        self.last: dict[str, Parcel] = {}
        """The newest parcel of each target of which an attempt has ended."""
        self._groups = sorted({place.group for place in places})
        self._busy: set[str] = set()
        self._random = Random(seed)  # noqa: S311 - jitter, not a secret

    # -- in ---------------------------------------------------------------------------------

    def take(self, message: Message, now: int) -> list[Parcel]:
        """One more message; one that is known changes nothing."""
        if message.key in self.messages or not self._groups:
            return []
        self.messages[message.key] = message
        self.parcels[message.key] = {}
        quiet = self.manner.quiet
        due = quiet.until(message.level, now) if quiet is not None else None
        detail = "" if due is None else "held by quiet hours"
        return self._open(message.key, self._groups[0], now, due=due or now, detail=detail)

    def restore(self, messages: Iterable[Message], parcels: Iterable[Parcel], now: int) -> None:
        """What was kept before a restart; an attempt that was under way may have arrived."""
        for message in messages:
            self.messages.setdefault(message.key, message)
            self.parcels.setdefault(message.key, {})
        for parcel in parcels:
            if parcel.key in self.parcels:
                self.parcels[parcel.key][parcel.target] = parcel
        for key in self.parcels:
            for parcel in list(self.parcels[key].values()):
                if parcel.state == "sending":
                    self._put(replace(parcel, state="unsure", at=now, detail=BEGUN, due=None))
                elif parcel.is_open and parcel.target not in self.places:
                    gone = "the target is no longer set"
                    self._put(replace(parcel, state="failed", at=now, detail=gone, due=None))

    def settle(self, alert: str, now: int) -> list[Parcel]:
        """The alert is over or somebody has seen it: what quiet hours hold is not told any more."""
        held = [
            parcel
            for key, message in self.messages.items()
            if message.alert == alert
            for parcel in self.parcels[key].values()
            if parcel.state == "waiting" and not parcel.tries and (parcel.due or 0) > now
        ]
        why = "over before the quiet hours ended"
        return [self._put(replace(p, state="dropped", at=now, due=None, detail=why)) for p in held]

    # -- out --------------------------------------------------------------------------------

    def begin(self, now: int) -> list[Parcel]:
        """The parcels whose attempt begins now, one a target, the gravest first."""
        begun = []
        for parcel in self._in_order():
            if parcel.due is None or parcel.due > now or parcel.target in self._busy:
                continue
            self._busy.add(parcel.target)
            tried = replace(parcel, state="sending", at=now, due=None, tries=parcel.tries + 1)
            begun.append(self._put(tried))
        return begun

    def _in_order(self) -> list[Parcel]:
        waiting = [
            parcel
            for of in self.parcels.values()
            for parcel in of.values()
            if parcel.state == "waiting"
        ]
        return sorted(waiting, key=self._order)

    def _order(self, parcel: Parcel) -> tuple[int, int, str, str]:
        message = self.messages[parcel.key]
        return -GRAVITY[message.level], message.at, parcel.key, parcel.target

    def next_due(self) -> int | None:
        """When something is next to be sent."""
        moments = [p.due for p in self._in_order() if p.due and p.target not in self._busy]
        return min(moments, default=None)

    def done(self, key: str, target: str, outcome: Attempted, now: int) -> list[Parcel]:
        """What became of an attempt, and what follows from it."""
        self._busy.discard(target)
        parcel = self.parcels[key][target]
        after = self._after(parcel, outcome, now)
        self.note(after, outcome)
        return [self._put(after), *self._follow(key, now)]

    def note(self, parcel: Parcel, outcome: Attempted) -> None:
        """Remember how a target stands."""
        self.last[parcel.target] = parcel
        if outcome.kind == "arrived":
            self.troubled.pop(parcel.target, None)
        else:
            self.troubled[parcel.target] = outcome.detail

    def _after(self, parcel: Parcel, outcome: Attempted, now: int) -> Parcel:
        ended = replace(parcel, at=now, due=None, detail=outcome.detail)
        if outcome.kind == "arrived":
            return replace(ended, state="sent")
        if outcome.kind == "unsure":
            return replace(ended, state="unsure")
        if now - self.messages[parcel.key].at >= self.manner.give_up_ms:
            return replace(ended, state="failed", detail=f"given up: {outcome.detail}")
        wait = max(self._backoff(parcel.tries), outcome.retry_after_ms or 0)
        return replace(ended, state="waiting", due=now + wait)

    def _backoff(self, tries: int) -> int:
        wait = min(self.manner.most_ms, self.manner.base_ms << min(max(tries - 1, 0), 20))
        return int(wait * self._random.uniform(0.75, 1.25))

    def _follow(self, key: str, now: int) -> list[Parcel]:
        """The next group where the last one failed; then what may not have arrived, once more."""
        of = self.parcels[key]
        if any(parcel.state == "sent" for parcel in of.values()):
            return []
        asked = {self.places[name].group for name in of if name in self.places}
        if not all(self._has_failed(parcel) for parcel in of.values()):
            return []
        left = [group for group in self._groups if group not in asked]
        if left:
            return self._open(key, left[0], now, due=now, detail="")
        if any(parcel.is_open for parcel in of.values()):
            return []
        age = now - self.messages[key].at
        again = [p for p in of.values() if p.state == "unsure" and p.target in self.places]
        if age >= self.manner.give_up_ms:
            return []
        return [
            self._put(replace(p, state="waiting", due=now + self._backoff(p.tries), again=True))
            for p in again
        ]

    def _has_failed(self, parcel: Parcel) -> bool:
        if parcel.state in ("unsure", "failed"):
            return True
        return parcel.state == "waiting" and parcel.tries >= self.manner.second_after

    def follow_all(self, now: int) -> list[Parcel]:
        """What follows for every message from how its parcels stand: after a restart."""
        return [parcel for key in self.parcels for parcel in self._follow(key, now)]

    def _open(self, key: str, group: int, now: int, *, due: int, detail: str) -> list[Parcel]:
        names = [place.name for place in self.places.values() if place.group == group]
        made = [
            Parcel(key=key, target=name, state="waiting", at=now, due=due, detail=detail)
            for name in names
            if name not in self.parcels[key]
        ]
        return [self._put(parcel) for parcel in made]

    def _put(self, parcel: Parcel) -> Parcel:
        parcel = replace(parcel, step=parcel.step + 1)
        self.parcels[parcel.key][parcel.target] = parcel
        return parcel

    # -- how it stands ------------------------------------------------------------------------

    def of(self, alert: str) -> list[Parcel]:
        """The parcels of an alert's newest message, by target."""
        own = [message for message in self.messages.values() if message.alert == alert]
        newest = max(own, key=lambda message: message.at, default=None)
        return [] if newest is None else sorted(self.parcels[newest.key].values(), key=_by_target)

    def waits(self, target: str) -> int:
        """How many parcels wait for a target."""
        return sum(target in of and of[target].is_open for of in self.parcels.values())

    def unreached(self, now: int) -> list[Message]:
        """The messages that reached nobody within the time that they should have."""
        return [
            message
            for key, message in self.messages.items()
            if now - message.at >= self.manner.broken_ms and self._is_unreached(key, now)
        ]

    def _is_unreached(self, key: str, now: int) -> bool:
        of = self.parcels[key].values()
        if any(parcel.state in ("sent", "dropped") for parcel in of):
            return False
        held = [p for p in of if p.state == "waiting" and not p.tries and (p.due or 0) > now]
        return len(held) < len(of) or not of

    def sweep(self, now: int) -> list[str]:
        """Forget what has been done for a day, and the oldest beyond a thousand; their keys."""
        done = [
            message
            for key, message in self.messages.items()
            if not any(parcel.is_open for parcel in self.parcels[key].values())
        ]
        done.sort(key=lambda message: message.at)
        excess = max(0, len(self.messages) - MOST)
        gone = [m.key for i, m in enumerate(done) if i < excess or now - m.at >= KEPT_MS]
        for key in gone:
            del self.messages[key], self.parcels[key]
        return gone


def _by_target(parcel: Parcel) -> str:
    return parcel.target
