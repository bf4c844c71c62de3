"""Tasks."""

from __future__ import annotations

from typing import Any


def inline(data_source: str, data: str) -> dict[str, Any]:
    """Ingests lines of JSON with the time in t."""
    return {
        "type": "index_parallel",
        "spec": {
            "dataSchema": {
                "dataSource": data_source,
                "timestampSpec": {"column": "t", "format": "iso"},
                "dimensionsSpec": {},
                "granularitySpec": {"segmentGranularity": "day", "rollup": False},
            },
            "ioConfig": {
                "type": "index_parallel",
                "inputSource": {"type": "inline", "data": data},
                "inputFormat": {"type": "json"},
            },
        },
    }


def noop(data_source: str, milliseconds: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "noop", "dataSource": data_source, "runTime": milliseconds, **more}
