"""A real server, and both clients through one interface."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, Optional, cast

import httpx
import pytest

import ovate

BINARY = os.environ.get("OVATE", str(Path(__file__).parents[3] / "bin" / "ovate"))
Connect = Callable[..., ovate.Client]


class Server:
    """The built binary, on a port and a data folder that it keeps when it is started again."""

    def __init__(self, data: Path, *properties: str, scheme: str = "http") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.data = data
        self.properties = properties
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.start()

    def start(self) -> None:
        command = [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data), "-D", "druid.worker.capacity=2"]
        for one in self.properties:
            command += ["-D", one]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        given_up = time.monotonic() + 60
        while True:
            try:
                if httpx.get(self.url + "/status/health", verify=False).is_success:
                    return
            except httpx.TransportError:
                pass
            assert self.process.poll() is None, (self.data.parent / f"{self.data.name}.log").read_text()
            assert time.monotonic() < given_up, "the server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends it at once, as a crash does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


class Awaited:
    """An AsyncClient that waits for each answer, as Client does."""

    def __init__(self, client: ovate.AsyncClient) -> None:
        self.client = client
        self.loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            return self.each(result) if hasattr(result, "__aiter__") else self.loop.run_until_complete(result)

        return call

    def each(self, values: Any) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self.loop.run_until_complete(values.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            self.loop.run_until_complete(values.aclose())

    def end(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that no test may harm."""
    one = Server(tmp_path_factory.mktemp("server") / "data")
    yield one
    one.kill()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that are the test's own."""
    servers: list[Server] = []

    def make(*properties: str, scheme: str = "http") -> Server:
        servers.append(Server(tmp_path / f"data{len(servers)}", *properties, scheme=scheme))
        return servers[-1]

    yield make
    for one in servers:
        one.kill()


@pytest.fixture(params=["Client", "AsyncClient"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Makes clients, of one kind and then of the other, which are asked alike."""
    made: list[Any] = []

    def make(*args: Any, **kwargs: Any) -> ovate.Client:
        if request.param == "Client":
            made.append(ovate.Client(*args, **kwargs))
        else:
            made.append(Awaited(ovate.AsyncClient(*args, **kwargs)))
        return cast("ovate.Client", made[-1])

    yield make
    for client in made:
        client.close() if isinstance(client, ovate.Client) else client.end()


@pytest.fixture
def overlord(server: Server, connect: Connect) -> ovate.Client:
    return connect(server.url)


def needs(overlord: ovate.Client, path: str) -> None:
    """Leaves a test out where the server has no such path."""
    if path not in overlord.description()["paths"]:
        pytest.skip(f"this server has no {path}")
