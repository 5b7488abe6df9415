"""Binance's recorded and documented answers, each read by itself and reconciled.

They lie outside the repository (see `shared_data` in `tests/conftest.py`). Run as a module, with
the folder of payloads as argument, this prints the table of what became of each file.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from marginline.core.account.account import Account
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, Reconciliation, reconcile
from marginline.venues.reader.files import read_files

FOLDERS = ("documented", "adapter-samples")
FIRST_RULEBOOK = datetime(2020, 8, 14, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """One file: the account it makes, and how its figures compare."""

    name: str
    account: Account
    found: Reconciliation

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many figures agree, differ, cannot be computed."""
        agrees, differs, gaps = (self.found.count(outcome) for outcome in Outcome)
        return agrees, differs, gaps


def files(payloads: Path) -> list[Path]:
    """Every file of Binance in the folder of payloads."""
    found = [p for name in FOLDERS for p in (payloads / name).glob("*") if p.is_file()]
    return sorted(path for path in found if path.name.lower().startswith("binance"))


def read_sample(path: Path) -> Account:
    """The account of one file, with what its answer leaves out and a caller would know."""
    given: dict[str, str] = {}
    for _ in range(3):
        try:
            account = read_files([path], **given)  # type: ignore[arg-type]
        except PayloadError as refused:
            missing = refused.problems[0].path
            known = {"mode": "single_asset", "as_of": "2025-07-01T00:00:00Z"}
            if missing not in known or missing in given:
                raise
            given[missing] = known[missing]
            continue
        if account.as_of >= FIRST_RULEBOOK:
            return account
        given["as_of"] = FIRST_RULEBOOK.isoformat()  # older than every rulebook
    raise AssertionError(path)


def reconcile_samples(payloads: Path) -> list[Sample]:
    """Every file of Binance, read and reconciled."""
    accounts = ((path.name, read_sample(path)) for path in files(payloads))
    return [Sample(name, account, reconcile(account)) for name, account in accounts]


def markdown(samples: list[Sample]) -> str:
    """The table: a file a line, with its first difference or contradiction."""
    lines = [
        "| file | agrees | differs | not computable | first difference |",
        "|---|---|---|---|---|",
    ]
    for sample in samples:
        first = sample.found.first_difference
        reason = "" if first is None else f"{first.where} {first.label}: {first.reason}"
        counts = " | ".join(map(str, sample.counts))
        lines.append(f"| {sample.name} | {counts} | {reason.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown(reconcile_samples(Path(sys.argv[1]))))  # noqa: T201
