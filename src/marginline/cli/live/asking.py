"""From a key in the keyring, or in the environment, to a connection and to its account.

`@NAME` stands wherever a file of an account does: NAME is the name of a key that is kept, else a
venue or an exchange ("binanceusdm") whose key is in the environment.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from marginline.cli.exits import UsageProblem
from marginline.errors import InputError, Problem, shown

if TYPE_CHECKING:
    from marginline.core.account.account import Account
    from marginline.feeds.wire.connection import Connection
    from marginline.monitor.connecting.keys import KeyDesk, Watching
    from marginline.store.secrets.records import KeyRecord, Keys

MARK = "@"
VARIABLES = "MARGINLINE_KEY", "MARGINLINE_SECRET", "MARGINLINE_KEY_PASSPHRASE"
URL_VARIABLE = "MARGINLINE_URL"
SANDBOX = "http://127.0.0.1:8700"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which account to ask a venue for: by exchange or venue, by the key's name, at an address."""

    exchange: str | None = None
    key: str | None = None
    url: str | None = None

    @property
    def shown(self) -> str:
        """What to call it in messages."""
        return MARK + (self.key or self.exchange or "")


def asked_or_files(
    exchange: str | None, key: str | None, url: str | None, files: Sequence[str]
) -> Asked | None:
    """What options ask a venue for; None where files are given instead.

    Raises:
        UsageProblem: neither is given.
    """
    if exchange is None and key is None:
        if not files:
            raise UsageProblem("give an account file, or --exchange to ask a venue for an account")
        return None
    return Asked(exchange, key, url)


def asked_of(text: str) -> Asked:
    """What `@NAME` asks for."""
    return Asked(key=text.removeprefix(MARK))


def keys() -> Keys:
    """Where keys are kept."""
    from marginline.cli.live.needs import needs_live
    from marginline.store.secrets.opening import open_keys

    needs_live("keys", "", "keyring", "cryptography")
    return open_keys(ask, os.environ)


def page_keys(watching: Watching | None = None) -> KeyDesk | None:
    """Keys as the page of a monitor may add and test them; None where none can be kept.

    Nobody sits at the terminal: a file's passphrase must stand in MARGINLINE_PASSPHRASE.
    """
    if find_spec("keyring") is None or find_spec("cryptography") is None:
        return None
    from marginline.monitor.connecting.keys import KeyDesk
    from marginline.store.secrets.opening import open_keys

    url = os.environ.get(URL_VARIABLE) or None
    return KeyDesk(lambda: open_keys(_nobody, os.environ), url, watching)


def _nobody(purpose: str) -> str:
    text = f"{purpose.rstrip(': ')}: nobody is asked by the page"
    remedy = "set MARGINLINE_PASSPHRASE and start the monitor again"
    raise InputError([Problem("keys", "", text, remedy)])


def ask(purpose: str) -> str:
    """Ask a person for a secret, without echo.

    Raises:
        UsageProblem: there is no terminal to ask at.
    """
    if not sys.stdin.isatty():
        raise UsageProblem(
            f"{purpose.rstrip(': ')}: there is no terminal to ask at; set MARGINLINE_PASSPHRASE"
        )
    return getpass.getpass(purpose)


def connection_of(asked: Asked, environment: Mapping[str, str] | None = None) -> Connection:
    """The connection that is asked for: from a key that is kept, else from the environment.

    Raises:
        UsageProblem: no such key, or none at all.
        InputError: an exchange that cannot be asked.
    """
    env = os.environ if environment is None else environment
    url = venue_address(asked.url, env)
    if asked.exchange is not None and asked.key is None and env.get(VARIABLES[0]):
        return _from_environment(asked.exchange, env, url)
    if asked.exchange is None and asked.key is not None and env.get(VARIABLES[0]):
        from marginline.feeds.plans.venues import EXCHANGES, VENUES

        if asked.key in VENUES or asked.key in EXCHANGES:
            return _from_environment(asked.key, env, url)
    from marginline.monitor.connecting.keys import connection_from

    return connection_from(_kept(asked), url)


