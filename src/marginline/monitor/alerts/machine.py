"""When an alert begins, speaks and ends: bands with hysteresis, dwell, re-arm and cooldown.

Each account has one slot for each thing that can alert. A slot fires once while armed; it is armed
again when its condition has cleared by the re-arm distance, and when a graver one speaks in its
place: what holds when that one is over, stands again. Within the cooldown an alert is held: it
stands, and is told when the time is over if it still does. While an account cannot be judged, its
bands are frozen: nothing begins and nothing ends for want of data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from marginline.core.findings import Status
from marginline.monitor.alerts.conditions import (
    DAY_MS,
    KINDS,
    LADDER,
    SLOTS,
    Condition,
    conditions,
    is_calm,
)
from marginline.monitor.alerts.sentences import of_alert, of_queue
from marginline.monitor.settings import Bands, MonitorSettings
from marginline.monitor.state import Alert, Silence, Slot, Watched
from marginline.monitor.wire import AlertState

BANDED = ("act", "warn", "funding")
"""Slots with bands: only these wait for dwell and cooldown."""
OF_NONE = ""
"""Whose slots tell of marginline itself, and of no account."""
QUEUE = (OF_NONE, "queue")
EVENT_REST_MS = 60_000
"""What happens again within a minute of being told waits so long."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One account as it stands, its bands, and the moment."""

    watched: Watched
    bands: Bands
    now: int


