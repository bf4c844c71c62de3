"""Every request that there is, described once. Client and AsyncClient send what is described here."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Generic, Optional, TypeVar, Union
from urllib.parse import quote

from . import _answers as answers
from ._answers import Choices, DataSource, Json, Metadata, Orphans, Outcomes, Page, Preview, Segment, Session, Task, Upload, Uploads
from ._errors import Fault

T = TypeVar("T")
Spec = Union[str, bytes, Mapping[str, Any]]
"""A task as Druid takes it: a dict, or its JSON as it is."""

API = "/api/v1"
DRUID = "/druid/indexer/v1"


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[Any], T]
    """takes the JSON of the answer, or its text where text is set"""
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Union[bytes, Path, None] = None
    """a Path is that of a file, whose bytes are sent"""
    media: str = "application/json"
    """what the body is"""
    again: bool = True
    """it may be sent again when no answer came"""
    slow: bool = False
    """the server answers once all is done, which may take minutes"""
    text: bool = False


def page(
    *,
    data_source: str = "",
    type: str = "",
    group_id: str = "",
    state: str = "",
    id_part: str = "",
    created: str = "",
    label: str = "",
    cursor: str = "",
    limit: int = 0,
    counts: bool = False,
) -> Call[Page]:
    """A page of tasks, active and ended ones together, the newest first.

    Filters that are empty let all pass. ``state`` is WAITING, PENDING, RUNNING, SUCCESS, FAILED, or COMPLETE for both of these,
    ``created`` an ISO 8601 interval, ``id_part`` a text that the id contains, ``label`` KEY=VALUE (or several, with commas between them).
    ``cursor`` is the ``next`` of the page before, ``limit`` 1000 at most (100 unless given). ``tasks`` goes through all pages.
    """
    params = filters(data_source, type, group_id, state, id_part, created, label)
    params.update(only(cursor=cursor, limit=str(limit or ""), counts="true" if counts else ""))
    return Call("GET", API + "/tasks", answers.page, params)


def task(id: str) -> Call[Task]:
    """A task, and what became of it."""
    return Call("GET", f"{API}/tasks/{part(id)}", answers.task)


def submit(spec: Spec, *, key: str = "") -> Call[str]:
    """Submits a task and returns its id; the task is on the server's disk then.

    It is submitted once, however often the request has to be sent: a task without an id gets a key. With a ``key`` of your own that holds
    across programs: the same key and the same task are the same submission (with another task: ProblemError, code ``key-reused``). A task
    with an ``id`` is sent once, and takes no key.
    """
    body = encoded(spec)
    if not key and not has_id(body):
        key = str(uuid.uuid4())
    return Call("POST", API + "/tasks", answers.named("id"), headers=only(idempotency_key=key), body=body, again=bool(key))


def validate(spec: Spec) -> Call[list[Fault]]:
    """All that is wrong with a task, without submitting it; nothing if the server would take it."""
    return Call(
        "POST", API + "/validate", lambda told: list(answers.many(answers.fault)(answers.same(told).get("errors"))), body=encoded(spec)
    )


def cancel(
    *ids: str,
    data_source: str = "",
    type: str = "",
    group_id: str = "",
    state: str = "",
    id_part: str = "",
    created: str = "",
    label: str = "",
    all: bool = False,
    dry_run: bool = False,
    reason: str = "",
) -> Call[Outcomes]:
    """Ends those of the tasks that are active: of the ids, or those that pass the filters of ``page``, or all.

    ``dry_run`` only tells which tasks are meant, ``reason`` is the error that they end with.
    """
    return change("cancel", ids, filters(data_source, type, group_id, state, id_part, created, label), all, dry_run, reason)


def retry(
    *ids: str,
    data_source: str = "",
    type: str = "",
    group_id: str = "",
    state: str = "",
    id_part: str = "",
    created: str = "",
    label: str = "",
    all: bool = False,
    dry_run: bool = False,
) -> Call[Outcomes]:
    """Submits tasks that have ended once more, each under a new id.

    Filters are those of ``page``; without a state they are of tasks that have failed.
    """
    return change("retry", ids, filters(data_source, type, group_id, state, id_part, created, label), all, dry_run, "")


def change(verb: str, ids: Iterable[str], filter: dict[str, str], all: bool, dry_run: bool, reason: str) -> Call[Outcomes]:
    chosen: dict[str, Any] = {"dryRun": dry_run}
    chosen.update(only(ids=list(ids), filter=filter, all=all, reason=reason))
    # To cancel twice changes nothing more; to retry twice does.
    return Call(
        "POST", f"{API}/tasks/{verb}", answers.outcomes, body=json.dumps(chosen).encode(), again=verb == "cancel" or dry_run, slow=True
    )


def log(id: str, *, offset: int = 0) -> Call[str]:
    """The log of a task from byte ``offset`` on; a negative one means the last so many bytes. NotFoundError before it has begun."""
    return Call("GET", f"{DRUID}/task/{part(id)}/log", str, only(offset=str(offset or "")), text=True)


def report(id: str) -> Call[Json]:
    """The report of a task, as Druid has it. Where there is nothing to report, or not yet, there is none (NotFoundError)."""
    return Call("GET", f"{DRUID}/task/{part(id)}/reports", answers.same)


def payload(id: str) -> Call[Json]:
    """The task as the server understood it, with all defaults filled in."""
    return Call("GET", f"{DRUID}/task/{part(id)}", lambda told: answers.same(answers.same(told).get("payload")))


def data_sources(*, rows: bool = False) -> Call[list[DataSource]]:
    """The data sources that queries see, by name. ``rows`` counts them, for which the server opens every segment."""
    return Call("GET", API + "/datasources", lambda told: list(answers.data_sources(told)), flag(rows=rows), slow=True)


def segments(data_source: str, *, interval: str = "", rows: bool = False) -> Call[list[Segment]]:
    """The segments of a data source that queries see (within an ISO 8601 interval), in order of time, version and partition."""
    path = f"{API}/datasources/{part(data_source)}/segments"
    return Call("GET", path, lambda told: list(answers.segments(told)), {**only(interval=interval), **flag(rows=rows)}, slow=True)


def upload(file: Union[str, os.PathLike[str]], *, data_source: str = "", name: str = "") -> Call[Upload]:
    """Sends a file to have it ingested; it is on the server's disk then.

    ``name`` tells with its extensions how the file is written (else its own does), ``data_source`` what it is for (else what the name
    suggests). It has to be sent to the server that leads: one that does not answers with ProblemError 307, which names it.
    """
    path = Path(file)
    params = only(name=name or path.name, dataSource=data_source)
    media = "application/octet-stream"
    return Call("POST", API + "/uploads", answers.upload, params, body=path, media=media, again=False, slow=True)


def uploads() -> Call[Uploads]:
    """The files that were sent and that one may use, the newest first, and how much room there is."""
    return Call("GET", API + "/uploads", answers.uploads)


def one_upload(id: str) -> Call[Upload]:
    """A file that was sent."""
    return Call("GET", f"{API}/uploads/{part(id)}", answers.upload)


def remove_upload(id: str) -> Call[None]:
    """Removes a file that was sent. A task that has not begun to read it fails then."""
    return Call("DELETE", f"{API}/uploads/{part(id)}", lambda _: None, text=True, again=False)


def preview(
    *, upload: str = "", data_source: str = "", choices: Optional[Choices] = None, task: Optional[Json] = None, rows: int = 0
) -> Call[Preview]:
    """What would be stored of an upload (its id) or by a task, and the task that stores it; nothing is stored.

    ``choices`` are what is known of the upload, ``data_source`` is where it is to go (else that of the upload), ``rows`` how many of the
    input are shown (100 unless given, 1000 at most).
    """
    asked = only(upload=upload, dataSource=data_source, choices=answers.known(choices or Choices()), task=task, rows=rows)
    return Call("POST", API + "/preview", answers.preview, body=json.dumps(asked).encode(), slow=True)


def segment(data_source: str, id: str, *, fetch: bool = False) -> Call[Json]:
    """A segment, used or not, with its columns and with what hides it. ``fetch`` fetches files that are in a store of objects."""
    return Call("GET", f"{API}/datasources/{part(data_source)}/segments/{part(id)}", answers.same, flag(fetch=fetch), slow=True)


def rows(data_source: str, segment: str, *, start: int = 0, limit: int = 0, fetch: bool = False) -> Call[Json]:
    """Rows of a segment from number ``start`` on: ``rows``, and ``next``, where others begin.

    ``limit`` is 1000 at most, 100 unless given; ``fetch`` fetches files that are in a store of objects.
    """
    path = f"{API}/datasources/{part(data_source)}/segments/{part(segment)}/rows"
    return Call("GET", path, answers.same, {**only(limit=str(limit or ""), **{"from": str(start or "")}), **flag(fetch=fetch)}, slow=True)


def rates() -> Call[list[Json]]:
    """How fast tasks of the server's process have read over the last hour, by half minutes, the oldest first."""
    return Call("GET", API + "/rates", lambda told: list(answers.many(answers.same)(told)))


