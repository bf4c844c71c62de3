"""Events of the server, which come as server-sent events."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Callable, Generic, Optional, TypeVar

import httpx

from . import _answers as answers
from ._answers import Event
from ._calls import Call
from ._errors import ProblemError, StrangeAnswerError
from ._steps import Patience, unreachable

T = TypeVar("T")

SILENCE = 45.0
"""seconds after which a stream is given up; the server says something every 15"""


class Reading(Generic[T]):
    """One reader of events: where he is, over as many connections as it takes.

    ``made`` makes of the name and the data of one what it is.
    """

    def __init__(self, call: Call[None], seconds: float, made: Callable[[str, str], T]) -> None:
        self.call, self.made = call, made
        self.patience = Patience(seconds)
        self.last = ""
        self.begin()

    def begin(self) -> Call[None]:
        """The request of the next connection, which goes on behind the last event."""
        self.name, self.data, self.id, self.rest = "", "", self.last, ""
        return replace(self.call, headers={**self.call.headers, "Last-Event-ID": self.last}) if self.last else self.call

    def take(self, text: str) -> list[T]:
        """Takes a piece of what comes, and returns the events that it ends. Only a line feed ends a line: others may stand within one."""
        *lines, self.rest = (self.rest + text).split("\n")
        return [event for event in map(self.line, lines) if event is not None]

    def line(self, text: str) -> Optional[T]:
        """Takes a line, and returns the event that it ends, if it ends one."""
        self.patience.answered()
        field, _, value = text.partition(": ")
        if field == "event":
            self.name = value
        elif field == "id":
            self.id = value
        elif field == "data":
            self.data += value + "\n"
        elif not text and self.name:
            event = self.made(self.name, self.data[:-1])
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


def named(name: str, data: str) -> tuple[str, str]:
    return name, data
