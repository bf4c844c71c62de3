"""Connections that break, and servers that do."""

from __future__ import annotations

import socket
import threading
import uuid
from typing import Callable

import pytest
from conftest import Connect, Server
from proxy import Proxy
from specs import inline, noop

import ovate


def test_events(overlord: ovate.Client) -> None:
    source = f"d{uuid.uuid4().hex}"
    events = overlord.events(data_source=source)
    assert next(events).name == "reset"
    id = overlord.submit(noop(source))
    for event in events:
        assert (event.id, event.data_source, event.type) == (id, source, "noop")
        if event.name == "ended":
            assert event.state == "SUCCESS"
            assert event.duration is not None
            break


def test_a_log_is_followed_to_its_end(overlord: ovate.Client) -> None:
    """What is told is the log, also where it is asked for from a byte on, and of a task that has ended."""
    id = overlord.submit({**noop("logged"), "runTime": 1000})
    lines = list(overlord.follow_log(id))
    log = overlord.log(id)
    assert lines == log.splitlines()
    assert overlord.task(id).ended
    assert list(overlord.follow_log(id, offset=len(lines[0].encode()) + 1)) == lines[1:]
    with pytest.raises(ovate.NotFoundError):
        next(overlord.follow_log("nobody"))


def test_events_of_a_label(overlord: ovate.Client) -> None:
    """What has the label is told of, and nothing else."""
    team = uuid.uuid4().hex
    events = overlord.events(label=f"team={team}")
    assert next(events).name == "reset"
    overlord.wait(overlord.submit(noop("other")))
    id = overlord.submit({**noop("labelled"), "context": {"ovateLabels": {"team": team}}})
    for event in events:
        assert event.id == id
        if event.name == "ended":
            break


def test_events_go_on_behind_a_break(server: Server, connect: Connect) -> None:
    """What happens while nobody is connected is told afterwards, once and in order, and nothing is told to be missing."""
    source = f"d{uuid.uuid4().hex}"
    proxy = Proxy(server.port)
    try:
        events = connect(proxy.url).events(data_source=source)
        assert next(events).name == "reset"
        with ovate.Client(server.url) as direct:
            for _ in range(3):
                assert proxy.cut() == 1
                ids = [direct.submit(noop(source)) for _ in range(4)]
                for id in ids:
                    direct.wait(id)
                ended: list[str] = []
                while len(ended) < len(ids):
                    event = next(events)
                    assert event.name != "reset"
                    if event.name == "ended":
                        ended.append(event.id)
                assert sorted(ended) == sorted(ids)
    finally:
        proxy.close()


def test_progress_of_one_task(overlord: ovate.Client) -> None:
    id = overlord.submit(inline("slow", "".join(f'{{"t":"2026-01-01","x":{n}}}\n' for n in range(1000))))
    names = []
    for event in overlord.events(task=id):
        names.append(event.name)
        if event.name in ("reset", "ended") and overlord.task(id).ended:
            break
    assert names[0] == "reset"


def test_wait_outlives_the_server(launch: Callable[..., Server], connect: Connect) -> None:
    """A server that is killed while somebody waits, and comes back, runs the task again, and who waits gets to know how it ends."""
    server = launch()
    overlord = connect(server.url, patience=120)
    id = overlord.submit(noop("d", 3_000))
    running = threading.Event()

    def crash() -> None:
        running.wait(60)
        server.kill()
        server.start()

    def told(now: ovate.Progress) -> None:
        if now.task.state == "RUNNING":
            running.set()

    breaker = threading.Thread(target=crash)
    breaker.start()
    try:
        assert overlord.wait(id, progress=told).state == "SUCCESS"
    finally:
        running.set()
        breaker.join()
    assert overlord.task(id).state == "SUCCESS"


def test_submission_outlives_a_break(server: Server, connect: Connect) -> None:
    """A task is submitted once, although the answer to its first submission does not arrive."""
    source = f"d{uuid.uuid4().hex}"
    swallowing = Swallowing(server.port, answers=1)
    try:
        overlord = connect(swallowing.url)
        id = overlord.submit(noop(source))
    finally:
        swallowing.close()
    assert swallowing.swallowed == 1
    with ovate.Client(server.url) as direct:
        assert [task.id for task in direct.tasks(data_source=source)] == [id]


def test_task_with_an_id_is_sent_once(server: Server, connect: Connect) -> None:
    swallowing = Swallowing(server.port, answers=1)
    try:
        with pytest.raises(ovate.UnreachableError):
            connect(swallowing.url).submit(noop("d", id=f"n{uuid.uuid4().hex}"))
    finally:
        swallowing.close()


def test_nobody_there(connect: Connect) -> None:
    with socket.socket() as taken:  # bound, and not listened to
        taken.bind(("127.0.0.1", 0))
        overlord = connect(f"http://127.0.0.1:{taken.getsockname()[1]}", patience=0.3)
        with pytest.raises(ovate.UnreachableError, match=r"127\.0\.0\.1"):
            overlord.metadata()
        with pytest.raises(ovate.UnreachableError):
            next(iter(overlord.events()))


class Swallowing(Proxy):
    """A way on which the first answers get lost, and the connection with them."""

    def __init__(self, port: int, answers: int) -> None:
        self.answers, self.swallowed = answers, 0
        super().__init__(port)

    def copy(self, source: socket.socket, sink: socket.socket) -> None:
        if source.getpeername()[1] == self.to and self.swallowed < self.answers:
            source.recv(65536)
            self.swallowed += 1
            self.cut()
            return
        super().copy(source, sink)
