"""`marginline demo --print`: six accounts of ours that tell stories, assessed as any would be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import Given
from marginline.cli.page.health import write_account
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page
from marginline.cli.page.words import now
from marginline.cli.writing import free, write_text
from marginline.core.account.file import from_dict

STORIES = (
    "comfortable",
    "strained",
    "one-move-away",
    "hedged-but-called",
    "rich-on-paper",
    "coins-as-collateral",
)
"""The sample accounts, in the order in which they are told."""

_NEXT = (
    ("marginline demo --save DIR", "keep these accounts as files, then try:"),
    ("marginline explain DIR/strained.json USDT maintenance_margin", "where a number comes from"),
    ("marginline whatif DIR/strained.json --shock all:-1%", "what a fall would do"),
    ("marginline liquidation DIR/coins-as-collateral.json", "how far it may fall"),
    (
        "marginline size DIR/comfortable.json BTCUSDT buy --keep-ratio 0.5",
        "how large an order may be",
    ),
)


def run(names: Sequence[str], *, exact: bool, as_json: bool, save: str | None, force: bool) -> Exit:
    """Tell every story, or those named. Always exit code 0: these accounts are nobody's."""
    for name in names:
        if name not in STORIES:
            raise UsageProblem(f"no story is called {name}; there is: {', '.join(STORIES)}")
    chosen = tuple(names) or STORIES
    if save is not None:
        _save(Path(save), chosen, force=force)
    elif as_json:
        documents = [given.assess().to_dict() for _, given in _told(chosen)]
        write_document(documents)
    else:
        _write(Page(Style(exact=exact)), chosen, last=not names)
    return Exit.HEALTHY


def text_of(name: str) -> str:
    """The account file of one story."""
    file = resources.files("marginline.cli") / "samples" / f"{name}.json"
    return file.read_text("utf-8")


def _told(names: Sequence[str]) -> Iterator[tuple[str, Given]]:
    for name in names:
        account = from_dict(json.loads(text_of(name)))
        yield str(account.extra["story"]), Given(f"{name}.json", account)


def _write(page: Page, names: Sequence[str], *, last: bool) -> None:
    for number, (story, given) in enumerate(_told(names)):
        if number:
            page.divide()
        page.paragraph((story, "italic"))
        page.blank()
        write_account(page, given.account, given.assess(), source=given.source, at=now())
    if last:
        page.divide()
        page.line(("what next", "bold"))
        for command, about in _NEXT:
            page.line((command, "cyan"), (f"   {about}", "dim"), indent=2)


def _save(folder: Path, names: Sequence[str], *, force: bool) -> None:
    """All of them or none: nothing is written where one of them would replace a file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UsageProblem(f"{folder} cannot be written: {problem.strerror or problem}") from None
    paths = {name: free(folder / f"{name}.json", force=force) for name in names}
    for name, path in paths.items():
        write_text(path, text_of(name), force=force)
        print(ascii(str(path))[1:-1])
