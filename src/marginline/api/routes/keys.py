"""Keys of venues on the page: listed, added, tested, removed. A secret goes in and never out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from marginline.api.answers import KeyList, KeyRow, KeyTested, KeyVenue
from marginline.api.openapi import answers, body
from marginline.api.routes.replies import body_of, reply
from marginline.core.account.moments import wire_moment
from marginline.errors import InputError, Problem
from marginline.feeds.plans.venues import VENUES, venue_named
from marginline.monitor.connecting.keys import Accepted, KeyDesk
from marginline.store.secrets.records import KeyRecord

router = APIRouter(tags=["keys"], default_response_class=Response)
NO_KEYS = "this run keeps no keys: its accounts are simulated, or those of a recording"
ALL_THE_SAME = "or keep it all the same: accept what it may do"

Short = Annotated[str, Meta(max_length=200)]
Secret = Annotated[str, Meta(max_length=8192)]


class AddKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to keep, once its venue has said what it may do.

    A key that may trade or withdraw is refused unless that is accepted. `replace`: one of the same
    name goes; what is watched with it is then watched with this one. `watch`: its account is
    watched from now on, until this run ends; at the next start where the settings name it.
    """

    name: Short
    venue: Short
    key: Short
    secret: Secret
    passphrase: Short = ""
    accept_trading: bool = False
    accept_withdrawal: bool = False
    replace: bool = False
    watch: bool = False

    def __repr__(self) -> str:
        return f"AddKey({self.name!r}, {self.venue!r})"

    __str__ = __repr__


@router.get("/keys", responses=answers(KeyList, "Keys by name; never a secret"))
async def keys(request: Request) -> Response:
    """The keys that are kept: venue, last four characters, rights, when the venue told them."""
    venues = [
        KeyVenue(venue=name, title=each.title, passphrase=each.passphrase)
        for name, each in VENUES.items()
    ]
    desk: KeyDesk | None = request.app.state.keys
    if desk is None:
        return reply(KeyList(place=None, reason=NO_KEYS, watches=False, keys=[], venues=venues))
    watches = desk.watching is not None
    try:
        place, found = await desk.listed()
    except InputError as wrong:
        return reply(
            KeyList(place=None, reason=str(wrong), watches=watches, keys=[], venues=venues)
        )
    rows = [row_of(each, desk) for each in found]
    return reply(KeyList(place=place, reason=None, watches=watches, keys=rows, venues=venues))


@router.post(
    "/keys",
    responses=answers(KeyRow, "The key, kept", 502, 503),
    openapi_extra=body(AddKey),
)
async def add(request: Request) -> Response:
    """Keep a key, once its venue has said that it may only read, or no more than is accepted."""
    desk = _desk(request)
    asked = await body_of(request, AddKey)
    venue = venue_named(asked.venue)
    named = {"key": asked.key.strip(), "secret": asked.secret.strip()}
    if VENUES[venue].passphrase:
        named["passphrase"] = asked.passphrase.strip()
    missing = [Problem(name, "", "is missing") for name, value in named.items() if not value]
    if missing:
        raise InputError(missing)
    record = KeyRecord(
        name=asked.name, venue=venue, key=named["key"], secret=named["secret"],
        passphrase=named.get("passphrase", ""),
    )  # fmt: skip
    accepted = Accepted(asked.accept_trading, asked.accept_withdrawal)
    kept, _, _ = await desk.add(
        record, accepted, ALL_THE_SAME, replace=asked.replace, watch=asked.watch
    )
    return reply(row_of(kept, desk))


@router.post(
    "/keys/{name:account}/watch", responses=answers(KeyRow, "The key, and what it watches")
)
async def watch(request: Request, name: str) -> Response:
    """Watch the account of a key that is kept, from now on and until this run ends.

    At the next start it is watched where the settings name it.
    """
    desk = _desk(request)
    return reply(row_of(await desk.watch(name), desk))


@router.post(
    "/keys/{name:account}/test", responses=answers(KeyTested, "What the venue says of it", 502, 503)
)
async def test(request: Request, name: str) -> Response:
    """Ask the venue again what a key may do."""
    desk = _desk(request)
    tested = await desk.test(name)
    return reply(
        KeyTested(
            key=row_of(tested.record, desk),
            may=tested.rights.words(),
            beyond=[*tested.rights.withdrawal, *tested.rights.trading],
            accepted=tested.accepted,
        )
    )


@router.delete("/keys/{name:account}", responses=answers(KeyList, "The keys that are left"))
async def remove(request: Request, name: str) -> Response:
    """Forget a key. Its accounts are watched no longer: unknown, and they say why."""
    await _desk(request).remove(name)
    return await keys(request)


def _desk(request: Request) -> KeyDesk:
    desk: KeyDesk | None = request.app.state.keys
    if desk is None:
        raise InputError([Problem("keys", "", NO_KEYS, "marginline keys add NAME")])
    return desk


def row_of(record: KeyRecord, desk: KeyDesk) -> KeyRow:
    """A key as it may be shown."""
    return KeyRow(
        name=record.name,
        venue=record.venue,
        ends_in=record.ending,
        trading=list(record.trading),
        withdrawal=list(record.withdrawal),
        bound=record.bound,
        probed_at=None if record.probed_at is None else wire_moment(record.probed_at),
        url=record.url,
        accounts=list(desk.accounts_of(record.name)),
    )
