"""What the package is as a whole."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import ovate
from ovate import _calls as calls
from ovate import _work as work

CALLS: list[calls.Call[Any]] = [
    calls.page(),
    calls.task("x"),
    calls.submit({}),
    calls.validate({}),
    calls.cancel("x"),
    calls.retry("x"),
    calls.events(),
    calls.data_sources(),
    calls.segments("x"),
    calls.metadata(),
    calls.orphans(),
    calls.remove_orphans(),
    calls.description(),
    calls.upload("x"),
    calls.uploads(),
    calls.one_upload("x"),
    calls.remove_upload("x"),
    calls.preview(),
    calls.segment("x", "x"),
    calls.rows("x", "x"),
    calls.rates(),
    calls.lag("x"),
    work.submit_later({}),
    work.submission("x"),
    work.submissions(),
    work.cancel_submission("x"),
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
    work.deliveries("x"),
]


def test_everything_is_there(overlord: ovate.Client) -> None:
    """Each operation of /api/v1 that the server describes has a method."""
    described = {
        (method.upper(), re.sub(r"{\w+}", "x", path))
        for path, methods in overlord.description()["paths"].items()
        for method in methods
        if path.startswith("/api/v1/")
    }
    assert described - {(call.method, call.path) for call in CALLS} == set()


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
