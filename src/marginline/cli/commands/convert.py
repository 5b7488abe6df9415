"""`marginline convert`: raw answers to an account file; JSON to TOML and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import Reading, read_one
from marginline.core.account.file import dump_json, dump_toml, to_dict

WRITERS = {".json": dump_json, ".toml": dump_toml}


def run(files: Sequence[str], out: str, reading: Reading, *, force: bool) -> Exit:
    """Write the account that the files describe to `out`; `-` is stdout, as JSON."""
    suffix = ".json" if out == "-" else Path(out).suffix.lower()
    if suffix not in WRITERS:
        raise UsageProblem(f"--output {out}: the name must end in .json or .toml")
    given = read_one(files, reading)
    if out == "-":
        write_document(to_dict(given.account))
        return Exit.HEALTHY
    with given.named():
        text = WRITERS[suffix](given.account)
    _write(Path(out), text, force=force)
    return Exit.HEALTHY


def _write(path: Path, text: str, *, force: bool) -> None:
    """The file whole or not at all; one that exists is kept unless `force` says otherwise."""
    if path.exists() and not force:
        raise UsageProblem(f"{path} exists; --force replaces it")
    try:
        fresh = path.with_name(path.name + ".part")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as problem:
        raise UsageProblem(f"{path} cannot be written: {problem.strerror or problem}") from None
