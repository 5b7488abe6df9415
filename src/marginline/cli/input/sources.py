"""From the paths on the command line to accounts: account files, stdin, raw payloads."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from marginline.cli.exits import AlreadyReported, UsageProblem, report_input
from marginline.cli.input import judging
from marginline.cli.input.folders import spread
from marginline.cli.input.tier_files import read_tiers, with_tiers
from marginline.cli.live.asking import MARK, Asked, asked_of, fetched
from marginline.core.account.account import ACCOUNT_SCHEMA, Account
from marginline.core.account.file import MAX_BYTES, from_dict, load, parse_json, read_text
from marginline.errors import DocumentError, InputError, Problem, shown
from marginline.venues.plausible import blinding_of
from marginline.venues.reader.forms import is_container, values

if TYPE_CHECKING:
    from marginline.core.assessment.assessment import Assessment

T = TypeVar("T")
P = TypeVar("P")

STDIN = "-"
MANY = 20  # files from which a progress bar is worth its line
_ACCOUNT_FIELDS = {"schema", "venue", "as_of", "wallets"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How payload files are to be read: venue, mode and moment, where the user names them."""

    venue: str | None = None
    mode: str | None = None
    as_of: str | None = None
    kind: tuple[str, ...] = ()
    tiers: str | None = None
    asked: Asked | None = None

    @property
    def of_payloads(self) -> bool:
        """Whether the user says that the files are raw answers."""
        return self.venue is not None or bool(self.kind)


@dataclass(frozen=True, slots=True)
class Given:
    """One account to be looked at: where it came from, and what it says."""

    source: str
    account: Account

    @property
    def name(self) -> str:
        """What to call it: its own label, else where it came from."""
        return self.account.name or self.source

    @property
    def known(self) -> bool:
        """Whether nothing keeps it from being called safe: no command may end well without."""
        return not blinding_of(self.account)

    def provenance(self) -> dict[str, str]:
        """What every document of this account says of it: its name, and where it came from."""
        return {"name": self.name, "source": self.source}

    def assess(self) -> Assessment:
        """Its assessment."""
        with self.named():
            return judging.assess(self.account, self.source)

    @contextmanager
    def named(self) -> Iterator[None]:
        """What is wrong with this account is told with the name of its file."""
        try:
            yield
        except InputError as error:
            error.source = error.source or self.source
            raise


class Accounts:
    """The accounts that files describe, one after the other; an unreadable file is reported.

    Account files are an account each; all files of raw answers together are one, and so is a folder
    of them; a folder that holds account files, or folders, is what these are. `failures` counts
    what could not be used, `expected` what was to be read, `refused` holds why; without `told`
    nothing is reported.
    """

    def __init__(self, files: Sequence[str], reading: Reading, *, told: bool = True) -> None:
        self.files = once(files)
        self.reading = reading
        self.told = told
        self.refused: list[tuple[str, InputError]] = []
        with naming("--tiers"):
            self.tiers = None if reading.tiers is None else read_tiers(reading.tiers)
        self.failures = 0
        self.expected = 0

    def __iter__(self) -> Iterator[Given]:
        payloads: list[str] = []
        if self.reading.asked is not None:
            yield from self._asked(self.reading.asked)
        paths = self.files if self.reading.of_payloads else spread(self.files)
        answers, own = False, ""
        for path in watched(paths):
            if isinstance(path, tuple):
                answers = True
                yield from self._payloads(list(path))
                continue
            if path.startswith(MARK):
                own = path
                self._refuse_unread(own, alone=len(paths) == 1)
                yield from self._asked(asked_of(path))
                continue
            if self.reading.of_payloads and path != STDIN:
                payloads.append(path)
                continue
            try:
                account = account_in(path)
            except InputError as error:
                self._fail(error, path)
                continue
            if account is None:
                payloads.append(path)
                continue
            own = "stdin" if path == STDIN else path
            self._refuse_unread(own, alone=len(paths) == 1)
            self.expected += 1
            yield Given(own, self._whole(account))
        if payloads:
            yield from self._payloads(payloads)
        self._refuse_unread(own, alone=bool(own) and not (answers or payloads))

    def _refuse_unread(self, source: str, *, alone: bool) -> None:
        """Raises UsageProblem where an option is of raw answers, and nothing read is one."""
        of_answers = ("venue", "kind", "mode", "as_of") if alone else ()
        for name in (each for each in of_answers if getattr(self.reading, each)):
            option = "--" + name.replace("_", "-")
            text = (
                f"{option} is of raw answers, and {shown(source, 200)} is none: it says that itself"
            )
            raise UsageProblem(f"{text}; leave {option} out")

    def each(self, look: Callable[[Given], T]) -> Iterator[tuple[Given, T]]:
        """Every account with what `look` finds; what it refuses is reported and counted."""
        for given in self:
            try:
                found = look(given)
            except InputError as error:
                self._refuse(error, given.source)
            else:
                yield given, found

    def _asked(self, asked: Asked) -> Iterator[Given]:
        """The account behind a key, from its venue; what a venue refuses ends the run."""
        account = fetched(asked)
        self.expected += 1
        yield Given(asked.shown, self._whole(account))

    def _payloads(self, paths: list[str]) -> Iterator[Given]:
        from marginline.venues.reader.files import read_files

        reading = self.reading
        try:
            account = read_files(
                paths, reading.venue, kind=reading.kind, mode=reading.mode, as_of=reading.as_of
            )
        except InputError as error:
            self._fail(_explained(error, reading), paths[0] if len(paths) == 1 else "")
            return
        self.expected += 1
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield Given(paths[0] + more, self._whole(account))

    def _whole(self, account: Account) -> Account:
        """The account with its age told, and with the tiers that it lacks."""
        return judging.aged(account if self.tiers is None else with_tiers(account, self.tiers))

    def _fail(self, error: InputError, source: str) -> None:
        self._refuse(error, source)
        self.expected += 1

    def _refuse(self, error: InputError, source: str) -> None:
        if self.told:
            report_input(error, source)
        self.refused.append((source or error.source, error))
        self.failures += 1


