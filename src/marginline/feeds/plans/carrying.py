"""A plan carried out by our own signed requests: an account, or what a key may do, by one visit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from marginline.core.account.account import Account
from marginline.core.unified import native
from marginline.errors import VenueError
from marginline.feeds.clients.failing import venue_error
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.messages import Unreadable
from marginline.feeds.plans.asking import Ask, Gathered, Plan, Reply, Steps
from marginline.feeds.plans.rights import Rights
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.telling import Desk
from marginline.feeds.timing import Cadence, SystemTimer, Timer
from marginline.feeds.wire.connection import Connection, Redactor
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.rest import CallFailed

Progress = Callable[[str], None]
_SHORT_WAIT_MS = 15_000


async def conversed(steps: Steps, call: Callable[[Ask], Awaitable[Reply]]) -> Gathered:
    """What a plan gathered; the requests of a batch go out together.

    Raises:
        CallFailed, Unreadable: what is needed could not be had.
    """
    batch = next(steps)
    while True:
        replies = await asyncio.gather(*(call(each) for each in batch))
        try:
            batch = steps.send(replies)
        except StopIteration as done:
            gathered: Gathered = done.value
            return gathered


async def carried(
    door: Door, connection: Connection, plan: Plan, symbols: frozenset[str],
    progress: Progress | None = None,
) -> Gathered:  # fmt: skip
    """What the plan gathered by one visit.

    Raises:
        CallFailed, Unreadable: what is needed could not be had.
    """

    async def call(asked: Ask) -> Reply:
        if progress is not None:
            progress(asked.endpoint.path)
        signed = connection if asked.endpoint.signed else None
        try:
            return await door.call(asked.endpoint, signed, **asked.params)
        except CallFailed as failed:
            return failed

    await door.measure(again=False)
    at = await door.before()
    gathered = await conversed(plan(symbols), call)
    gathered.at = at
    return gathered


async def account_of(
    connection: Connection,
    *,
    symbols: Iterable[str] = (),
    progress: Progress | None = None,
    cadence: Cadence | None = None,
    timer: Timer | None = None,
) -> Account:
    """The account behind a key, by one visit. A short wait that the venue asks for is waited.

    Raises:
        VenueError: the venue gave no answer that may be used.
        InputError: its answers contradict each other.
    """
    wanted = frozenset(native(connection.venue, symbol) for symbol in symbols)
    try:
        async with _door(connection, cadence, timer) as door:
            gathered = await _patiently(door, connection, wanted, progress)
    except CallFailed as failed:
        raise venue_error(failed) from None
    except Unreadable as wrong:
        raise VenueError("malformed", wrong.field, wrong.reason) from None
    return await asyncio.to_thread(gathered.account, connection.account)


async def _patiently(
    door: Door, connection: Connection, symbols: frozenset[str], progress: Progress | None
) -> Gathered:
    """What the plan gathered, at the second attempt where the venue asks for a short wait."""
    plan = VENUES[connection.venue].plan
    try:
        return await carried(door, connection, plan, symbols, progress)
    except CallFailed as failed:
        if failed.wait_ms is None or failed.wait_ms > _SHORT_WAIT_MS:
            raise
        await door.timer.sleep(failed.wait_ms)
    return await carried(door, connection, plan, symbols, progress)


async def rights_of(
    connection: Connection, *, cadence: Cadence | None = None, timer: Timer | None = None
) -> Rights:
    """What a key may do, as its venue says; asked before anything else.

    Raises:
        VenueError: the venue does not say, or refuses the key.
    """
    venue = VENUES[connection.venue]
    try:
        async with _door(connection, cadence, timer) as door:
            await door.measure(again=False)
            return venue.rights(await door.call(venue.probe, connection))
    except CallFailed as failed:
        raise venue_error(failed) from None


def _door(connection: Connection, cadence: Cadence | None, timer: Timer | None) -> Door:
    secrets = (connection.key, connection.secret, connection.passphrase)
    clock = timer or SystemTimer()
    desk = Desk(connection.venue, EventQueue(), clock, Redactor(secrets))
    manners = VENUES[connection.venue].manners
    return Door(manners, desk, cadence or Cadence(), rest_url=connection.rest_url)
