"""The settings of a monitor: a TOML file, over it the environment, over both the options.

```toml
[page]
port = 8765

[[accounts]]
name = "main"
venue = "binance_usdm"
key_env = "MAIN_KEY"        # the variable that holds the key; the key itself stands nowhere
secret_env = "MAIN_SECRET"

[[accounts]]
name = "second"
key = "second"              # as `marginline keys add` calls it

[[accounts]]
name = "paper"
file = "paper.json"
```
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from marginline.cli.exits import UsageProblem
from marginline.cli.input.settings_file import settings_file
from marginline.core.account.file import read_text
from marginline.core.document._scalars import MAX_NAME, is_number_text
from marginline.core.document.misfit import KINDS, place_of
from marginline.core.numbers import is_digits
from marginline.errors import DocumentError, shown

SECOND = 1_000
Level = Literal["line", "call", "act", "warn", "unknown"]
_KINDS = {**KINDS, "object": "a table"}


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a name that it does not know is an error."""


class PageTable(_Table, frozen=True, kw_only=True):
    """Where the page listens. Any host but loopback needs a token and TLS (or `insecure`)."""

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    insecure: bool = False
    certificate: str | None = None
    key: str | None = None
    hosts: tuple[str, ...] = ()


class LimitsTable(_Table, frozen=True, kw_only=True):
    """Seconds after which an input is too old to judge by, and how long a loss may heal untold."""

    marks: Decimal = Decimal(10)
    account: Decimal = Decimal(30)
    tiers: Decimal = Decimal(7200)
    hold: Decimal = Decimal(30)


class BandsTable(_Table, frozen=True, kw_only=True):
    """Shares of the support in use: what a plan leads back to, where to warn, where to act."""

    target: Decimal = Decimal("0.6")
    warn: Decimal = Decimal("0.7")
    act: Decimal = Decimal("0.8")


class JudgingTable(_Table, frozen=True, kw_only=True):
    """By what account files are judged: as --watch and --max-age, which go before it."""

    watch: str | None = None
    max_age: str | None = None


class HistoryTable(_Table, frozen=True, kw_only=True):
    """What is kept beyond the run, and where; see `marginline.monitor.keeping`.

    `url`: sqlite:///FILE or postgresql://USER@HOST/DATABASE; "none" keeps nothing; left out, a file
    in the user's data folder. `keep_days` of telemetry (0: for ever; ledger, alerts and deliveries
    are always kept). `raw` records the run, every message included, so that `marginline replay`
    can live it again. `interval`: seconds between
    assessments while only prices move.
    """

    url: str | None = None
    keep_days: int = 90
    raw: bool = False
    interval: Decimal = Decimal(60)


