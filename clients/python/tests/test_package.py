"""What the package is as a whole."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import ovate
from ovate import _calls as calls
from ovate import _work as work

# Every call, with all that may be said in its query.
CALLS: list[calls.Call[Any]] = [
    calls.page(data_source="x", type="x", group_id="x", state="x", id_part="x", created="x", label="x", cursor="x", limit=1, counts=True),
    calls.task("x"),
    calls.submit({}),
    calls.validate({}),
    calls.cancel("x"),
    calls.retry("x"),
    calls.events(data_source="x", task="x", label="x"),
    calls.follow_log("x", offset=1),
    calls.data_sources(rows=True),
    calls.segments("x", interval="x", rows=True),
    calls.metadata(),
    calls.orphans(before="x", others=True),
    calls.remove_orphans(before="x", others=True),
    calls.description(),
    calls.upload("x", data_source="x"),
    calls.uploads(),
    calls.one_upload("x"),
    calls.remove_upload("x"),
    calls.preview(),
    calls.segment("x", "x", fetch=True),
    calls.rows("x", "x", start=1, limit=1, fetch=True),
    calls.rates(),
    calls.lag("x"),
    calls.sessions(user="x"),
    calls.end_session("x"),
    work.submit_later({}),
    work.submission("x"),
    work.submissions(ended=True, limit=1, cursor="x"),
    work.cancel_submission("x", reason="x"),
    work.create_schedule("x", "x", {}),
    work.schedules(),
    work.schedule("x"),
    work.remove_schedule("x"),
    work.pause_schedule("x"),
    work.resume_schedule("x"),
    work.run_schedule("x"),
    work.create_webhook("x", "x"),
    work.webhooks(),
    work.webhook("x"),
    work.remove_webhook("x"),
    work.test_webhook("x"),
    work.deliveries("x", ended=True, limit=1, cursor="x"),
]


def test_everything_is_there(overlord: ovate.Client) -> None:
    """Each operation of /api/v1 that the server describes has a method, which takes all that may be said in its query."""
    described = {
        (method.upper(), re.sub(r"{\w+}", "x", path)): {
            one["name"] for one in operation.get("parameters", []) if one["in"] == "query" and one["name"] != "csrf"
        }
        for path, methods in overlord.description()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/v1/")
    }
    assert {(call.method, call.path): set(call.params) for call in CALLS} == described


def test_clients_are_alike() -> None:
    def public(kind: type) -> dict[str, str]:
        return {name: inspect.getdoc(method) or "" for name, method in inspect.getmembers(kind, callable) if not name.startswith("_")}

    assert public(ovate.Client) == public(ovate.AsyncClient)
    assert all(public(ovate.Client).values())
    assert "id" in inspect.signature(ovate.Client.task).parameters


def test_version() -> None:
    """The package has the version of what else is delivered."""
    chart = Path(__file__).parents[3] / "deploy" / "helm" / "ovate" / "Chart.yaml"
    if chart.exists():  # not in an sdist
        assert f"\nversion: {ovate.__version__}\n" in chart.read_text()
