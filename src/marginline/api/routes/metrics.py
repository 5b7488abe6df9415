"""Figures for Prometheus, read from the monitor when they are asked for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace as renewed
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from marginline.core.findings import Status
from marginline.monitor.run import Monitor
from marginline.monitor.state import Watched

_FIGURES = (
    ("margin_ratio", "requirement over support of the worst pool; 1 is the line", "ratio"),
    ("buffer", "support left above the requirement, in the pool's asset", "buffer"),
    ("requirement", "what the venue demands, in the pool's asset", "requirement"),
    ("support", "what stands against it, in the pool's asset", "support"),
)


class Metrics:
    """The registry of one app: its own, so that two apps of one process do not meet."""

    def __init__(self, monitor: Monitor) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_OfMonitor(monitor))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def text(self) -> tuple[bytes, str]:
        """The exposition and its media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class _OfMonitor(Collector):
    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def describe(self) -> list[Metric]:
        """Nothing ahead of time: what is collected depends on what is watched."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Everything, as it stands now."""
        yield from self._accounts()
        yield from self._streams()
        yield from self._alerts()
        yield from self._loop()

    def _accounts(self) -> Iterator[Metric]:
        watched = self._monitor.state.accounts
        if self._monitor.still_ms:  # nothing is judged: what was known is not of now
            watched = {name: _unknown(each) for name, each in watched.items()}
        status = GaugeMetricFamily(
            "marginline_account_status",
            "1 for the status an account is in; unknown is never safe",
            labels=["account", "venue", "status"],
        )
        for name, each in watched.items():
            for one in Status:
                labels = [name, each.watching.venue, one.value]
                status.add_metric(labels, float(each.status is one))
        yield status
        for metric, words, field in _FIGURES:
            family = GaugeMetricFamily(
                f"marginline_account_{metric}", words, labels=["account", "venue", "asset"]
            )
            for name, each in watched.items():
                value = _figure(each, field)
                if value is not None:
                    family.add_metric([name, each.watching.venue, _asset(each)], value)
            yield family
        nearest = GaugeMetricFamily(
            "marginline_account_nearest_move",
            "smallest adverse move to the line, a signed fraction",
            labels=["account", "venue"],
        )
        age = GaugeMetricFamily(
            "marginline_account_age_seconds",
            "age of the oldest input that the judgement needs",
            labels=["account", "venue"],
        )
        now = self._monitor.now()
        for name, each in watched.items():
            labels = [name, each.watching.venue]
            move = each.judged.nearest if each.known and each.judged is not None else None
            if move is not None:
                nearest.add_metric(labels, float(move.move))
            seen = [t for t in (each.ages.marks, each.ages.account) if t is not None]
            if seen:
                age.add_metric(labels, max(0, now - min(seen)) / 1000)
        yield nearest
        yield age

    def _streams(self) -> Iterator[Metric]:
        labels = ["stream", "venue", "account"]
        age = GaugeMetricFamily(
            "marginline_stream_age_seconds", "age of a stream's newest data", labels=labels
        )
        gaps = CounterMetricFamily("marginline_stream_gaps", "gaps found", labels=labels)
        now = self._monitor.now()
        for view in self._monitor.state.streams.values():
            names = [view.name, view.venue, view.account or ""]
            gaps.add_metric(names, view.gaps)
            if view.seen is not None:
                age.add_metric(names, max(0, now - view.seen) / 1000)
        yield age
        yield gaps

    def _alerts(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "marginline_alerts", "alerts by state and level", labels=["state", "level"]
        )
        found = Counter((a.state, a.level) for a in self._monitor.state.alerts.values())
        for (state, level), count in sorted(found.items()):
            family.add_metric([state, level], count)
        yield family
        alerting = self._monitor.delivering()
        yield _gauge(
            "marginline_alerting_broken",
            "1 while alerts reach nobody or cannot be kept",
            alerting.state == "broken",
        )
        failing = GaugeMetricFamily(
            "marginline_channel_failing", "1 while a channel fails", labels=["channel"]
        )
        waiting = GaugeMetricFamily(
            "marginline_channel_waiting", "messages on their way", labels=["channel"]
        )
        for channel in alerting.channels:
            failing.add_metric([channel.name], float(channel.state == "failing"))
            waiting.add_metric([channel.name], channel.waiting)
        yield failing
        yield waiting

    def _loop(self) -> Iterator[Metric]:
        monitor, counts, queue = self._monitor, self._monitor.counts, self._monitor.queue
        yield _counter("marginline_batches", "rounds of the loop", counts.batches)
        yield _counter("marginline_events", "events taken in", counts.events)
        yield _counter("marginline_judgements", "accounts judged", counts.judged)
        yield _counter("marginline_events_dropped", "events at fault", counts.dropped)
        yield _counter("marginline_faults", "faults of ours beside judging", counts.faults)
        yield _counter("marginline_processing_seconds", "time spent judging", counts.seconds)
        yield _counter("marginline_prices_replaced", "prices superseded", queue.replaced)
        yield _gauge("marginline_round_seconds", "the newest round", counts.last_seconds)
        yield _gauge("marginline_queue_length", "events that wait", len(queue))
        yield _gauge(
            "marginline_behind_seconds",
            "How long the oldest event of the newest batch had waited",
            max(monitor.counts.behind_ms, monitor.late_ms) / 1000,
        )
        full = queue.overfull or monitor.state.queue_full
        yield _gauge("marginline_queue_full", "1 if it was full within the last minute", full)
        yield _counter("marginline_queue_overfull", "times it was full", queue.overfull_count)
        yield _gauge("marginline_readers", "readers of the stream", monitor.readers)
        if (kept := monitor.kept) is not None:
            failing = float(kept.since is not None)
            yield _gauge("marginline_history_failing", "1 while history is not written", failing)
            yield _counter("marginline_history_rows", "rows of history written", kept.written)
        up = time.monotonic() - counts.started
        yield _gauge("marginline_up_seconds", "since the start", up)


def _figure(watched: Watched, field: str) -> float | None:
    judged = watched.judged if watched.known else None
    value = None if judged is None else getattr(judged, field)
    return None if value is None else float(value)


def _unknown(watched: Watched) -> Watched:
    return renewed(watched, status=Status.UNKNOWN, judged=None)


def _asset(watched: Watched) -> str:
    judged = watched.judged
    return "" if judged is None or judged.pool is None else judged.pool.asset


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))
