"""`marginline schema`: the published JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document

FILES = {
    "account": ("marginline.core", "account-1.json"),
    "assessment": ("marginline.core", "assessment-1.json"),
    "accounts": ("marginline.cli", "accounts-1.json"),
    "explanation": ("marginline.cli", "explanation-1.json"),
    "headroom": ("marginline.cli", "headroom-1.json"),
    "outlook": ("marginline.cli", "outlook-1.json"),
    "liquidation": ("marginline.cli", "liquidation-1.json"),
    "what-if": ("marginline.cli", "what-if-1.json"),
    "stress": ("marginline.cli", "stress-1.json"),
    "contagion": ("marginline.cli", "contagion-1.json"),
    "study": ("marginline.cli", "study-1.json"),
    "sizing": ("marginline.cli", "sizing-1.json"),
    "reduction": ("marginline.cli", "reduction-1.json"),
    "reconciliation": ("marginline.cli", "reconciliation-1.json"),
    "attribution": ("marginline.cli", "attribution-1.json"),
    "ledger": ("marginline.cli", "ledger-1.json"),
    "history": ("marginline.cli", "history-1.json"),
    "history-accounts": ("marginline.cli", "history-accounts-1.json"),
    "history-check": ("marginline.cli", "history-check-1.json"),
    "history-parameters": ("marginline.cli", "history-parameters-1.json"),
    "recorded": ("marginline.cli", "recorded-1.json"),
    "replay": ("marginline.cli", "replay-1.json"),
    "reread": ("marginline.cli", "reread-1.json"),
    "alerts": ("marginline.cli", "alerts-1.json"),
    "alerts-test": ("marginline.cli", "alerts-test-1.json"),
    "rules-matrix": ("marginline.cli", "rules-matrix-1.json"),
    "rulebook": ("marginline.cli", "rulebook-1.json"),
    "rules-diff": ("marginline.cli", "rules-diff-1.json"),
    "tiers-diff": ("marginline.cli", "tiers-diff-1.json"),
    "book-sweep": ("marginline.cli", "book-sweep-1.json"),
    "book-watch": ("marginline.cli", "book-watch-1.json"),
    "book-stress": ("marginline.cli", "book-stress-1.json"),
    "book-map": ("marginline.cli", "book-map-1.json"),
    "book-bench": ("marginline.cli", "book-bench-1.json"),
}


def run(name: str | None) -> Exit:
    """Write one schema, or the names of those there are."""
    if name is None:
        print("\n".join(FILES))
    else:
        write_document(schema(name))
    return Exit.HEALTHY


def text_of(name: str) -> str:
    """The schema as the package carries it."""
    if name not in FILES:
        raise UsageProblem(f"no schema is called {name}; there is: {', '.join(FILES)}")
    package, file = FILES[name]
    return (resources.files(package) / "schemas" / file).read_text("utf-8")


# Any: a schema is JSON of whatever depth, and nobody but validators looks into it.
def schema(name: str) -> dict[str, Any]:
    """The schema, parsed."""
    found: dict[str, Any] = json.loads(text_of(name))
    return found
