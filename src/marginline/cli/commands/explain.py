"""`marginline explain`: the tree behind one number, each rule with its source."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page, Part, data, joined
from marginline.core.assessment.explanation import Explanation, explain
from marginline.core.assessment.rules import Fact

if TYPE_CHECKING:
    from rich.tree import Tree

EXPLANATION_SCHEMA = "marginline/explanation/1"
_OWN = "docs/glossary.md"  # our own definitions need no footnote


def run(
    files: Sequence[str], where: str, measure: str, reading: Reading, *, as_json: bool, exact: bool
) -> Exit:
    """Write the tree of one number."""
    given = read_one(files, reading)
    tree = _explanation(given, where, measure)
    if as_json:
        head = {"schema": EXPLANATION_SCHEMA, "account": given.provenance()}
        write_document(head | tree.to_dict())
    else:
        write_tree(Page(Style(exact=exact)), tree)
    return Exit.UNKNOWN if tree.value is None else Exit.HEALTHY


def _explanation(given: Given, where: str, measure: str) -> Explanation:
    return explain(given.assess(), where, measure)


def write_tree(page: Page, root: Explanation) -> None:
    """The tree with numbered sources, which follow it in full."""
    writer = _Writer(page)
    page.paragraph((data(root.meaning), "dim"))
    page.console.print(writer.tree(root), soft_wrap=False)
    for number, source in enumerate(writer.sources, 1):
        page.line((f"[{number}] ", "cyan"), data(source, 400))


class _Writer:
    """Turns explanations into branches; a number already explained is not explained again."""

    def __init__(self, page: Page) -> None:
        self.style = page.style
        self.sources: list[str] = []
        self.told: set[tuple[str, str]] = set()

    def tree(self, root: Explanation) -> Tree:
        """The whole tree."""
        from rich.tree import Tree

        tree = Tree(joined(self._head(root)), guide_style="dim")
        self._grow(tree, root)
        return tree

    def _grow(self, branch: Tree, node: Explanation) -> None:
        self.told.add((node.where, node.measure))
        if node.formula:
            branch.add(joined(self._rule(node)))
        if node.caveat:
            branch.add(joined([("approximate: ", "yellow"), data(node.caveat, 400)]))
        for fact in node.facts:
            branch.add(joined(self._fact(fact)))
        for child in node.inputs:
            again = (child.where, child.measure) in self.told and bool(child.inputs)
            head = self._head(child)
            twig = branch.add(joined([*head, (" (explained above)", "dim")] if again else head))
            if not again:
                self._grow(twig, child)

    def _head(self, node: Explanation) -> list[Part]:
        parts: list[Part] = [(data(node.where), "bold"), f" {node.measure} = "]
        if node.value is None:
            return [*parts, ("none", "yellow"), f": {data(node.reason, 400)}"]
        return [*parts, (self._number(node.value), "bold green"), f" {data(node.unit)}".rstrip()]

    def _number(self, value: Decimal | str) -> str:
        return self.style.figure(value) if isinstance(value, Decimal) else data(value, 400)

    def _rule(self, node: Explanation) -> list[Part]:
        word = f'; the venue calls it "{data(node.label)}"' if node.label else ""
        said = f"  {node.rule}, {node.evidence}{word}"
        return ["= ", (data(node.formula, 400), "italic"), (said, "dim"), *self._note(node.source)]

    def _fact(self, fact: Fact) -> list[Part]:
        text = f"{data(fact.name)}: {self._number(fact.value)} {data(fact.unit)}".rstrip()
        source = f"  {data(fact.source, 400)}" if fact.source else ""
        return [text, (source, "dim")]

    def _note(self, source: str) -> list[Part]:
        if not source or _OWN in source:
            return []
        if source not in self.sources:
            self.sources.append(source)
        return [(f" [{self.sources.index(source) + 1}]", "cyan")]
