"""Figures for Prometheus, and the dashboard that reads them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.api.served import Served, account

DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana-dashboard.json"


def figures(served: Served, name: str) -> dict[tuple[str, ...], float]:
    """A metric's figures by account and, where it has one, status."""
    text = served.get("/metrics").text
    return {
        tuple(s.labels[label] for label in ("account", "status") if label in s.labels): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
        if s.name == name
    }


def test_an_accounts_figures_are_there(served: Served) -> None:
    assert round(figures(served, "marginline_account_margin_ratio")["strained",], 6) == 0.868342
    status = figures(served, "marginline_account_status")
    assert status["strained", "watch"] == 1
    assert status["strained", "healthy"] == 0
    assert figures(served, "marginline_account_nearest_move")["strained",] < 0


def test_what_is_not_known_is_left_out_not_zero() -> None:
    served = Served([account("one")])
    served.clock.now += 60_000
    served.step()
    assert figures(served, "marginline_account_status")["one", "unknown"] == 1
    assert not figures(served, "marginline_account_margin_ratio")
    assert figures(served, "marginline_account_age_seconds")["one",] == 60
    served.close()


def test_metrics_are_also_under_the_api(served: Served) -> None:
    assert "marginline_judgements_total" in served.get("/api/v1/metrics").text


def test_the_dashboard_asks_only_for_metrics_that_there_are(served: Served) -> None:
    text = served.get("/metrics").text
    described = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"marginline_\w+", target["expr"])
    }
    assert asked
    assert {name.removesuffix("_total") for name in asked} <= {
        name.removesuffix("_total") for name in described
    }
