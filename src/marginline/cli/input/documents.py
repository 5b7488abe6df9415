"""JSON on stdout: indented, and in ASCII, so that any terminal and pipe can carry it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def write_document(document: object) -> None:
    """One document. NaN is no JSON: what is not known is null or left out before it comes here."""
    print(json.dumps(document, indent=2, allow_nan=False))


def of(provenance: Mapping[str, str], document: Mapping[str, object]) -> dict[str, object]:
    """A document with the account that it is about, after the name of its format."""
    schema = {name: document[name] for name in ("schema",) if name in document}
    return {**schema, **provenance, **document}


def write_documents(documents: Sequence[object], *, several: bool) -> None:
    """One document by itself, or an array where several were asked for; nothing for none."""
    if several:
        write_document(list(documents))
    elif documents:
        write_document(documents[0])
