"""False comfort and false alarm in a sentence, where there is one to say."""

from __future__ import annotations

from collections.abc import Iterator

from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page, data
from marginline.cli.page.words import status_word
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Status
from marginline.risk.stress.comfort import Comfort, comforts

_NAMES = {"unrealized_profit": "unrealized profit", "bonus": "bonus"}


def write_comfort(page: Page, account: Account, assessment: Assessment) -> None:
    """What a ratio alone would hide, pool by pool; nothing where it hides nothing."""
    for each in comforts(account, assessment):
        for text in comfort_words(page.style, each):
            page.paragraph(text, hanging=2)


def comfort_words(style: Style, each: Comfort) -> Iterator[str]:
    """The sentences of one pool."""
    asset = data(each.asset)
    if each.false_comfort:
        props = [
            f"{style.amount(amount, each.asset)} {asset} of {_NAMES[name]}"
            for name, amount in each.props.items()
            if name in _NAMES
        ]
        if each.own > 0:
            rest = f"{style.amount(each.own, each.asset)} of the buffer is left"
        else:
            rest = f"the line is passed by {style.amount(-each.own, each.asset)}"
        yield (
            f"False comfort: {data(each.pool)} stands on {' and '.join(props)}; without it {rest}."
        )
    then = each.statuses.get("most_cut")
    if (
        then is not None
        and each.most_cut is not None
        and Status.worst([each.status, then]) != each.status
    ):
        yield (
            f"Without its {data(each.most_cut)}, of which haircuts take most, {data(each.pool)}"
            f" would be {status_word(then)}."
        )
    if each.false_alarm and each.moved is not None:
        most = style.amount(each.moved, each.asset)
        taken = f"takes at most {most}" if each.moved > 0 else "takes nothing"
        yield (
            f"Hedged: a move of all prices by 10 % either way {taken} of the buffer of"
            f" {style.amount(each.buffer, each.asset)} {asset} in {data(each.pool)}."
        )
