from __future__ import annotations

from marginline.feeds.events import Life, Stream
from marginline.monitor.process import process
from marginline.monitor.rows import stream_row
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import start
from tests.monitor.worlds import START, VENUE, Feed


def test_a_stream_of_marks_is_as_old_as_its_newest_mark() -> None:
    feed = Feed()
    watching = (Watching(name="one", venue=VENUE, source="test"),)
    state = start(watching, MonitorSettings(), START)
    state, _ = process(state, (feed.stream(START, Stream.MARKS, Life.LIVE),), START)
    state, _ = process(state, (feed.mark(START + 40_000, "60000"),), START + 40_000)
    (view,) = [each for each in state.streams.values() if each.name == Stream.MARKS.value]
    assert stream_row(state, view, START + 41_500).age == "1.5"