def lag(supervisor: str) -> Call[list[Json]]:
    """How far a supervisor of a stream was behind over the last hour, by minutes, the oldest first."""
    return Call("GET", f"{API}/supervisors/{part(supervisor)}/lag", lambda told: list(answers.many(answers.same)(told)))


def metadata() -> Call[Metadata]:
    """Which metadata the server works on."""
    return Call("GET", API + "/metadata", answers.metadata)


def orphans(*, before: str = "", others: bool = False) -> Call[Orphans]:
    """Files in deep storage that belong to no segment, nor to an active task.

    ``before`` is an ISO 8601 instant (else an hour ago); ``others`` takes what other servers and programs have written for orphans, too.
    """
    return Call("GET", API + "/orphans", answers.orphans, {**only(before=before), **flag(others=others)}, slow=True)


def remove_orphans(*, before: str = "", others: bool = False) -> Call[Orphans]:
    """Removes what ``orphans`` tells, and tells what that was."""
    return Call("DELETE", API + "/orphans", answers.orphans, {**only(before=before), **flag(others=others)}, slow=True, again=False)


def sessions(*, user: str = "") -> Call[list[Session]]:
    """Who is logged in at the server with a browser, the one first who was there last."""
    read = answers.many(answers.session)
    return Call("GET", API + "/sessions", lambda told: list(read(answers.same(told).get("sessions"))), only(user=user))


