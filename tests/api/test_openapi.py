"""The API described: checked in, complete, and kept by what answers."""

from __future__ import annotations

import asyncio
import importlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marginline.api.app import create_app
from marginline.api.published import openapi_text
from marginline.api.serving import serving
from marginline.api.settings import ApiSettings
from tests.api.served import Clock, Served, samples, watching

ROOT = Path(__file__).resolve().parents[2]


def test_the_description_is_up_to_date() -> None:
    """If not: `python -m marginline.api.published`."""
    assert (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8") == openapi_text()


def test_every_answer_of_the_samples_keeps_to_its_schema(served: Served) -> None:
    described = served.get("/api/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        if "get" not in operations or path.endswith("/metrics"):
            continue
        asked = path.replace("{name}", "strained").replace("{venue}", "bybit_unified")
        questions = {
            "explanation": "?where=USDT&measure=buffer",
            "grid": "?x=XRPUSDT&steps=3",
            "size": "?instrument=XRPUSDT&side=buy",
            "changes": "?venue=bybit_unified&from=2025-01-01&to=2026-01-01",
        }
        answer = served.get(asked + questions.get(path.rpartition("/")[2], ""))
        assert answer.status_code == 200, asked
        schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": described["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.json())


def test_every_operation_says_what_it_is_and_which_problems_it_has(served: Served) -> None:
    for path, operations in served.get("/api/v1/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], path
            assert {"200", "401", "403", "404", "413", "422"} <= set(operation["responses"]), path
            if method == "post" and not path.endswith(("acknowledge", "/test", "/watch")):
                assert operation["requestBody"]["required"], path


# -- drawn requests over real sockets ----------------------------------------------------------


class _Server:
    """An app over the sample accounts that lives in a thread of its own."""

    def __init__(self) -> None:
        self.address = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _serve(self) -> None:
        monitor = await watching(samples(), Clock())
        chosen = ApiSettings(port=0)
        going = asyncio.create_task(monitor.run())
        async with serving(create_app(monitor, chosen), chosen) as self.address:
            self._ready.set()
            await self._end.wait()
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server that is up."""
    pytest.importorskip(
        "schemathesis", reason="the development extra is not installed; `make check` runs this"
    )
    server = _Server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield server.address
    server.close()


DESCRIBED = json.loads(openapi_text())["paths"]
OPERATIONS = [
    (method.upper(), path, mode)
    for path, operations in DESCRIBED.items()
    for method, operation in operations.items()
    for mode in ("POSITIVE", "NEGATIVE")
    if mode == "POSITIVE"
    or "requestBody" in operation
    or any(each["in"] == "query" for each in operation.get("parameters", []))
]
THERE = {"name": ["strained", "hedged-but-called", "nobody"], "venue": ["bybit_unified", "bitmex"]}
"""Names that there are: drawn text would meet none."""


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path", "mode"), OPERATIONS, ids=map(" ".join, OPERATIONS))
def test_no_drawn_request_meets_a_fault_or_an_answer_that_is_not_described(
    address: str, method: str, path: str, mode: str
) -> None:
    """Requests drawn from the description, and against it."""
    schemathesis = importlib.import_module("schemathesis")
    checks = importlib.import_module("schemathesis.checks")
    kept = [
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    operation = schema[path][method]
    asked: list[int] = []
    strategy = operation.as_strategy(generation_mode=schemathesis.GenerationMode[mode])

    @settings(
        max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=strategy, data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        for name in set(case.path_parameters or {}) & set(THERE):
            case.path_parameters[name] = data.draw(st.sampled_from(THERE[name]))
        asked.append(case.call_and_validate(checks=kept, timeout=20).status_code)

    ask()
    assert asked, "nothing was drawn"
    assert not [status for status in asked if status >= 500]