class Machine:
    """The alerts of one batch: takes those there were, gives those there are and what changed.

    `open`: the accounts of which some slot is not at rest when the batch begins.
    """

    def __init__(
        self,
        settings: MonitorSettings,
        alerts: dict[str, Alert],
        slots: dict[tuple[str, str], Slot],
        sequence: int,
    ) -> None:
        self.settings, self.alerts, self.slots = settings, alerts, slots
        self.number = sequence
        self.changed: list[Alert] = []
        self.silences: tuple[Silence, ...] = ()
        self.open = {name for (name, _), slot in slots.items() if not slot.at_rest}

    def step(self, watched: Watched, bands: Bands, now: int) -> None:
        """Look at every slot of one account."""
        if watched.watching.name not in self.open and is_calm(watched, bands):
            return
        case, found = _Case(watched, bands, now), conditions(watched, bands, now)
        passed = False
        for name in SLOTS:
            slot = self.slots.get((watched.watching.name, name), Slot())
            condition = found[name]
            if name in LADDER and passed:
                after = self._passed_on(slot, now)
            else:
                after = self._look(name, slot, condition, case)
                passed = passed or (name in LADDER and self._speaks_for_lesser(after, condition))
            if after != slot:
                self.slots[watched.watching.name, name] = after

    def _speaks_for_lesser(self, slot: Slot, condition: Condition) -> bool:
        """Whether its alert speaks for the lesser: one that is held does where it would be told."""
        alert = None if slot.alert is None else self.alerts[slot.alert]
        return alert is not None and (condition.on or alert.state != "held")

    def queue(self, *, full: bool, now: int) -> None:
        """Whether events come faster than they are taken in, which is of no account."""
        slot = self.slots.get(QUEUE)
        standing = None if slot is None or slot.alert is None else self.alerts.get(slot.alert)
        if slot is not None and not full:
            self._end(slot.alert, now)
            del self.slots[QUEUE]
        elif full and standing is None:
            self.number += 1
            alert = Alert(
                id=f"a{self.number}",
                account=None,
                slot="queue",
                pool=None,
                kind="queue",
                level="unknown",
                state="firing",
                since=now,
                status=Status.UNKNOWN,
                sentence=of_queue(),
                told=now,
            )
            self._put(self._hushed(alert, now))
            self.slots[QUEUE] = Slot(armed=False, since=now, fired=now, alert=alert.id)
        elif standing is not None and standing.state == "muted":
            if standing.muted_until is not None and now >= standing.muted_until:
                self._put(self._hushed(_speaking(standing, now), now))

    def _passed_on(self, slot: Slot, now: int) -> Slot:
        """A graver slot speaks: this one is over until that one is."""
        self._end(slot.alert, now)
        since = slot.since if slot.since is not None else now
        return replace(slot, armed=True, since=since, alert=None)

    def _look(self, name: str, slot: Slot, condition: Condition, case: _Case) -> Slot:
        now = case.now
        if condition.clear:
            self._end(slot.alert, now)
            return replace(slot, armed=True, since=None, alert=None)
        if not condition.on:
            return self._between(name, slot, case)
        slot = slot if slot.since is not None else replace(slot, since=now)
        if self._is_another(slot, condition, now):
            self._end(slot.alert, now)
            slot = replace(slot, armed=True, since=condition.event, alert=None)
        if slot.alert is not None:
            return self._go_on(name, slot, case, on=True)
        if not slot.armed or not _has_lasted(name, slot, case.bands, now):
            return slot
        alert = self._begin(name, slot, case)
        fired = slot.fired if name in BANDED and alert.told is None else now
        return replace(slot, armed=False, fired=fired, alert=alert.id, event=condition.event)

    def _is_another(self, slot: Slot, condition: Condition, now: int) -> bool:
        """Whether something has happened again since it was told."""
        if condition.event is None or slot.event == condition.event or slot.fired is None:
            return False
        return not slot.armed and now - slot.fired >= EVENT_REST_MS

    def _between(self, name: str, slot: Slot, case: _Case) -> Slot:
        if slot.alert is not None:
            return self._go_on(name, slot, case, on=False)
        frozen = case.watched.status is Status.UNKNOWN
        return slot if frozen or slot.since is None else replace(slot, since=None)

    def _begin(self, name: str, slot: Slot, case: _Case) -> Alert:
        watched, now = case.watched, case.now
        kind, level = KINDS[name]
        if name == "unknown" and watched.ages.stale:
            kind = "stale"
        self.number += 1
        held = name == "unknown" and self.settings.hold_ms > 0
        held = held or not _has_rested(name, slot, case.bands, now)
        judged = watched.judged
        alert = Alert(
            id=f"a{self.number}",
            account=watched.watching.name,
            slot=name,
            pool=None if judged is None or judged.pool is None else judged.pool.id,
            kind=kind,
            level=level,
            state="held" if held else "firing",
            since=now if slot.since is None else slot.since,
            status=watched.status,
            sentence=of_alert(name, watched, case.bands),
            told=None if held else now,
            plan=watched.plan,
        )
        alert = self._hushed(alert, now)
        self._put(alert)
        return alert

    def _hushed(self, alert: Alert, now: int) -> Alert:
        """The alert as silences leave it: one that would speak is muted until the last of them."""
        over = [each for each in self.silences if each.covers(alert, now)]
        if alert.state != "firing" or not over:
            return alert
        ends = [each.until for each in over if each.until is not None]
        until = max(ends) if len(ends) == len(over) else None
        return replace(alert, state="muted", told=None, muted_until=until)

    def hush(self, silence: Silence, now: int) -> None:
        """Set a silence in place of the one of the same account and kind; those past are dropped.

        Alerts that it covers are muted with it; those that it no longer covers may speak.
        """
        same = (silence.account, silence.kind)
        kept = [each for each in self.silences if (each.account, each.kind) != same]
        kept = [each for each in kept if each.until is None or each.until > now]
        ended = silence.until is not None and silence.until <= now
        self.silences = tuple(kept) if ended else (*kept, silence)
        for alert in list(self.alerts.values()):
            of = silence.account in (None, alert.account) and silence.kind in (None, alert.kind)
            if ended and of and alert.state == "muted":
                self.mute(alert.id, now, now)
            elif not ended and alert.state == "firing" and silence.covers(alert, now):
                self.mute(alert.id, silence.until, now)

    def _go_on(self, name: str, slot: Slot, case: _Case, *, on: bool) -> Slot:
        """What time does to an alert that stands: held ones speak, mutes end, acts remind."""
        assert slot.alert is not None
        alert = self.alerts[slot.alert]
        if _is_untold(alert):
            return self._hold(name, slot, alert, case, on=on)
        if self._is_due(alert, name, case.bands, case.now):
            self._speak(alert, name, case)
        return slot

    def _hold(self, name: str, slot: Slot, alert: Alert, case: _Case, *, on: bool) -> Slot:
        """A band of which nobody has heard: told where it holds, unmuted, after its cooldown."""
        muted = alert.state == "muted"
        if muted and not self._is_due(alert, name, case.bands, case.now):
            return slot
        if on and _has_rested(name, slot, case.bands, case.now):
            self._speak(alert, name, case)
            heard = self.alerts[alert.id].told is not None
            return replace(slot, fired=case.now) if heard else slot
        if muted:
            self._put(replace(alert, state="held", muted_until=None))
        return slot

    def _is_due(self, alert: Alert, name: str, bands: Bands, now: int) -> bool:
        if alert.state == "held":
            return now - alert.since >= self.settings.hold_ms
        if alert.state == "muted":
            return alert.muted_until is not None and now >= alert.muted_until
        if alert.state != "firing" or name not in ("act", "call", "line") or alert.told is None:
            return False
        return bool(bands.remind_ms) and now - alert.told >= bands.remind_ms

    def _speak(self, alert: Alert, name: str, case: _Case) -> None:
        told, now = of_alert(name, case.watched, case.bands), case.now
        plan = case.watched.plan
        spoken = replace(
            alert, state="firing", told=now, sentence=told, plan=plan, muted_until=None
        )
        after = self._hushed(spoken, now)
        if after.state != alert.state or after.state == "firing":
            self._put(after)

    def _end(self, alert_id: str | None, now: int) -> None:
        alert = self.alerts.get(alert_id) if alert_id is not None else None
        if alert is not None and alert.state != "over":
            self._put(replace(alert, state="over", until=now))

    def _put(self, alert: Alert) -> None:
        self.alerts[alert.id] = alert
        self.changed.append(alert)

    def acknowledge(self, alert_id: str, now: int) -> None:
        """Somebody has seen it; an alert that is over stays over."""
        self._set(alert_id, "acknowledged", acknowledged_at=now)

    def mute(self, alert_id: str, until: int | None, now: int) -> None:
        """No word until then (None: until re-armed); a time that has passed lets it speak.

        A band of which nobody has heard is held: its cooldown goes on.
        """
        alert = self.alerts.get(alert_id)
        if until is not None and until <= now:
            held = alert is not None and _is_untold(alert)
            told = {} if held else {"told": now}
            self._set(alert_id, "held" if held else "firing", **told, muted_until=None)
        else:
            self._set(alert_id, "muted", muted_until=until)

    def _set(self, alert_id: str, state: AlertState, **changes: int | None) -> None:
        alert = self.alerts.get(alert_id)
        if alert is not None and alert.state != "over":
            self._put(replace(alert, state=state, **changes))  # type: ignore[arg-type]

    def forget(self, account: str, now: int) -> None:
        """An account is no longer watched: its alerts are over."""
        for key in [key for key in self.slots if key[0] == account]:
            self._end(self.slots.pop(key).alert, now)

    def sweep(self, now: int, most: int = 500) -> None:
        """Drop what has been over for a day, and the oldest beyond `most`."""
        over = [a for a in self.alerts.values() if a.until is not None]
        late = [a for a in over if a.until is not None and now - a.until >= _kept_ms(a)]
        kept = len(self.alerts) - len(late)
        excess = list(_oldest(over, late))[: max(0, kept - most)]
        for alert in [*late, *excess]:
            del self.alerts[alert.id]


def _has_lasted(name: str, slot: Slot, bands: Bands, now: int) -> bool:
    """Only bands wait: a call, the line, what happened, what is unknown begin at once."""
    if name not in BANDED:
        return True
    assert slot.since is not None
    return now - slot.since >= bands.dwell_ms


def _has_rested(name: str, slot: Slot, bands: Bands, now: int) -> bool:
    """Whether it may be told, so long after it was told last."""
    if name not in BANDED or slot.fired is None:
        return True
    return now - slot.fired >= bands.cooldown_ms


def _is_untold(alert: Alert) -> bool:
    """Whether it is of a band and waits to be told: held within the cooldown, or muted before."""
    return alert.slot in BANDED and alert.told is None and alert.state in ("held", "muted")


def _speaking(alert: Alert, now: int) -> Alert:
    return replace(alert, state="firing", told=now, muted_until=None)


def _kept_ms(alert: Alert) -> int:
    """A day; a minute what healed before anybody was told."""
    return DAY_MS if alert.told is not None else 60_000


def _oldest(over: list[Alert], late: list[Alert]) -> Iterator[Alert]:
    gone = {alert.id for alert in late}
    yield from sorted((a for a in over if a.id not in gone), key=lambda a: (a.until or 0, a.id))