def end_session(id: str) -> Call[None]:
    """Ends a session: the next request of its browser is led to the login."""
    return Call("DELETE", f"{API}/sessions/{part(id)}", lambda _: None, text=True, again=False)


def description() -> Call[Json]:
    """What the server serves, as OpenAPI 3.1."""
    return Call("GET", API + "/openapi.json", answers.same)


def events(*, data_source: str = "", task: str = "", label: str = "") -> Call[None]:
    params = only(dataSource=data_source, task=task, label=label)
    return Call("GET", API + "/events", lambda _: None, params, {"Accept": "text/event-stream"})


def follow_log(id: str, *, offset: int = 0) -> Call[None]:
    return Call("GET", f"{API}/tasks/{part(id)}/log", lambda _: None, only(offset=str(offset or "")), {"Accept": "text/event-stream"})


def filters(data_source: str, type: str, group_id: str, state: str, id_part: str, created: str, label: str) -> dict[str, str]:
    return only(dataSource=data_source, type=type, groupId=group_id, state=state, idPart=id_part, created=created, label=label)


def only(**named: Any) -> dict[str, Any]:
    """What is not empty."""
    return {name.replace("_", "-"): value for name, value in named.items() if value}


def flag(**named: bool) -> dict[str, str]:
    return {name: "true" for name, value in named.items() if value}


def part(text: str) -> str:
    """A text as a part of a path."""
    if not text:
        raise ValueError("an id or a name is empty")
    return quote(text, safe="")


def encoded(spec: Spec) -> bytes:
    if isinstance(spec, bytes):
        return spec
    if isinstance(spec, str):
        return spec.encode()
    return json.dumps(spec, ensure_ascii=False, allow_nan=False).encode()


def has_id(body: bytes) -> bool:
    try:
        read = json.loads(body)
    except ValueError:
        return False  # the server tells where it is wrong
    return isinstance(read, dict) and "id" in read
