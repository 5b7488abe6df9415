"""What a checkout publishes of the API: `python -m marginline.api.published` writes it anew.

`docs/openapi.json`, the API described, and `frontend/src/wire.ts`, the page's types. Tests prove
that both are up to date, so that a change of the API is seen in a review.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from marginline.api.app import create_app
from marginline.api.typescript import typescript
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.run import Monitor


def openapi_text() -> str:
    """The API described, as stable text; without the version, which changes by itself."""
    described = create_app(Monitor(EventQueue())).openapi()
    described = {**described, "info": {**described["info"], "version": "1"}}
    return json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write both under the current folder (or under the one given)."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    (root / "docs" / "openapi.json").write_text(openapi_text(), encoding="utf-8")
    (root / "frontend" / "src" / "wire.ts").write_text(typescript(), encoding="utf-8")


if __name__ == "__main__":
    main()
