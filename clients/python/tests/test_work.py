"""Tasks that wait, servers that are told, and what is in segments."""

from __future__ import annotations

import http.server
import json
import queue
import threading
import time
import uuid
from typing import Any, Callable

from conftest import Connect, Server, needs
from specs import inline, noop

import ovate


def test_waiting_for_another(overlord: ovate.Client) -> None:
    needs(overlord, "/api/v1/submissions")
    source = f"d{uuid.uuid4().hex}"
    first = overlord.submit(noop(source, 500))
    later = overlord.submit_later(noop(source), after=[first], labels={"team": source}, retry=ovate.Retry(max_attempts=2))
    assert (later.state, later.data_source, later.retry) == ("WAITING", source, ovate.Retry(2))
    assert later.id in [one.id for one in overlord.submissions(limit=1000).submissions]
    overlord.wait(first)
    while overlord.submission(later.id).state not in ("SUCCESS", "FAILED"):
        time.sleep(0.05)
    done = overlord.submission(later.id)
    assert (done.state, done.attempt) == ("SUCCESS", 1)
    assert [task.labels for task in overlord.tasks(label=f"team={source}")] == [{"team": source}]

    never = overlord.submit_later(noop(source), not_before="2100-01-01T00:00:00Z")
    overlord.cancel_submission(never.id, reason="enough")
    assert overlord.submission(never.id).error == "enough"
    assert never.id in [one.id for one in overlord.submissions(ended=True, limit=1000).submissions]


def test_webhooks(overlord: ovate.Client, launch: Callable[..., Server], connect: Connect) -> None:
    needs(overlord, "/api/v1/webhooks")
    server = launch("ovate.webhooks.allowPrivate=true")
    overlord = connect(server.url)
    heard: queue.Queue[dict[str, Any]] = queue.Queue()

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    listener = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        hook = overlord.create_webhook(f"http://127.0.0.1:{listener.server_port}/", "a secret of some length", events=["task.succeeded"])
        assert overlord.webhooks() == [overlord.webhook(hook.id)] == [hook]
        overlord.wait(overlord.submit(noop("d")))
        assert heard.get(timeout=60)["type"] == "task.succeeded"
        overlord.test_webhook(hook.id)
        assert heard.get(timeout=60)["type"] == "test"
        while len(overlord.deliveries(hook.id, ended=True).deliveries) < 2:
            time.sleep(0.05)
        told = overlord.deliveries(hook.id, ended=True).deliveries
        assert {(one.state, one.status) for one in told} == {("DELIVERED", 204)}
        assert overlord.deliveries(hook.id).deliveries == []
        overlord.remove_webhook(hook.id)
        assert overlord.webhooks() == []
    finally:
        listener.shutdown()
        listener.server_close()


def test_schedules(overlord: ovate.Client) -> None:
    needs(overlord, "/api/v1/schedules")
    name = f"s{uuid.uuid4().hex}"
    made = overlord.create_schedule(name, "0 3 * * *", noop("d"), time_zone="Europe/Berlin", overlap="skip")
    assert (made.id, made.cron, made.format, made.time_zone, made.paused) == (name, "0 3 * * *", "unix", "Europe/Berlin", False)
    assert made.next
    assert overlord.wait(overlord.run_schedule(name)).data_source == "d"
    assert overlord.pause_schedule(name).paused
    assert overlord.schedule(name).paused
    assert not overlord.resume_schedule(name).paused
    assert name in [one.id for one in overlord.schedules()]
    overlord.remove_schedule(name)
    assert name not in [one.id for one in overlord.schedules()]


def test_rows_of_a_segment(overlord: ovate.Client) -> None:
    needs(overlord, "/api/v1/datasources/{dataSource}/segments/{segment}/rows")
    source = f"d{uuid.uuid4().hex}"
    overlord.wait(overlord.submit(inline(source, '{"t":"2026-01-01","x":"a"}\n{"t":"2026-01-01","x":"b"}\n')))
    (segment,) = overlord.segments(source)
    found = overlord.segment(source, segment.identifier)
    assert [one["name"] for one in found["contents"]["columns"]] == ["__time", "x"]
    first = overlord.rows(source, segment.identifier, limit=1)
    assert (first["of"], [row["x"] for row in first["rows"]]) == (2, ["a"])
    assert [row["x"] for row in overlord.rows(source, segment.identifier, start=first["next"])["rows"]] == ["b"]
    assert all("rowsPerSecond" in one for one in overlord.rates())
