"""Where a monitor is asked: at the address that an option gives, else at that of the settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from marginline.api.settings import asked_by
from marginline.cli.exits import UsageProblem
from marginline.cli.live.config import PageTable
from marginline.errors import shown


def monitor_address(url: str | None, page: PageTable) -> str:
    """The address that `--url` gives, with or without http://; else the page's own.

    Raises:
        UsageProblem: it is no address.
    """
    if url is None:
        scheme = "http" if page.certificate is None else "https"
        return f"{scheme}://{asked_by(page.host)}:{page.port}"
    address = url if "://" in url else f"http://{url}"
    if not _is_one(address):
        raise UsageProblem(
            f"--url {shown(url, 200)}: must be an address such as http://127.0.0.1:8765"
        )
    return address.rstrip("/")


def _is_one(address: str) -> bool:
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, half an IPv6 address
        return False
    plain = address.isprintable() and not any(each.isspace() for each in address)
    return named and plain and parts.scheme in {"http", "https"}
