"""Events of the server, which come as server-sent events."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Optional

import httpx

from . import _answers as answers
from ._answers import Event
from ._calls import Call
from ._errors import ProblemError, StrangeAnswerError
from ._steps import Patience, unreachable

SILENCE = 45.0
"""seconds after which a stream is given up; the server says something every 15"""


class Reading:
    """One reader of events: where he is, over as many connections as it takes."""

    def __init__(self, call: Call[None], seconds: float) -> None:
        self.call = call
        self.patience = Patience(seconds)
        self.last = ""
        self.begin()

    def begin(self) -> Call[None]:
        """The request of the next connection, which goes on behind the last event."""
        self.name, self.data, self.id = "", "", self.last
        return replace(self.call, headers={**self.call.headers, "Last-Event-ID": self.last}) if self.last else self.call

    def line(self, text: str) -> Optional[Event]:
        """Takes a line, and returns the event that it ends, if it ends one."""
        self.patience.answered()
        field, _, value = text.partition(": ")
        if field == "event":
            self.name = value
        elif field == "id":
            self.id = value
        elif field == "data":
            self.data = value
        elif not text and self.name:
            event = read(self.name, self.data)
            self.last, self.name, self.data = self.id, "", ""
            return event
        return None

    def broke(self, error: Exception) -> float:
        """How long to pause before the next connection; raises what ends it all."""
        if isinstance(error, httpx.TransportError):
            return self.patience.pause(unreachable(error))
        if isinstance(error, ProblemError) and (error.status >= 500 or error.status == 429):
            return self.patience.pause(error)
        raise error

    def ended(self) -> float:
        """The server has ended the stream, as it stops."""
        self.patience.answered()
        return self.patience.next


def read(name: str, data: str) -> Event:
    try:
        told = answers.same(json.loads(data))
    except ValueError as error:
        raise StrangeAnswerError(f"event {name} is not JSON: {data[:100]!r}") from error
    return answers.event({**told, "name": name, "rows": told.get("rowStats")})
