"""What the commands about keys do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from marginline.cli.exits import Exit, UsageProblem, report
from marginline.cli.input.documents import write_document
from marginline.cli.live.asking import ask, keeping_it, keys, venue_address
from marginline.errors import shown

if TYPE_CHECKING:
    from marginline.monitor.connecting.keys import Accepted, KeyDesk
    from marginline.store.secrets.records import KeyRecord

KEYS_SCHEMA = "marginline/keys-list/1"


def add(name: str, exchange: str, *, url: str | None, accepted: Accepted, force: bool) -> Exit:
    """Read the secrets, ask the venue for the key's rights, then keep it."""
    from marginline.feeds.plans.venues import VENUES, venue_named
    from marginline.monitor.connecting.keys import KeyDesk
    from marginline.store.secrets.records import KeyRecord

    venue, url = venue_named(exchange), venue_address(url, {})
    there = keys()
    if there.get(name) is not None and not force:  # before secrets are typed
        raise UsageProblem(f"a key {name} is kept already; --force replaces it")
    key, secret, passphrase = _secrets(passphrase=VENUES[venue].passphrase)
    record = KeyRecord(
        name=name, venue=venue, key=key, secret=secret, passphrase=passphrase, url=url
    )
    desk = KeyDesk(lambda: there)
    kept, rights, place = asyncio.run(desk.add(record, accepted, keeping_it(name), replace=force))
    print(f"{name}: {VENUES[venue].title}, key {kept.ending}, may {rights.words()};"
          f" kept in {place}")  # fmt: skip
    if rights.bound is False:
        print("It works from any address: an IP allow-list at the venue would bind it to yours.")
    return Exit.HEALTHY


def _secrets(*, passphrase: bool) -> tuple[str, str, str]:
    """Key, secret and passphrase: asked for without echo, else a line each of stdin."""
    names = ("key", "secret", *(("passphrase of the key",) if passphrase else ()))
    if sys.stdin.isatty():
        found = [ask(f"{each}: ").strip() for each in names]
    else:
        lines = (line.strip() for line in sys.stdin)
        found = [next(lines, "") for _ in names]
    for each, value in zip(names, found, strict=True):
        if not value or not value.isprintable():
            raise UsageProblem(
                f"the {each} is missing; stdin gives {', '.join(names)}, a line each"
            )
    return found[0], found[1], found[2] if passphrase else ""


def show(*, as_json: bool) -> Exit:
    """List the keys; never a secret."""
    there = keys()
    records = [record for name in there.names() if (record := there.get(name)) is not None]
    if as_json:
        rows = [
            {
                "name": each.name, "venue": each.venue, "key_ends_in": each.ending,
                "trading": list(each.trading), "withdrawal": list(each.withdrawal),
                "bound_to_addresses": each.bound, "probed_at": _moment(each), "url": each.url,
            }
            for each in records
        ]  # fmt: skip
        write_document({"schema": KEYS_SCHEMA, "place": there.place, "keys": rows})
        return Exit.HEALTHY
    if not records:
        print(f"no key in {there.place}; `marginline keys add NAME --exchange VENUE` keeps one")
        return Exit.HEALTHY
    for line in _table(records):
        print(line)
    return Exit.HEALTHY


def _table(records: list[KeyRecord]) -> Iterator[str]:
    rows = [("name", "venue", "key", "may", "told")]
    rows += [(r.name, r.venue, r.ending, r.rights, _moment(r) or "never") for r in records]
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join(
            [*(text.ljust(width) for text, width in zip(row, wide, strict=False)), row[4]]
        ).rstrip()


def _moment(record: KeyRecord) -> str | None:
    if record.probed_at is None:
        return None
    return datetime.fromtimestamp(record.probed_at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def remove(name: str) -> Exit:
    """Forget a key."""
    asyncio.run(_desk().remove(name))
    print(f"{name} is forgotten; delete it at the venue, too, if nothing else uses it")
    return Exit.HEALTHY


def test(name: str, *, url: str | None) -> Exit:
    """Ask the venue again, keep what it says, tell when the key may do more than was accepted."""
    at = venue_address(url, {})
    record, rights, accepted = asyncio.run(_desk().test(name, at))
    print(f"{name}: {record.venue}, key {record.ending}, may {rights.words()}")
    if accepted:
        return Exit.HEALTHY
    report(f"{name}: it may do more than when it was kept: {shown(rights.beyond, 200)}; take the"
           " rights away at the venue, or add it anew with --accept-trading or"
           " --accept-withdrawal")  # fmt: skip
    return Exit.WATCH


def _desk() -> KeyDesk:
    from marginline.monitor.connecting.keys import KeyDesk

    there = keys()
    return KeyDesk(lambda: there)
