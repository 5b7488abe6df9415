"""`marginline convert`: raw answers to an account file; JSON to TOML and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import Reading, read_one
from marginline.cli.writing import free, write_text
from marginline.core.account.file import dump_json, dump_toml, to_dict

WRITERS = {".json": dump_json, ".toml": dump_toml}


def run(files: Sequence[str], out: str, reading: Reading, *, force: bool) -> Exit:
    """Write the account that the files describe to `out`; `-` is stdout, as JSON."""
    suffix = ".json" if out == "-" else Path(out).suffix.lower()
    if suffix not in WRITERS:
        raise UsageProblem(f"--output {out}: the name must end in .json or .toml")
    if out != "-":
        free(out, force=force)
    given = read_one(files, reading)
    if out == "-":
        write_document(to_dict(given.account))
        return Exit.HEALTHY
    with given.named():
        text = WRITERS[suffix](given.account)
    write_text(out, text, force=force)
    return Exit.HEALTHY
