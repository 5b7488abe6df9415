"""The loop's body: `process(state, batch, now) -> state, records`.

No clock, no socket, no database: the same state, batch and moment give the same records to the
byte, whether live, replayed or in a test. A price re-judges only the accounts that hold its
instrument or its coin. `judge` may remember what it resolved; that never changes an answer.

Where many accounts move at once, a price makes their status and figures anew, exactly; their
documents and distances follow in the quiet rounds after it (`MonitorSettings.at_once`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from msgspec.structs import replace as renewed

from marginline.core.account.moments import wire_moment
from marginline.core.findings import Status
from marginline.core.numbers import text_or_none
from marginline.feeds.events import Event
from marginline.monitor.alerts.draining import drain_of
from marginline.monitor.alerts.machine import OF_NONE, Machine
from marginline.monitor.answers import AlertChanged, Judged, MonitorRecord, StreamChanged
from marginline.monitor.judging.ages import ages_of, wire_ages
from marginline.monitor.judging.judge import Assessing, Judge
from marginline.monitor.judging.judgement import judged, moved
from marginline.monitor.judging.plans import plan_of
from marginline.monitor.judging.speed import sampled
from marginline.monitor.settings import MonitorSettings
from marginline.monitor.state import AgesOf, Alert, Judgement, State, StreamView, Watched
from marginline.monitor.taking.commands import (
    Acknowledge,
    Command,
    Hush,
    Mute,
)
from marginline.monitor.taking.taking import Taking
from marginline.monitor.wire import Reason

log = logging.getLogger(__name__)
Batch = Iterable[Event | Command]
_ASSESSING = Assessing()
COMMANDS = get_args(Command)
DRAIN_EVERY_MS = 30_000
_FAR = Decimal("Infinity")
PRICES = frozenset({"mark", "rate"})
"""Causes of a judgement that leave the account itself as it was told."""


def process(
    state: State, batch: Batch, now: int, judge: Judge = _ASSESSING
) -> tuple[State, tuple[MonitorRecord, ...]]:
    """Take a batch in, judge what it touches, speak where it must be spoken.

    Args:
        state: as the last call returned it, or `start(...)`.
        batch: events in their order of arrival, and commands; may be empty: time alone makes data
            old.
        now: milliseconds since the epoch by the monitor's clock, never less than before.
        judge: gives assessments; left out, each is made from nothing.
    """
    now = max(now, state.now)
    taking = Taking(state, now)
    commands: list[Command] = []
    for each in batch:
        if isinstance(each, COMMANDS):
            commands.append(each)
            taking.obey(each)
        else:
            taking.take(each)
    after = taking.state()
    touched = {each: why for each, why in state.behind.items() if each in after.accounts}
    touched |= taking.touched
    work = _Round(after, now, judge)
    work.judge_all(touched)
    work.catch_up(quiet=not touched)
    work.plan()
    work.speak(commands)
    return work.finish(taking.streams_changed)


def waiting(accounts: Mapping[str, Watched], settings: MonitorSettings, now: int) -> dict[str, int]:
    """Whose documents and distances are due to be made anew, and how long they have waited in ms.

    Need counts double; who is healthy is due when `calm_each_ms` of every account are over.
    """
    found, rest = {}, settings.calm_each_ms * len(accounts)
    for name, each in accounts.items():
        judged = each.judged
        if judged is None or judged.whole or not each.known:
            continue
        waited = now - judged.whole_at
        if judged.status is not Status.HEALTHY:
            found[name] = 2 * waited
        elif waited >= rest:
            found[name] = waited
    return found


class _Round:
    """One round of judging and speaking over the state of after the batch."""

    def __init__(self, state: State, now: int, judge: Judge) -> None:
        self.state, self.now, self.judge = state, now, judge
        self.accounts = dict(state.accounts)
        self.sequence = state.sequence
        self.records: list[MonitorRecord] = []
        self.changed: list[str] = []
        self.looked: set[str] = set()
        self.moved: set[str] = set()
        self.followed: set[str] = set()
        self.many = False
        self.at = wire_moment(now)

    def judge_all(self, touched: dict[str, str]) -> None:
        """Every account that the batch touched, and those whose data time has made old."""
        self.many = len(touched) > self.state.settings.at_once
        behind = self._later(touched)
        self.state = replace(self.state, behind=behind)
        for name, watched in self.accounts.items():
            cause = touched.get(name)
            if name in behind or (cause is None and not self._is_late(watched)):
                continue
            self._judge_one(name, watched, cause)

    def _is_late(self, watched: Watched) -> bool:
        """Whether something that its judgement needs is too old, or was until now."""
        expires = watched.ages.expires
        late = watched.ages.stale or watched.unread
        return bool(late) or (expires is not None and self.now > expires)

    def _later(self, touched: dict[str, str]) -> dict[str, str]:
        """Whom a price moved and who is judged in a later round: beyond `part` accounts.

        First comes who waits already, as they wait, then who is nearest to the line. What else
        happened to an account, or that its data were too old, is judged at once.
        """
        part, before = self.state.settings.part, self.state.behind
        if len(touched) <= part:
            return {}

        def place(name: str) -> tuple[int, Decimal, str]:
            watched = self.accounts[name]
            nearest = None if watched.judged is None else watched.judged.nearest
            away = _FAR if nearest is None else abs(nearest.move)
            return -watched.status.rank, away, name

        prices = {
            name: cause
            for name, cause in touched.items()
            if cause in PRICES and not self._is_late(self.accounts[name])
        }
        first = len(touched) - len(prices)
        waiting = [name for name in before if name in prices]
        fresh = sorted((name for name in prices if name not in before), key=place)
        return {name: prices[name] for name in [*waiting, *fresh][max(0, part - first) :]}

    def _judge_one(self, name: str, watched: Watched, cause: str | None) -> None:
        self.looked.add(name)
        ages = ages_of(self.state, watched, self.now)
        if not ages.stale and self._move(name, watched, ages, cause):
            return
        healed = bool(watched.ages.stale) and not ages.stale
        after = renewed(watched, ages=ages)
        if not ages.stale and watched.told is not None and (cause is not None or healed):
            after = self._assessed(after)
        healed = healed and not after.ages.stale
        status = after.judged.status if after.known and after.judged else Status.UNKNOWN
        if status is not watched.status:
            after = renewed(after, status=status, since=self.now)
        if after.known:
            after = self._drained(sampled(after, self.state.settings, self.now), cause)
        self.accounts[name] = after
        told = cause is not None or healed or status is not watched.status
        if told or after.ages.stale != watched.ages.stale:
            self.changed.append(name)
            self._record(name, after, cause or ("healed" if healed else "time"))

    def _drained(self, watched: Watched, cause: str | None) -> Watched:
        """The account with what funding will take of it, looked at anew when told or after 30 s."""
        if cause in PRICES and self.now - watched.drain_at < DRAIN_EVERY_MS:
            return watched
        assert watched.judged is not None
        bands = self.state.bands_of(watched.watching.name)
        try:
            found = drain_of(watched.judged, bands)
        except Exception:  # what was found before stands; no account may blind the others
            log.exception("%s: what funding takes of it cannot be told", watched.watching.name)
            return renewed(watched, drain_at=self.now)
        return renewed(watched, drain=found, drain_at=self.now)

    def _move(self, name: str, watched: Watched, ages: AgesOf, cause: str | None) -> bool:
        """Judge by status and figures alone, where many accounts move and nothing else is new."""
        seen = watched.status is not Status.UNKNOWN and watched.known
        if not self.many or not seen or cause not in PRICES:
            return False
        market = self.state.markets.get(watched.watching.venue)
        levels = self.state.bands_of(name).levels
        found = moved(watched, market, self.judge, self.now, levels)
        if found is None:
            return False
        self.changed.append(name)
        self.moved.add(name)
        after = renewed(watched, ages=ages, judged=found, sequence=self._next())
        self.accounts[name] = after
        self._note(name, after, cause or "")
        return True

    def catch_up(self, *, quiet: bool) -> None:
        """Make documents and distances anew of who has waited longest; need counts double.

        In a quiet round; in another only where there has been none for `whole_every_ms`.
        """
        settings, state = self.state.settings, self.state
        if not quiet and self.now - state.caught_up_at < settings.whole_every_ms:
            return
        self.state = replace(state, caught_up_at=self.now)
        waited = waiting(self.accounts, settings, self.now)
        for name in sorted(waited, key=lambda n: (-waited[n], n))[: settings.at_once]:
            self.moved.discard(name)
            self.looked.add(name)
            after = self._assessed(self.accounts[name])
            status = after.judged.status if after.known and after.judged else Status.UNKNOWN
            if status is not after.status:
                after = renewed(after, status=status, since=self.now)
            self.accounts[name] = sampled(after, settings, self.now) if after.known else after
            if name not in self.changed and status is self.state.accounts[name].status:
                self.followed.add(name)
            self._mark(name)
            self._record(name, self.accounts[name], "whole")

    def _assessed(self, watched: Watched) -> Watched:
        market = self.state.markets.get(watched.watching.venue)
        every = self.state.settings.orders_every_ms
        found: Judgement | Reason
        try:
            found = judged(watched, market, self.judge, self.now, every)
        except Exception as error:  # noqa: BLE001 - one account at fault must not blind the others
            found = self._at_fault(watched.watching.name, error)
        if isinstance(found, Reason):
            ages = watched.ages
            stale, reasons = (*ages.stale, f"rules: {found.where}"), (*ages.reasons, found)
            return renewed(watched, ages=replace(ages, stale=stale, reasons=reasons))
        return renewed(watched, judged=found)

    def _at_fault(self, name: str, error: Exception) -> Reason:
        """Why an account cannot be judged for a fault of ours; logged once while it lasts."""
        what = f"{type(error).__name__}: {error}"[:500]
        text = f"a fault of marginline: it could not be judged ({what}); report it with the log"
        if all(each.message != text for each in self.state.accounts[name].ages.reasons):
            log.error("%s could not be judged", name, exc_info=error)
        return Reason(
            code="UNSUPPORTED", severity="error", where="account", measure=None, message=text
        )

    # -- plans ------------------------------------------------------------------------------

    def plan(self) -> None:
        """Make the plan of one account in need anew: the one whose plan has waited longest.

        Figures come before it: while accounts wait for theirs, plans are made with documents alone.
        """
        if self.state.behind and self.state.caught_up_at != self.now:
            return
        waiting = [name for name, watched in self.accounts.items() if self._needs_plan(name)]
        for name in [n for n in self.accounts if self.accounts[n].plan and not self._in_need(n)]:
            self.accounts[name] = renewed(self.accounts[name], plan=None, plan_at=None)
            self._tell(name)
        if not waiting:
            return
        name = min(waiting, key=lambda each: (self.accounts[each].plan_at or 0, each))
        watched = self.accounts[name]
        found = watched.judged
        assert found is not None
        assert found.pool is not None
        target = self.state.bands_of(name).target
        near = watched.status is Status.WATCH
        at = wire_moment(self.now)
        try:
            plan = plan_of(found.account, found.pool.id, target, at, near=near)
        except Exception:  # an alert without a plan is told all the same
            log.exception("%s: no plan can be made", name)
            plan = None
        made_for = (watched.told_events, found.pool.id, target)
        self.accounts[name] = renewed(watched, plan=plan, plan_at=self.now, plan_for=made_for)
        self._tell(name)

    def _mark(self, name: str) -> None:
        self.moved.discard(name)
        if name not in self.changed:
            self.changed.append(name)

    def _tell(self, name: str) -> None:
        """The row has to be told at once: something in it is new beside what follows figures."""
        self.followed.discard(name)
        self._mark(name)

    def _in_need(self, name: str) -> bool:
        watched = self.accounts[name]
        if not watched.known or watched.judged is None or watched.judged.pool is None:
            return False
        if watched.status in (Status.HEALTHY, Status.UNKNOWN):
            ratio = watched.judged.ratio
            return ratio is not None and ratio >= self.state.bands_of(name).warn
        return True

    def _needs_plan(self, name: str) -> bool:
        watched = self.accounts[name]
        if not self._in_need(name):
            return False
        assert watched.judged is not None
        assert watched.judged.pool is not None
        target = self.state.bands_of(name).target
        if watched.plan_for != (watched.told_events, watched.judged.pool.id, target):
            return True
        moved = watched.plan_at is None or watched.judged.at > watched.plan_at
        due = watched.plan_at is None or (
            self.now - watched.plan_at >= self.state.settings.plan_every_ms
        )
        return moved and due

    # -- alerts -----------------------------------------------------------------------------

    def speak(self, commands: list[Command]) -> None:
        """Look at the bands of whom something may begin or end for, then do what was asked."""
        state = self.state
        machine = Machine(state.settings, dict(state.alerts), dict(state.slots), self.sequence)
        machine.silences = state.silences
        for command in commands:
            if isinstance(command, Hush):
                machine.hush(command.silence, self.now)
        for name in {key[0] for key in state.slots} - {OF_NONE, *self.accounts}:
            machine.forget(name, self.now)
        machine.queue(full=state.queue_full, now=self.now)
        looked = self.looked | machine.open  # of who rests and is as before, nothing begins or ends
        for name in [name for name in self.accounts if name in looked]:
            machine.step(self.accounts[name], state.bands_of(name), self.now)
        for command in commands:
            if isinstance(command, Acknowledge):
                machine.acknowledge(command.alert, self.now)
            elif isinstance(command, Mute):
                machine.mute(command.alert, command.until, self.now)
        machine.sweep(self.now)
        changed = tuple(dict.fromkeys(alert.id for alert in machine.changed))
        self.state = replace(
            state,
            alerts=machine.alerts,
            slots=machine.slots,
            silences=machine.silences,
            alerts_touched=changed,
        )
        self.sequence = max(self.sequence, machine.number)
        for alert in machine.changed:
            self.records.append(self._alert_record(alert))
            if alert.account is not None and alert.account in self.accounts:
                self._tell(alert.account)

    def _alert_record(self, alert: Alert) -> AlertChanged:
        watched = self.accounts.get(alert.account or "")
        return AlertChanged(
            sequence=self._next(),
            at=wire_moment(self.now),
            judgement=None if watched is None else watched.sequence or None,
            id=alert.id,
            account=alert.account,
            kind=alert.kind,
            level=alert.level,
            state=alert.state,
            sentence=list(alert.sentence),
        )

    # -- records ----------------------------------------------------------------------------

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def _record(self, name: str, watched: Watched, cause: str) -> None:
        after = self.accounts[name] = renewed(watched, sequence=self._next())
        self._note(name, after, cause)

    def _note(self, name: str, watched: Watched, cause: str) -> None:
        """The record of a judgement."""
        ages = wire_ages(watched.ages, self.now)
        known = watched.judged if watched.known else None
        rulebook = None if known is None else known.assessment.rulebook
        nearest = None if known is None or not known.whole else known.nearest
        self.records.append(
            Judged(
                sequence=watched.sequence,
                at=self.at,
                account=name,
                status=watched.status.value,
                judged_by="venue" if known is not None and known.judged_by == "venue" else "rules",
                rulebook=None if rulebook is None else rulebook.code,
                rules_digest=None if rulebook is None else rulebook.digest,
                worst=None if known is None or known.pool is None else known.pool.id,
                ratio=None if known is None else text_or_none(known.ratio),
                support=None if known is None else text_or_none(known.support),
                requirement=None if known is None else text_or_none(known.requirement),
                buffer=None if known is None else text_or_none(known.buffer),
                nearest=None if nearest is None else text_or_none(nearest.move),
                age_marks=ages.marks,
                age_account=ages.account,
                age_tiers=ages.tiers,
                stale=list(ages.stale),
                events=watched.told_events,
                cause=cause,
            )
        )

    def finish(self, streams: list[StreamView]) -> tuple[State, tuple[MonitorRecord, ...]]:
        """The state after, and the records in order."""
        for view in streams:
            record = StreamChanged(
                sequence=self._next(),
                at=wire_moment(self.now),
                name=view.name,
                venue=view.venue,
                account=view.account,
                state=view.life,
                reason=view.reason,
            )
            self.records.append(record)
        after = replace(
            self.state,
            now=self.now,
            sequence=self.sequence,
            accounts=self.accounts,
            touched=tuple(self.changed),
            moved=frozenset(self.moved),
            followed=frozenset(self.followed),
        )
        return after, tuple(self.records)
