"""Addresses that options give: of a monitor, else that of the settings; of a venue."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marginline.cli.exits import UsageProblem
from marginline.errors import shown

if TYPE_CHECKING:
    from marginline.cli.live.config import PageTable


def monitor_address(url: str | None, page: PageTable) -> str:
    """The address that `--url` gives, with or without http://; else the page's own.

    Raises:
        UsageProblem: it is no address.
    """
    if url is not None:
        return address_of(url, "http://127.0.0.1:8765")
    from marginline.api.settings import asked_by

    scheme = "http" if page.certificate is None else "https"
    return f"{scheme}://{asked_by(page.host)}:{page.port}"


def address_of(url: str, such_as: str, named: str = "--url") -> str:
    """The address that an option gives, with or without http://.

    Raises:
        UsageProblem: it is none.
    """
    address = url if "://" in url else f"http://{url}"
    if not _is_one(address):
        raise UsageProblem(f"{named} {shown(url, 200)}: must be an address such as {such_as}")
    return address.rstrip("/")


def _is_one(address: str) -> bool:
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, half an IPv6 address
        return False
    plain = address.isprintable() and not any(each.isspace() for each in address)
    return named and plain and parts.scheme in {"http", "https"}