def option_text(option: str, path: str) -> str:
    """The text of the file that an option names.

    Raises:
        UsageProblem: it cannot be read; names the option, the file and what to do.
    """
    try:
        return read_text(path)[1]
    except DocumentError as error:
        problem = error.problems[0]
        remedy = f"; {problem.remedy}" if problem.remedy else ""
        raise UsageProblem(f"{option} {shown(path, 200)}: {problem.message}{remedy}") from None


@contextmanager
def naming(option: str) -> Iterator[None]:
    """What is wrong with the file of an option is told with the option's name."""
    try:
        yield
    except InputError as error:
        error.source = f"{option} {error.source}".strip()
        raise


def account_in(path: str) -> Account | None:
    """The account of an account file; `-` is stdin. None: the file holds something else.

    Raises:
        DocumentError: it cannot be read, or what it says cannot be an account.
    """
    if path == STDIN:
        return _account_on_stdin()
    if path.lower().endswith(".toml"):
        return load(path)
    if is_container(path):
        return None
    name, text = read_text(path)
    try:
        value = parse_json(text, name)
    except DocumentError as problem:
        if not _of_answers(text):  # a recorded answer begins with its verb and address
            raise problem from None
    else:
        if isinstance(value, Mapping) and not _ACCOUNT_FIELDS.isdisjoint(value):
            return from_dict(value, source=name)
    if Path(path).is_fifo():  # its readers would read it again, and what was there is gone
        text, remedy = "a venue's answer out of a pipe is not recognised by itself", "give --venue"
        raise DocumentError([Problem("document", "", text, f"{remedy}, or a file")], name)
    return None


def _of_answers(text: str) -> bool:
    """Whether a text that is no JSON is one of the other forms in which answers lie."""
    if text.lstrip()[:1] not in ("{", "[", ""):
        return True
    try:
        values(text, parse_json)
    except DocumentError:
        return False
    return True


def _account_on_stdin() -> Account:
    """Stdin as JSON, or as TOML where it does not begin as JSON does."""
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    file = io.BytesIO(content)
    file.name = "stdin"
    json_like = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"")
    return load(file, form="json" if json_like else "toml")


def _explained(error: InputError, reading: Reading) -> InputError:
    """What else to try, where no reader knows a file."""
    if reading.of_payloads or all("not recognised" not in p.message for p in error.problems):
        return InputError([_with_option(problem) for problem in error.problems], error.source)
    message = "is neither an account file nor an answer that a reader knows"
    remedy = (
        f'an account file begins with "schema": "{ACCOUNT_SCHEMA}"; --venue says whose answer it is'
    )
    return InputError([Problem("document", "", message, remedy)], error.source)


def _with_option(problem: Problem) -> Problem:
    """Where the remedy is an option of ours, its name too."""
    if problem.path not in ("mode", "as_of"):
        return problem
    option = "--" + problem.path.replace("_", "-")
    return replace(problem, remedy=f"{problem.remedy} ({option})")


def once(paths: Sequence[str]) -> list[str]:
    """The paths, refusing stdin twice: it can be read only once."""
    if paths.count(STDIN) > 1:
        raise UsageProblem("stdin (-) can be read only once; name it once")
    return list(paths)


def watched(files: Sequence[P]) -> Iterator[P]:
    """The files, with a progress bar on stderr where a person watches and there are many."""
    if len(files) < MANY or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from files
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(files, "reading", console=Console(stderr=True), transient=True)


def read_one(files: Sequence[str], reading: Reading) -> Given:
    """The one account that the files describe.

    Raises:
        AlreadyReported: it cannot be used; why is on stderr.
        UsageProblem: they describe several.
    """
    accounts = Accounts(files, reading)
    found = list(accounts)
    if accounts.failures or not found:
        raise AlreadyReported
    if len(found) > 1:
        raise UsageProblem(f"one account is needed, {len(found)} are given")
    return found[0]
