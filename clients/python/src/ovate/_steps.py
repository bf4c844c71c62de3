"""What is decided on the way to an answer, without sending anything.

Generators hand out what to send, or for how long to pause, and take what came of it: Client and AsyncClient only do as they are told.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from typing import Any, Callable, Optional, TypeVar, Union

import httpx

from . import _answers as answers
from . import _calls as calls
from ._answers import Choices, Progress, Rows, Task
from ._calls import Call
from ._errors import (
    DeniedError,
    InvalidSpecError,
    MisfitError,
    NotFoundError,
    OvateError,
    ProblemError,
    StrangeAnswerError,
    TaskFailedError,
    UnreachableError,
    WaitTimeoutError,
)

T = TypeVar("T")
Step = Union["Call[Any]", float]
"""a request to send, or how many seconds to pause"""
Steps = Generator[Step, Optional[httpx.Response], T]

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
PROBLEM = "urn:ovate:problem:"


class Patience:
    """For how long a server that does not answer is asked again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.answered()

    def answered(self) -> None:
        self.since = time.monotonic()
        self.next = FIRST_PAUSE

    def pause(self, failure: OvateError) -> float:
        """How long to wait until it is asked again; raises the failure if that is in vain."""
        if time.monotonic() + self.next - self.since > self.seconds:
            raise failure
        now, self.next = self.next, min(2 * self.next, LONGEST_PAUSE)
        return now


def exchange(call: Call[T], seconds: float) -> Steps[T]:
    """Sends a request, again if it may be, and reads its answer."""
    patience = Patience(seconds)
    while True:
        try:
            response = yield call
        except httpx.TransportError as error:
            failure: OvateError = unreachable(error)
            sent = not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
        else:
            assert response is not None
            if response.is_success:
                return call.read(response.text if call.text else json_of(response))
            failure = problem_of(response)
            if response.status_code not in (429, 503):
                raise failure
            sent = response.status_code == 503  # it may have been done before the server lost its lead
        if sent and not call.again:
            raise failure
        yield patience.pause(failure)


def waiting(id: str, seconds: float, timeout: Optional[float], told: Optional[Callable[[Progress], object]], check: bool) -> Steps[Task]:
    """Asks how a task stands until it has ended."""
    begun, pause = time.monotonic(), FIRST_PAUSE
    last: Optional[Progress] = None
    while True:
        task = yield from exchange(calls.task(id), seconds)
        if told is not None:
            now = Progress(task, (yield from rows_so_far(task, seconds)))
            if now != last:
                told(now)
            last = now
        if task.ended:
            if check and task.state != "SUCCESS":
                raise TaskFailedError(task)
            return task
        if timeout is not None:
            left = begun + timeout - time.monotonic()
            if left <= 0:
                raise WaitTimeoutError(task)
            pause = min(pause, left)
        yield pause
        pause = min(1.5 * pause, LONGEST_PAUSE)


def ingesting(
    file: Union[str, os.PathLike[str]],
    data_source: str,
    choices: Optional[Choices],
    skip_bad: Union[bool, int],
    seconds: float,
    timeout: Optional[float],
    told: Optional[Callable[[Progress], object]],
) -> Steps[Task]:
    """Sends a file, has a task made of it, unless more rows than may be left out do not fit, and waits until that has ended."""
    upload = yield from exchange(calls.upload(file, data_source=data_source), seconds)
    preview = yield from exchange(calls.preview(upload=upload.id, choices=choices, rows=1), seconds)
    if skip_bad is not True and preview.read["unparseable"] > skip_bad:
        yield from exchange(calls.remove_upload(upload.id), seconds)
        raise MisfitError(upload.name, preview)
    id = yield from exchange(calls.submit(preview.task), seconds)
    return (yield from waiting(id, seconds, timeout, told, True))


def rows_so_far(task: Task, seconds: float) -> Steps[Optional[Rows]]:
    if task.state in ("WAITING", "PENDING"):
        return None
    try:
        report = yield from exchange(calls.report(task.id), seconds)
    except NotFoundError:
        return None
    try:
        return answers.rows_of(report["ingestionStatsAndErrors"]["payload"]["rowStats"])
    except (KeyError, TypeError):
        return None


def unreachable(error: httpx.TransportError) -> UnreachableError:
    told = UnreachableError(f"no answer from {error.request.url.host}:{error.request.url.port or ''}: {error or type(error).__name__}")
    told.__cause__ = error
    return told


def json_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise StrangeAnswerError(f"{request_of(response)}: the answer is not JSON: {response.text[:100]!r}") from error


def request_of(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def problem_of(response: httpx.Response) -> ProblemError:
    """What the server says is wrong: as a problem (RFC 9457), or in one of Druid's shapes."""
    try:
        told = response.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        text = response.text.strip()
        told = {"detail": "" if text.startswith("<") else text}
    if response.is_redirect:
        told = {"detail": f"another server leads: {response.headers.get('Location', '')}"}
    detail = next((told[name] for name in ("detail", "errorMessage", "error") if isinstance(told.get(name), str)), "")
    kind = str(told.get("type", ""))
    code = kind[len(PROBLEM) :] if kind.startswith(PROBLEM) else str(told.get("errorCode") or "")
    faults = tuple(answers.many(answers.fault)(told.get("errors") or []))
    cls = ProblemError
    if code == "invalid-spec":
        cls = InvalidSpecError
    elif response.status_code == 404:
        cls = NotFoundError
    elif response.status_code in (401, 403):
        cls = DeniedError
    return cls(response.status_code, detail, title=str(told.get("title", "")), code=code, errors=faults, request=request_of(response))
