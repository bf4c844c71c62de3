"""How a server is reached: its address, credentials, TLS and timeouts."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any, Optional, TypedDict, Union

import httpx

from ._calls import Call
from ._events import SILENCE

Path = Union[str, "os.PathLike[str]"]

PIECE = 1 << 18
"""bytes of a file that are read at a time"""


class Token(httpx.Auth):
    """A token, with each request to the server. One that the server sends on to elsewhere has none."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self.token}"
        yield request


class Settings(TypedDict):
    base_url: str
    auth: Optional[httpx.Auth]
    verify: ssl.SSLContext
    timeout: httpx.Timeout
    follow_redirects: bool


class Connection:
    """What Client and AsyncClient are made with."""

    def __init__(
        self,
        url: str = "http://localhost:8090",
        *,
        user: str = "",
        password: str = "",
        token: str = "",
        ca: Optional[Path] = None,
        cert: Optional[Path] = None,
        key: Optional[Path] = None,
        tls: Optional[ssl.SSLContext] = None,
        timeout: float = 30.0,
        patience: float = 60.0,
    ) -> None:
        """
        :param url: of the server, ``http://HOST:PORT`` or ``https://HOST:PORT``
        :param user: and ``password`` are sent by HTTP's Basic with each request; a server that the first sends on to does not get them
        :param token: is sent instead of them
        :param ca: a file in PEM with certificates that are trusted besides those of the machine
        :param cert: and ``key``, files in PEM: with what this client shows who it is
        :param tls: replaces ca, cert and key
        :param timeout: seconds in which something has to come of an answer
        :param patience: seconds for which a request that may be sent again is sent again, when no answer comes, or 503
        """
        parsed = httpx.URL(url)
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise ValueError("the url of a server is http://HOST:PORT or https://HOST:PORT")
        if token and (user or password):
            raise ValueError("give a user with a password, or a token")
        if tls is None:
            tls = ssl.create_default_context()
            if ca is not None:
                tls.load_verify_locations(ca)
            if cert is not None:
                tls.load_cert_chain(cert, key)
        auth: Optional[httpx.Auth] = None
        if token:
            auth = Token(token)
        elif user:
            auth = httpx.BasicAuth(user, password)
        self.url = url
        self._patience = patience
        self._timeout = timeout
        self._settings: Settings = {
            "base_url": url,
            "auth": auth,
            "verify": tls,
            "timeout": httpx.Timeout(timeout),
            "follow_redirects": True,
        }
        self._open()

    def _open(self) -> None:
        raise NotImplementedError

    def _request(
        self,
        http: Union[httpx.Client, httpx.AsyncClient],
        call: Call[Any],
        content: Union[bytes, Iterator[bytes], AsyncIterator[bytes], None] = None,
        *,
        silence: Optional[float] = None,
    ) -> httpx.Request:
        """The request of a call. A server that does much before it answers is not hurried."""
        headers = dict(call.headers)
        if call.body is not None:
            headers["Content-Type"] = call.media
        timeout = httpx.Timeout(self._timeout, read=None if call.slow else silence or self._timeout)
        return http.build_request(
            call.method, call.path, params=dict(call.params) or None, headers=headers, content=content, timeout=timeout
        )

    def _event_request(self, http: Union[httpx.Client, httpx.AsyncClient], call: Call[None]) -> httpx.Request:
        return self._request(http, call, silence=SILENCE)