class TargetTable(_Table, frozen=True, kw_only=True):
    """Somewhere alerts go, as an address of Apprise; it is a secret, better in `url_env`.

    `group` 1 is told first; a later group is asked where all of the one before it fail.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
    url: str | None = None
    url_env: str | None = None
    group: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1

    def __repr__(self) -> str:
        return f"TargetTable(name={self.name!r}, group={self.group})"


class OwnBandsTable(_Table, frozen=True, kw_only=True):
    """The bands of one account; what is left out is as [bands] has it. Times in seconds."""

    target: Decimal | None = None
    warn: Decimal | None = None
    act: Decimal | None = None
    rearm: Decimal | None = None
    dwell: Annotated[int, msgspec.Meta(ge=0, le=604_800)] | None = None
    cooldown: Annotated[int, msgspec.Meta(ge=0, le=604_800)] | None = None
    remind: Annotated[int, msgspec.Meta(ge=0, le=604_800)] | None = None


class AlertsTable(_Table, frozen=True, kw_only=True):
    """How alerts reach people.

    `quiet` "22:00-07:00" by the wall clock of `time_zone`, but for the levels of `quiet_except`.
    `heartbeat` seconds between signs of life to a dead-man's switch. `timeout` seconds of one
    attempt. `private` lets webhooks lead to this machine and private networks.
    """

    quiet: str | None = None
    time_zone: str = "UTC"
    quiet_except: tuple[Level, ...] = ("line", "call")
    heartbeat_url: str | None = None
    heartbeat_url_env: str | None = None
    heartbeat: Decimal = Decimal(60)
    timeout: Decimal = Decimal(4)
    private: bool = False
    targets: tuple[TargetTable, ...] = ()
    accounts: dict[str, OwnBandsTable] = {}

    def __repr__(self) -> str:
        return f"AlertsTable(targets={self.targets!r})"


class AccountTable(_Table, frozen=True, kw_only=True):
    """One account: a key that is kept, or one that variables hold, or a file that changes on disk.

    `key` is what `marginline keys add` calls it; `venue`, `key_env`, `secret_env` (and
    `passphrase_env`, where the venue's keys have one) name the variables.
    """

    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] | None = None
    file: str | None = None
    venue: str | None = None
    key: str | None = None
    key_env: str | None = None
    secret_env: str | None = None
    passphrase_env: str | None = None
    rest_url: str | None = None
    ws_url: str | None = None
    accept_trading: bool = False


class Config(_Table, frozen=True, kw_only=True):
    """The whole file."""

    page: PageTable = PageTable()
    limits: LimitsTable = LimitsTable()
    bands: BandsTable = BandsTable()
    judging: JudgingTable = JudgingTable()
    history: HistoryTable = HistoryTable()
    alerts: AlertsTable = AlertsTable()
    accounts: tuple[AccountTable, ...] = ()


_NO_LEVEL = re.compile(r"Invalid enum value '(.*)'")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_BELOW: dict[tuple[type[_Table], str], type[_Table]] = {
    (Config, "page"): PageTable,
    (Config, "limits"): LimitsTable,
    (Config, "bands"): BandsTable,
    (Config, "judging"): JudgingTable,
    (Config, "history"): HistoryTable,
    (Config, "alerts"): AlertsTable,
    (Config, "accounts"): AccountTable,
    (AlertsTable, "targets"): TargetTable,
    (AlertsTable, "accounts"): OwnBandsTable,
}


def load(path: str | None, environment: Mapping[str, str] | None = None) -> tuple[Config, Path]:
    """The settings, and the folder that file names in them start from.

    Looked for at `path`, else at MARGINLINE_CONFIG, else here, else in the user's configuration
    folder; without any file the defaults.

    Raises:
        UsageProblem: a file that is not there, is no TOML, or says something that cannot be.
    """
    env = os.environ if environment is None else environment
    file = settings_file(path, env)
    named = "--config " if path else "MARGINLINE_CONFIG " if env.get("MARGINLINE_CONFIG") else ""
    config = Config() if file is None else _read(file, named)
    return _with_environment(config, env), Path() if file is None else file.parent


def _read(file: Path, named: str) -> Config:
    try:
        document = tomllib.loads(read_text(file)[1], parse_float=Decimal)
        config = msgspec.convert(document, Config)
    except DocumentError as error:
        said = error.problems[0]
        remedy = said.remedy or "`marginline init` writes one"
        raise UsageProblem(f"{named}{shown(str(file), 200)}: {said.message}; {remedy}") from None
    except tomllib.TOMLDecodeError as problem:
        raise UsageProblem(f"{file}: is no TOML: {shown(str(problem), 200)}") from None
    except msgspec.ValidationError as problem:
        raise UsageProblem(
            f"{file}: {_at_fault(problem)} (`marginline init` shows what there may be)"
        ) from None
    _refuse_no_numbers(config, document, str(file))
    return config


def _at_fault(problem: msgspec.ValidationError) -> str:
    """The place first, in the words of the file: page.port: must be a whole number, found text."""
    where, said = place_of(str(problem))
    if unknown := _UNKNOWN.fullmatch(said):
        name = f"{where}.{unknown[1]}" if where else unknown[1]
        there = ", ".join(_table_at(where).__struct_fields__)
        return f"{shown(name, 200)}: is no setting; there is: {there}"
    if wrong := _NO_LEVEL.fullmatch(said):
        return f"{where}: {shown(wrong[1], 40)} is none of {', '.join(get_args(Level))}"
    words = re.sub(r"`([a-z |]+)`", lambda kind: _KINDS.get(kind[1], kind[0]), said)
    words = words.replace("Invalid decimal string", "must be a number")
    words = words.replace("Expected", "must be", 1).replace("got", "found", 1)
    return f"{where}: {shown(words, 300)}" if where else shown(words, 300)


def _table_at(where: str) -> type[_Table]:
    """The table that stands at a place of the file: page, accounts[0], alerts.accounts[...]."""
    found: type[_Table] = Config
    for step in re.findall(r"[a-z_]+", where):
        found = _BELOW[found, step]
    return found


def _refuse_no_numbers(table: msgspec.Struct, told: object, place: str) -> None:
    """TOML can say nan and inf, and text any digits, which no setting can be."""
    for name in table.__struct_fields__:
        value = getattr(table, name)
        said = told.get(name) if isinstance(told, Mapping) else None
        where = f"{place}: {name}" if place.endswith(".toml") else f"{place}.{name}"
        if isinstance(value, Decimal):
            written = not isinstance(said, str) or is_number_text(said)
            if not (value.is_finite() and written):
                found = shown(said, 40) if isinstance(said, str) else value
                raise UsageProblem(f"{where} {found}: must be a number, such as 0.5")
        if isinstance(value, msgspec.Struct):
            _refuse_no_numbers(value, said, where)
        elif isinstance(value, dict):
            for key, each in value.items():
                inside = said.get(key) if isinstance(said, Mapping) else None
                _refuse_no_numbers(each, inside, f"{where}.{shown(key, 60)}")


def _with_environment(config: Config, env: Mapping[str, str]) -> Config:
    page = config.page
    if host := env.get("MARGINLINE_HOST"):
        page = msgspec.structs.replace(page, host=host)
    if token := env.get("MARGINLINE_TOKEN"):
        page = msgspec.structs.replace(page, token=token)
    if port := env.get("MARGINLINE_PORT"):
        if not is_digits(port):
            raise UsageProblem(f"MARGINLINE_PORT {shown(port, 50)}: must be a port, 0 to 65535")
        page = msgspec.structs.replace(page, port=int(port))
    history = config.history
    if url := env.get("MARGINLINE_HISTORY"):
        history = msgspec.structs.replace(history, url=url)
    return msgspec.structs.replace(config, page=page, history=history)
