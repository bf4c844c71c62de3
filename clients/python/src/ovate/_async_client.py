"""The client for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional, TypeVar, Union

import httpx

from . import _calls as calls
from . import _work as work
from ._answers import Choices, Event, Progress, Task
from ._calls import Call
from ._connection import PIECE, Connection
from ._errors import OvateError
from ._events import Reading, named, read
from ._steps import Steps, exchange, ingesting, problem_of, waiting

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Concatenate, ParamSpec, Self

    P = ParamSpec("P")

T = TypeVar("T")


def sent(describe: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncClient, P], Awaitable[T]]:
    """The method that sends what is described, and returns what was answered."""

    async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(exchange(describe(*args, **kwargs), self._patience))

    method.__name__, method.__doc__, method.__wrapped__ = describe.__name__, describe.__doc__, describe  # type: ignore[attr-defined]
    return method


def content(body: Union[bytes, Path, None]) -> Union[bytes, AsyncIterator[bytes], None]:
    """The bytes of a body."""
    return pieces(body) if isinstance(body, Path) else body


async def pieces(file: Path) -> AsyncIterator[bytes]:
    opened = await asyncio.to_thread(file.open, "rb")
    with opened:
        while piece := await asyncio.to_thread(opened.read, PIECE):
            yield piece


class AsyncClient(Connection):
    """A client of one server, for asyncio. It may be used by many tasks of one loop.

    >>> async with AsyncClient("http://localhost:8090") as overlord:
    ...     task = await overlord.wait(await overlord.submit(spec))
    """

    def _open(self) -> None:
        self._http = httpx.AsyncClient(**self._settings)

    page = sent(calls.page)
    task = sent(calls.task)
    submit = sent(calls.submit)
    validate = sent(calls.validate)
    cancel = sent(calls.cancel)
    retry = sent(calls.retry)
    log = sent(calls.log)
    report = sent(calls.report)
    payload = sent(calls.payload)
    data_sources = sent(calls.data_sources)
    segments = sent(calls.segments)
    upload = sent(calls.upload)
    uploads = sent(calls.uploads)
    one_upload = sent(calls.one_upload)
    remove_upload = sent(calls.remove_upload)
    preview = sent(calls.preview)
    segment = sent(calls.segment)
    rows = sent(calls.rows)
    rates = sent(calls.rates)
    lag = sent(calls.lag)
    submit_later = sent(work.submit_later)
    submission = sent(work.submission)
    submissions = sent(work.submissions)
    cancel_submission = sent(work.cancel_submission)
    create_schedule = sent(work.create_schedule)
    schedules = sent(work.schedules)
    schedule = sent(work.schedule)
    remove_schedule = sent(work.remove_schedule)
    pause_schedule = sent(work.pause_schedule)
    resume_schedule = sent(work.resume_schedule)
    run_schedule = sent(work.run_schedule)
    create_webhook = sent(work.create_webhook)
    webhooks = sent(work.webhooks)
    webhook = sent(work.webhook)
    remove_webhook = sent(work.remove_webhook)
    test_webhook = sent(work.test_webhook)
    deliveries = sent(work.deliveries)
    metadata = sent(calls.metadata)
    orphans = sent(calls.orphans)
    remove_orphans = sent(calls.remove_orphans)
    sessions = sent(calls.sessions)
    end_session = sent(calls.end_session)
    description = sent(calls.description)

    async def tasks(
        self,
        *,
        data_source: str = "",
        type: str = "",
        group_id: str = "",
        state: str = "",
        id_part: str = "",
        created: str = "",
        label: str = "",
        limit: int = 1000,
    ) -> AsyncIterator[Task]:
        """All tasks that pass the filters of ``page``, the newest first. ``limit`` is how many are asked for at a time."""
        cursor = ""
        while True:
            page = await self.page(
                data_source=data_source,
                type=type,
                group_id=group_id,
                state=state,
                id_part=id_part,
                created=created,
                label=label,
                limit=limit,
                cursor=cursor,
            )
            for task in page.tasks:
                yield task
            if not page.next:
                return
            cursor = page.next

    async def wait(
        self,
        id: str,
        *,
        timeout: Optional[float] = None,
        progress: Optional[Callable[[Progress], object]] = None,
        check: bool = True,
    ) -> Task:
        """Waits until a task has ended, whatever becomes of the connection meanwhile, and returns how.

        :param timeout: seconds after which WaitTimeoutError is raised; the task goes on
        :param progress: is called whenever something has changed, also before it returns
        :param check: raises TaskFailedError if the task has failed
        """
        return await self._run(waiting(id, self._patience, timeout, progress, check))

    async def ingest(
        self,
        file: Union[str, os.PathLike[str]],
        *,
        data_source: str = "",
        choices: Optional[Choices] = None,
        skip_bad: Union[bool, int] = 0,
        timeout: Optional[float] = None,
        progress: Optional[Callable[[Progress], object]] = None,
    ) -> Task:
        """Sends a file, finds out what it is, stores its rows, and returns how that has ended.

        :param data_source: where they go; else what the name of the file suggests
        :param choices: what is known already; the rest is found out
        :param skip_bad: how many rows that do not fit may be left out, or True for any; more raise MisfitError, and nothing is stored
        :param timeout: as of ``wait``, which is what happens once the task is submitted, and ``progress``

        It is ``upload``, ``preview``, ``submit`` and ``wait``. Who wants to look first at what would be stored calls these.
        """
        return await self._run(ingesting(file, data_source, choices, skip_bad, self._patience, timeout, progress))

    async def events(self, *, data_source: str = "", task: str = "", label: str = "") -> AsyncIterator[Event]:
        """What happens to tasks from now on, without end: to all, to those of a data source or with a label (KEY=VALUE, or several, with
        commas between them), or to one, of which there is progress, too.

        Where the connection breaks it goes on behind the last event; what can no longer be told is announced by ``reset``, which also
        comes first. UnreachableError is raised when the server has not been there for ``patience`` seconds.
        """
        async for event in self._follow(Reading(calls.events(data_source=data_source, task=task, label=label), self._patience, read)):
            yield event

    async def follow_log(self, id: str, *, offset: int = 0) -> AsyncIterator[str]:
        """The lines of a task's log from byte ``offset`` on, as they are written, until it has ended.

        Where the connection breaks it goes on behind the last one. NotFoundError if there is no
        such task; one that has not begun is waited for.
        """
        async for name, text in self._follow(Reading(calls.follow_log(id, offset=offset), self._patience, named)):
            if name == "ended":
                return
            for line in text.split("\n"):
                yield line

    async def _follow(self, reading: Reading[T]) -> AsyncIterator[T]:
        """Events, over as many connections as it takes."""
        while True:
            try:
                response = await self._http.send(self._event_request(self._http, reading.begin()), stream=True)
                try:
                    if not response.is_success:
                        await response.aread()
                        raise problem_of(response)
                    async for text in response.aiter_text():
                        for event in reading.take(text):
                            yield event
                finally:
                    await response.aclose()
                pause = reading.ended()
            except (httpx.TransportError, OvateError) as error:
                pause = reading.broke(error)
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        await self.close()

    async def _run(self, steps: Steps[T]) -> T:
        """Does what the steps say."""
        answer: Optional[httpx.Response] = None
        failure: Optional[httpx.TransportError] = None
        while True:
            try:
                step = steps.throw(failure) if failure is not None else steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = failure = None
            if not isinstance(step, Call):
                await asyncio.sleep(step)
                continue
            try:
                answer = await self._http.send(
                    self._request(self._http, step, content(step.body)), follow_redirects=not isinstance(step.body, Path)
                )
            except httpx.TransportError as error:
                failure = error
