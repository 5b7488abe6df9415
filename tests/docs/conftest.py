"""A client of ccxt whose key is "..." in an example talks to the sandbox, not to a venue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest


@pytest.fixture
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`ccxt.binanceusdm`, given the key "...", is the real class with a key of the sandbox."""
    # Here, for the pages that need it: to load ccxt takes as long as most pages take to run.
    import ccxt

    from marginline.sandbox import Sandbox
    from tests.sandbox.serving import blocking, served

    real, venues = ccxt.binanceusdm, list[Sandbox]()
    with ExitStack() as stack:

        def made(config: dict[str, Any] | None = None) -> Any:
            given = dict(config or {})
            if given.pop("apiKey", None) != "...":
                return real(config)
            if not venues:
                venues.append(stack.enter_context(served()))
            given.pop("secret", None)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(ccxt, "binanceusdm", real)
                return stack.enter_context(blocking(venues[0], "gambler", **given))

        monkeypatch.setattr(ccxt, "binanceusdm", made)
        yield
