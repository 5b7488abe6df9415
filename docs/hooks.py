"""Builds the parts of the site that are not written in docs/: see mkdocs.yml.

README.md becomes the front page, CHANGELOG.md, CONTRIBUTING.md and the venues' READMEs become pages
of their own, and each room of the package gets a page in the reference. Links are written so that
they work in the repository; here they are turned to the page that shows their target.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import generated as generated_pages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import nest_paths

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "marginline"

# A reader's order; whatever is not named follows alphabetically.
ORDER = ("index", "tutorial", "how-to", "concepts", "glossary", "venues", "reference")
LAST = ("adr", "contributing", "changelog")
TITLES = {"adr": "Decisions", "how-to": "How-to"}

LINK = re.compile(r"(?P<text>!?\[[^\]]*\])\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
EXTERNAL = re.compile(r"^([a-z][a-z0-9+.-]*:|/)")


def published() -> dict[str, str]:
    """Pages of the site that are written elsewhere in the tree: repository path to page."""
    pages = {
        "README.md": "index.md",
        "CHANGELOG.md": "changelog.md",
        "CONTRIBUTING.md": "contributing.md",
    }
    for readme in sorted(PACKAGE.glob("venues/*/README.md")):
        pages[readme.relative_to(ROOT).as_posix()] = f"venues/{readme.parent.name}.md"
    return {source: page for source, page in pages.items() if (ROOT / source).is_file()}


def reference() -> dict[str, str]:
    """The reference: page to text. The flat namespace first, then one page for each room."""
    pages = {}
    modules = [PACKAGE / "__init__.py", PACKAGE / "errors.py", *PACKAGE.glob("*/__init__.py")]
    for module in filter(Path.is_file, modules):
        room = module.parent if module.name == "__init__.py" else module.with_suffix("")
        name = ".".join(("marginline", *room.relative_to(PACKAGE).parts))
        # A room that says what it exports is shown by those names alone, not by module and again.
        submodules = "false" if "__all__" in module.read_text(encoding="utf-8") else "true"
        page = "index" if room == PACKAGE else room.name
        pages[f"reference/{page}.md"] = (
            f"# {name}\n\n::: {name}\n    options: {{ show_submodules: {submodules} }}\n"
        )
    return pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere (one in docs/ of the same name wins), then order them all."""
    pages = reference() | generated_pages.pages()
    for source, page in published().items():
        pages[page] = (ROOT / source).read_text(encoding="utf-8")
    pages.setdefault("index.md", f"# {config.site_name}\n\n{config.site_description}\n")
    for page, text in pages.items():
        if files.get_file_from_path(page) is None:
            files.append(File.generated(config, page, content=text))
    if config.nav is None:
        config.nav = navigation(files)
    return files


def navigation(files: Files) -> list[Any]:
    """The tree of pages, top level in ORDER."""
    by_top: dict[str, list[str]] = {}
    for page in sorted((file.src_uri for file in files.documentation_pages()), key=index_first):
        by_top.setdefault(page.partition("/")[0].removesuffix(".md"), []).append(page)
    rest = sorted(by_top.keys() - {*ORDER, *LAST})
    entries: list[Any] = []
    for top in (*ORDER, *rest, *LAST):
        for entry in nest_paths(by_top.get(top, [])):
            title = TITLES.get(top)
            entries.append({title: next(iter(entry.values()))} if title else entry)
    return entries


def index_first(page: str) -> tuple[str, bool, str]:
    """Sorts a folder's own page before the others in it."""
    folder, _, name = page.rpartition("/")
    return folder, name not in {"index.md", "README.md"}, name


def generated(page: Page) -> bool:
    """Whether the page came from `on_files`, and not from a file in docs/."""
    return page.file.generated_by is not None


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn each relative link to the page that shows its target; drop it where no page does."""
    here = page.file.src_uri
    moved = published()
    written = {target: source for source, target in moved.items()} if generated(page) else {}
    origin = written.get(here, f"docs/{here}")

    def turned(match: re.Match[str]) -> str:
        target = match["target"]
        if EXTERNAL.match(target):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        if path in moved:
            path = f"docs/{moved[path]}"
        if not path.startswith("docs/"):
            return match["text"].removeprefix("!")[1:-1]
        relative = posixpath.relpath(path, posixpath.dirname(f"docs/{here}"))
        return f"{match['text']}({relative}{match['anchor'] or ''})"

    return LINK.sub(turned, markdown)
