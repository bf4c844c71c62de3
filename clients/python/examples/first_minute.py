"""Ingests two rows, and shows what came of them: python first_minute.py [URL]"""

import sys

import ovate

SPEC = {
    "type": "index_parallel",
    "spec": {
        "dataSchema": {
            "dataSource": "readings",
            "timestampSpec": {"column": "time", "format": "iso"},
            "dimensionsSpec": {"dimensions": ["sensor", {"type": "double", "name": "celsius"}]},
            "granularitySpec": {"segmentGranularity": "day", "rollup": False},
        },
        "ioConfig": {
            "type": "index_parallel",
            "inputSource": {"type": "inline", "data": "2026-01-01T08:00Z,roof,3.5\n2026-01-01T09:00Z,roof,4.25\n"},
            "inputFormat": {"type": "csv", "columns": ["time", "sensor", "celsius"]},
        },
    },
}


def show(now: ovate.Progress) -> None:
    print(now.task.state, "" if now.rows is None else f"{now.rows.processed} rows")


with ovate.Client(*sys.argv[1:]) as overlord:
    task = overlord.wait(overlord.submit(SPEC), progress=show)
    for segment in overlord.segments(task.data_source, rows=True):
        print(segment.interval, segment.rows, "rows")
