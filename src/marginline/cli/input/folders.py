"""Folders of accounts: account files an account each, a folder of raw answers one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from marginline.core.account.account import ACCOUNT_SCHEMA
from marginline.venues.reader.forms import ARCHIVES

Spread = str | tuple[str, ...]
"""A path as it was given, or the paths of raw answers of one account."""

_DEEP = 4  # folders within folders
_HEAD = 4096  # characters in which an account file names its schema
_FORMS = (".json", ".toml", ".jsonl", ".ndjson")


def spread(paths: Sequence[str]) -> list[Spread]:
    """The paths, with folders of accounts as what they hold.

    A folder that holds neither an account file nor folders is a folder of raw answers: it stays as
    it is where it is the only path, and is one account beside others.
    """
    found: list[Spread] = []
    for path in paths:
        folder = Path(path)
        inside = list(_inside(folder, 0)) if folder.is_dir() else []
        if inside and (len(paths) > 1 or inside != [(path,)]):
            found += inside
        else:
            found.append(path)
    return found


def holds_accounts(paths: Sequence[str]) -> bool:
    """Whether one of the paths is a folder that holds accounts, each by itself."""
    return any(Path(path).is_dir() and spread([path]) != [path] for path in paths)


def _inside(folder: Path, depth: int) -> Iterator[Spread]:
    entries = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    folders = [each for each in entries if each.is_dir()]
    files = [each for each in entries if each.is_file()]
    accounts = [each for each in files if _is_account(each)]
    if not accounts and (not folders or depth >= _DEEP):
        yield (str(folder),)
        return
    yield from map(str, accounts)
    rest = tuple(
        str(each)
        for each in files
        if each not in accounts and each.name.lower().endswith((*_FORMS, *ARCHIVES))
    )
    if rest:
        yield rest
    for each in folders:
        if any(each.iterdir()):
            yield from _inside(each, depth + 1)


def _is_account(path: Path) -> bool:
    """Whether a file says of itself that it is an account; an unreadable one says nothing."""
    if path.name.lower().endswith(".toml"):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return ACCOUNT_SCHEMA.encode() in head or b'"wallets"' in head
