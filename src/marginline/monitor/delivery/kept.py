"""The outbox in the store: alerts with their slots, messages and parcels, durable step by step."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

import msgspec

from marginline.core.account.moments import wire_moment
from marginline.errors import StoreError
from marginline.monitor.delivery.outbox import Change, Kept
from marginline.monitor.delivery.parcels import Message, Parcel
from marginline.monitor.state import Alert, Silence, Slot
from marginline.store.rows import AlertRow, DeliveryRow, Row
from marginline.store.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
NEWEST = 20_000
SILENCES = "silences"
WAIT_S, WAIT_STEPS = 0.02, 500
"""Steps read back at the start, the newest."""


class _Document(msgspec.Struct, frozen=True):
    """An alert as it stands, and the slot that it speaks for."""

    alert: Alert
    slot: Slot


class StoreOutbox:
    """Rows of a store: each change of an alert and each step of a parcel is one.

    `store` gives it once it is open; so long it is waited for at the start.
    """

    def __init__(self, store: Callable[[], Store | None]) -> None:
        self._open = store
        self._changes: dict[str, int] = defaultdict(int)

    async def load(self) -> Kept:
        """What is there. Raises StoreError."""
        for _ in range(WAIT_STEPS):
            if self._open() is not None:
                break
            await asyncio.sleep(WAIT_S)
        return await asyncio.to_thread(self._load)

    @property
    def _store(self) -> Store:
        found = self._open()
        if found is None:
            raise StoreError("the history", "is not open yet", "[history] in the settings names it")
        return found

    def _load(self) -> Kept:
        read = self._store.read
        alerts: dict[str, Alert] = {}
        slots: dict[tuple[str, str], Slot] = {}
        silences: tuple[Silence, ...] = ()
        for row in read.rows(AlertRow, id=SILENCES, newest=1):
            self._changes[SILENCES] = row.change
            silences = _read(row, tuple[Silence, ...]) or ()
        for row in read.rows(AlertRow, newest=NEWEST):
            if row.id == SILENCES:
                continue
            self._changes[row.id] = max(self._changes[row.id], row.change)
            found = _read(row, _Document)
            if found is None:
                continue
            alerts[row.id] = found.alert
            slots[found.alert.account or "", found.alert.slot] = found.slot
        messages: dict[str, Message] = {}
        parcels: dict[tuple[str, str], Parcel] = {}
        for step in read.rows(DeliveryRow, newest=NEWEST):
            if not step.channel:
                message = _read(step, Message)
                if message is not None:
                    messages[step.message] = message
                continue
            parcel = _read(step, Parcel)
            before = parcels.get((step.message, step.channel))
            if parcel is not None and (before is None or before.step < parcel.step):
                parcels[step.message, step.channel] = parcel
        return Kept(alerts, slots, tuple(messages.values()), tuple(parcels.values()), silences)

    async def keep(self, change: Change) -> None:
        """Keep it; returns when it is on the disk. Raises StoreError."""
        rows: list[Row] = [self._alert(alert, slot, change.at) for alert, slot in change.alerts]
        rows += [_message(message, change.at) for message in change.messages]
        rows += [_parcel(parcel) for parcel in change.parcels]
        if change.silences is not None:
            rows.append(self._silences(change.silences, change.at))
        if rows:
            await asyncio.wrap_future(self._store.write(rows))

    def _silences(self, silences: tuple[Silence, ...], at: int) -> AlertRow:
        """All silences in one row, which stands among the alerts by a name of its own."""
        self._changes[SILENCES] += 1
        return AlertRow(
            id=SILENCES,
            change=self._changes[SILENCES],
            at=at,
            account=None,
            kind=SILENCES,
            level="",
            state="set",
            since=at,
            document=msgspec.json.encode(silences),
        )

    def _alert(self, alert: Alert, slot: Slot, at: int) -> AlertRow:
        self._changes[alert.id] += 1
        return AlertRow(
            id=alert.id,
            change=self._changes[alert.id],
            at=at,
            account=alert.account,
            pool=alert.pool,
            kind=alert.kind,
            level=alert.level,
            state=alert.state,
            since=alert.since,
            document=msgspec.json.encode(_Document(alert, slot)),
        )


def _read(row: AlertRow | DeliveryRow, kind: type[T]) -> T | None:
    """What a row holds; None, and a line in the log, where this program reads its form no more."""
    try:
        return msgspec.json.decode(row.document, type=kind)
    except msgspec.DecodeError as wrong:
        log.error("an alert kept at %s cannot be read: %s", wire_moment(row.at), wrong)
        return None


def _message(message: Message, at: int) -> DeliveryRow:
    return DeliveryRow(
        message=message.key,
        channel="",
        step=0,
        at=at,
        alert=message.alert,
        state="told",
        document=msgspec.json.encode(message),
    )


def _parcel(parcel: Parcel) -> DeliveryRow:
    return DeliveryRow(
        message=parcel.key,
        channel=parcel.target,
        step=parcel.step,
        at=parcel.at,
        state=parcel.state,
        attempt=parcel.tries,
        next_at=parcel.due,
        reason=parcel.detail,
        document=msgspec.json.encode(parcel),
    )
