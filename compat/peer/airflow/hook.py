"""Airflow's own hook for Druid, against the Overlord at the first argument: it submits, polls, and cancels what takes too long.

Prints how each task ended, a line each that begins with "ends: ": ok, or the exception."""

import json
import sys
from urllib.parse import urlsplit

from airflow.models import Connection
from airflow.providers.apache.druid.hooks.druid import DruidHook

overlord = urlsplit(sys.argv[1])


def run(task, **options):
    hook = DruidHook(timeout=1, **options)
    # A cached property: no database of Airflow's is asked for the connection.
    hook.conn = Connection(
        conn_type="http",
        host=overlord.hostname,
        port=overlord.port,
        extra=json.dumps({"endpoint": "druid/indexer/v1/task"}),
    )
    try:
        hook.submit_indexing_job(json.dumps(task))
    except Exception as problem:  # what Airflow's operator would fail with
        return f"{type(problem).__name__}: {problem}"
    return "ok"


for line in sys.stdin:
    given = json.loads(line)
    print("ends: " + run(given["task"], **given.get("options", {})), flush=True)