def venue_address(url: str | None, env: Mapping[str, str]) -> str | None:
    """Where a venue is asked instead: by the option, else by MARGINLINE_URL.

    Raises:
        UsageProblem: it is no address.
    """
    from marginline.cli.live.addresses import address_of

    if url is not None:
        return address_of(url, SANDBOX)
    told = env.get(URL_VARIABLE)
    return address_of(told, SANDBOX, URL_VARIABLE) if told else None


def _from_environment(exchange: str, env: Mapping[str, str], url: str | None) -> Connection:
    from marginline.feeds.plans.venues import VENUES, venue_named
    from marginline.feeds.wire.connection import Connection

    venue = venue_named(exchange)
    key, secret, passphrase = (env.get(name, "") for name in VARIABLES)
    if not secret or (VENUES[venue].passphrase and not passphrase):
        missing = VARIABLES[1] if not secret else VARIABLES[2]
        raise UsageProblem(f"{VARIABLES[0]} is set and {missing} is not; export it, too")
    return Connection(
        account=exchange, venue=venue, key=key, secret=secret, passphrase=passphrase, rest_url=url
    )


def _kept(asked: Asked) -> KeyRecord:
    """The key by its name, or the only one of its exchange."""
    from marginline.feeds.plans.venues import EXCHANGES, VENUES, venue_named

    there = keys()
    wanted = asked.exchange or (asked.key if asked.key in {*VENUES, *EXCHANGES} else None)
    if asked.key is not None and (found := there.get(asked.key)) is not None:
        of = EXCHANGES.get(asked.exchange or "", (asked.exchange,))
        if asked.exchange is not None and found.venue not in of:
            raise UsageProblem(f"key {asked.key} is of {found.venue}, not of {asked.exchange}")
        return found
    if wanted is None or (asked.key is not None and asked.exchange is not None):
        names = ", ".join(there.names()) or "none is kept"
        raise UsageProblem(
            f"no key {shown(asked.key or '', 60)} in {there.place}: {names}; `marginline keys add`"
        )
    venues = EXCHANGES.get(wanted, (wanted,))
    venue_named(wanted)
    records = [record for name in there.names() if (record := there.get(name)) is not None]
    fitting = [record for record in records if record.venue in venues]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise UsageProblem(f"several keys of {wanted}: name one, --key {fitting[0].name}")
    raise UsageProblem(
        f"no key of {wanted}: set {VARIABLES[0]} and {VARIABLES[1]}, or `marginline keys add NAME"
        f" --exchange {wanted}`"
    )


def fetched(asked: Asked) -> Account:
    """The account that is asked for, from its venue; progress stands on a terminal's last line.

    A key may read and nothing else, unless it was kept with its rights accepted.

    Raises:
        VenueError: the venue gave no answer that may be used.
        InputError, UsageProblem: there is no such key; it may do more than read.
    """
    from marginline.cli.live.needs import needs_live
    from marginline.feeds.plans.carrying import account_of, rights_of
    from marginline.monitor.connecting.keys import too_many_rights

    needs_live("asking a venue")
    connection = connection_of(asked)

    async def visit() -> Account:
        if not connection.accept_trading:
            rights = await rights_of(connection)
            if not rights.reads_only:
                raise too_many_rights(rights, keeping_it(connection.account))
        with _progress() as told:
            return await account_of(connection, progress=told)

    return asyncio.run(visit())


def keeping_it(name: str) -> str:
    """How a key that may do more than read is kept all the same."""
    return (
        f"or keep it with `marginline keys add {shown(name, 40)} --accept-trading` (or"
        " --accept-withdrawal)"
    )


class _progress:  # noqa: N801 - a context of this file alone
    """Which call is on its way, on the last line of a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._shown = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Callable[[str], None]:
        return self._tell

    def _tell(self, path: str) -> None:
        if self._shown:
            print(f"\r\x1b[Kasking: {shown(path, 60)}", end="", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
