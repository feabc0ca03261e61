"""What stands over a report, for tests of its pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tokenclip_core.output.report_page import ReportFacts


def facts(**changes: Any) -> ReportFacts:
    """Of two parts, one of them defective, but for what a test says otherwise."""
    values: dict[str, Any] = {
        "place": "/parts",
        "made": datetime(2026, 5, 4, 3, 2, tzinfo=UTC),
        "model": "compact",
        "checkpoint": None,
        "settings": (("Top-k", "2"),),
        "threshold": 0.5,
        "total": 2,
        "scores": [0.9, 0.2],
        "defects": 1,
        "unreadable": [],
        "pictured": 2,
    }
    return ReportFacts(**(values | changes))
