"""What a live command needs to be installed, said in one line where it is not."""

from __future__ import annotations

from importlib.util import find_spec

from marginline.cli.exits import UsageProblem

_MODULES = ("aiohttp", "ccxt", "fastapi", "msgspec", "numpy", "prometheus_client", "uvicorn")


def needs_live(what: str, instead: str = "", *more: str) -> None:
    """Nothing where the extra `live` is installed.

    Raises:
        UsageProblem: it is not; says how to install it, and what works without.
    """
    missing = [name for name in (*_MODULES, *more) if find_spec(name) is None]
    if missing:
        also = f"; {instead}" if instead else ""
        raise UsageProblem(
            f"{what} needs the extra `live` (missing: {', '.join(missing)});"
            f" install it: pip install 'marginline[live]'{also}"
        )
