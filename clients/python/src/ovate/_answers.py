"""What the server answers, as values. A field that a newer server adds is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Callable, Optional, TypeVar

from ._errors import Fault, StrangeAnswerError

T = TypeVar("T")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A task, and what became of it."""

    id: str
    group_id: str
    type: str
    data_source: str
    created: str
    """ISO 8601, in UTC with milliseconds"""
    state: str
    """WAITING, PENDING, RUNNING, SUCCESS or FAILED; UNKNOWN of one that has ended and cannot be read"""
    duration: Optional[int] = None
    """milliseconds that it ran; None while it is active"""
    location: str = ""
    """HOST:PORT of where it runs or ran, if that is known"""
    error: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return self.state not in ("WAITING", "PENDING", "RUNNING")


@dataclass(frozen=True)
class Counts:
    """How many tasks pass a filter, by their state; of those that have ended, a million of a state at most."""

    waiting: int
    pending: int
    running: int
    success: int
    failed: int


@dataclass(frozen=True)
class Page:
    """A page of tasks, the newest first. It may have fewer than were asked for, or none, and a next one all the same."""

    tasks: Sequence[Task]
    next: str = ""
    """the cursor of the next page; empty on the last one"""
    counts: Optional[Counts] = None
    """None unless they were asked for"""


@dataclass(frozen=True)
class Outcome:
    """What became of a task."""

    id: str
    new_id: str = ""
    """of the task that was submitted for it"""
    error: str = ""


@dataclass(frozen=True)
class Outcomes:
    """What became of the tasks of one request, 10,000 at most."""

    dry_run: bool
    matched: int
    done: int
    failed: int
    tasks: Sequence[Outcome]
    more: bool
    """more tasks match: ask again"""


@dataclass(frozen=True)
class Rows:
    """What became of the rows that a task has read so far."""

    processed: int
    processed_bytes: int = 0
    processed_with_error: int = 0
    thrown_away: int = 0
    unparseable: int = 0


@dataclass(frozen=True)
class Progress:
    """How a task stands."""

    task: Task
    rows: Optional[Rows] = None
    """None as long as it has read none, and of tasks that read none"""


@dataclass(frozen=True)
class Event:
    """Something that happened to a task."""

    name: str
    """came, runs, progress or ended, or reset: what happened before may be missing. Whoever keeps a list of tasks reads it
    then, and keeps it up to date with what follows."""
    id: str = ""
    """of the task"""
    type: str = ""
    data_source: str = ""
    state: str = ""
    location: str = ""
    duration: Optional[int] = None
    """milliseconds, once it has ended"""
    error: str = ""
    rows: Optional[Rows] = None
    """of progress"""


@dataclass(frozen=True)
class DataSource:
    """What queries see of a data source, summed up."""

    data_source: str
    interval: str
    """from the beginning of its first segment to the end of its last"""
    segments: int
    size: int
    """bytes of whole segments, uncompressed"""
    rows: Optional[int] = None
    """None unless they were asked for, and if no segment could be counted"""
    uncounted: int = 0
    """how many of the segments could not be counted, as they are kept elsewhere, damaged or missing"""


@dataclass(frozen=True)
class Segment:
    """A segment that queries see, at least in part."""

    data_source: str
    interval: str
    version: str
    identifier: str = ""
    visible: Sequence[str] = ()
    """the parts of its interval over which no newer segment hides it"""
    size: int = 0
    """bytes, uncompressed"""
    rows: Optional[int] = None
    """in the visible parts; None unless they were asked for, and if they cannot be counted"""
    uncounted: str = ""
    """why they cannot"""
    path: str = ""
    """where its files are on the server's machine, if the server tells"""
    unreadable: str = ""
    """why its row cannot be read, if it cannot; then little but the id is known"""


@dataclass(frozen=True)
class Orphan:
    """Something in deep storage that belongs to no segment."""

    data_source: str = ""
    interval: str = ""
    version: str = ""
    partition: str = ""
    path: str = ""
    """below the folder of deep storage"""
    size: int = 0
    changed: str = ""
    own: bool = False
    """written by this server, or one before it on the same metadata"""


@dataclass(frozen=True)
class Unread:
    """A folder of deep storage that the server could not read."""

    path: str
    reason: str


@dataclass(frozen=True)
class Orphans:
    """What a look for orphans has found."""

    before: str
    """when they were changed at the latest"""
    orphans: Sequence[Orphan]
    others: int = 0
    """places that others have written, and that are not among the orphans"""
    spared: int = 0
    """places that are too young, or that an active task may be about to publish"""
    more: int = 0
    """orphans beyond those that are told at once"""
    unreadable: Sequence[str] = ()
    """data sources of which nothing is told, as not all of their segments can be read"""
    unread: Sequence[Unread] = ()
    more_unread: int = 0


@dataclass(frozen=True)
class Metadata:
    """Which metadata the server works on."""

    id: str
    folder: str = ""
    file: str = ""


@dataclass(frozen=True)
class Upload:
    """A file that was sent to be ingested."""

    id: str
    name: str
    """of the file, as the server calls it"""
    data_source: str
    """that it is for"""
    size: int
    """bytes"""
    sha256: str
    by: str
    """who has sent it"""
    created: str
    used: str
    """last: sent, looked into, or seen to be what an active task reads"""


@dataclass(frozen=True)
class Uploads:
    """The files that one may use, the newest first."""

    uploads: Sequence[Upload]
    max_size: int
    """bytes that one file may have"""
    room: int
    """bytes more that who asks may send"""


@dataclass(frozen=True)
class Choices:
    """What is known already of a file; what is None is found out. They are the flags of ``ovate ingest`` of the same names."""

    format: Optional[str] = None
    """json, csv or tsv"""
    header: Optional[bool] = None
    """the first line names the columns"""
    skip_lines: Optional[str] = None
    """how many lines come before, such as a title"""
    delimiter: Optional[str] = None
    quote: Optional[str] = None
    escape: Optional[str] = None
    comment: Optional[str] = None
    """how lines begin that are comments, or none"""
    fill: Optional[bool] = None
    """rows may lack their last fields"""
    encoding: Optional[str] = None
    json_path: Optional[str] = None
    """where in a JSON object the rows are"""
    type: Optional[Mapping[str, str]] = None
    """long, double or string, by column"""
    null: Optional[Sequence[str]] = None
    """texts that stand for no value"""
    columns: Optional[Sequence[str]] = None
    """ingest these alone"""
    drop: Optional[Sequence[str]] = None
    """leave these out"""
    time_column: Optional[str] = None
    """or several, joined by ' + '"""
    time_format: Optional[str] = None
    """iso, auto, millis, posix …, or a pattern"""
    time_zone: Optional[str] = None
    time: Optional[str] = None
    """of all rows"""
    granularity: Optional[str] = None
    """the time that a segment covers: HOUR, DAY, MONTH …"""
    rollup: Optional[bool] = None
    append: Optional[bool] = None
    """add to what the data source has"""


@dataclass(frozen=True)
class Retry:
    """When a task that fails is submitted once more. What somebody has shut down is not."""

    max_attempts: int
    """how many tasks there are at most, the first one included"""
    backoff: Optional[str] = None
    """how long the second attempt waits, as an ISO 8601 period (PT30S unless given); each other one waits twice as long"""
    max_backoff: Optional[str] = None
    """how long one waits at most (PT1H unless given)"""
    errors: Optional[Sequence[str]] = None
    """texts of which the error of the task has to contain one; none is any error"""
    except_errors: Optional[Sequence[str]] = None
    """texts of which it must contain none"""


@dataclass(frozen=True)
class Submission:
    """A task that waits for a time or for others, or is retried."""

    id: str
    type: str
    data_source: str
    state: str
    """WAITING: it is no task yet, or once more; SUBMITTED: its task is active; SUCCESS; FAILED"""
    created: str
    attempt: int
    """which one runs, or is next, from 1 on"""
    task: str = ""
    """the id of the last attempt's task; empty before the first one"""
    waits_for: str = ""
    """in words"""
    not_before: str = ""
    on_failure: str = ""
    retry: Optional[Retry] = None
    labels: Mapping[str, str] = field(default_factory=dict)
    after: Sequence[Json] = ()
    """what it comes after: id, and how that has ended"""
    ended: str = ""
    error: str = ""
    by: str = ""
    """who has handed it in"""


@dataclass(frozen=True)
class Submissions:
    """A page of submissions."""

    submissions: Sequence[Submission]
    next: str = ""
    """the cursor of the next page; empty on the last one"""


@dataclass(frozen=True)
class Schedule:
    """A task that is run again and again."""

    id: str
    data_source: str
    cron: str
    format: str
    """how cron is read: unix or quartz"""
    task: Json
    paused: bool
    next: Sequence[str]
    """the next times when it is due, five at most; none while it is paused"""
    time_zone: str = ""
    """of the IANA database; empty is UTC"""
    overlap: str = ""
    """what is done when the last task has not ended: skip leaves out what is due, allow runs it beside"""
    error: str = ""
    """why the last time was passed over"""
    by: str = ""
    """who has submitted it last, as long as the server knows; empty in lists"""


@dataclass(frozen=True)
class Webhook:
    """A server that is told of what becomes of tasks."""

    id: str
    created: str
    url: str
    events: Sequence[str] = ()
    """those wanted; none is all"""
    data_source: str = ""
    type: str = ""
    labels: Sequence[str] = ()
    error: str = ""
    """why it is told of nothing at present"""
    by: str = ""
    """who has made it"""


@dataclass(frozen=True)
class Session:
    """One of somebody who has logged in at the server with a browser."""

    id: str
    user: str
    address: str
    """of the browser when it logged in"""
    begun: str
    used: str
    """last"""


@dataclass(frozen=True)
class Delivery:
    """Something that a webhook is still to be told, or was told."""

    id: str
    event: str
    created: str
    state: str
    """PENDING, DELIVERED or GIVEN_UP"""
    attempts: int
    body: Json
    task: str = ""
    next: str = ""
    """when it is sent again"""
    ended: str = ""
    status: Optional[int] = None
    """of the last answer"""
    error: str = ""


@dataclass(frozen=True)
class Deliveries:
    """A page of deliveries."""

    deliveries: Sequence[Delivery]
    next: str = ""
    """the cursor of the next page; empty on the last one"""


@dataclass(frozen=True)
class Column:
    """A column that would be stored."""

    name: str
    type: str
    """LONG, FLOAT, DOUBLE or STRING"""


@dataclass(frozen=True)
class Preview:
    """What would be stored."""

    format: str
    """how the input is written, in words"""
    columns: Sequence[Column]
    rows: Sequence[Json]
    """as they would be stored, ordered by time: what the first rows of the input make"""
    notes: Sequence[str]
    """sentences on what may surprise"""
    task: Json
    """what ingests the input, to be submitted"""
    time: Json
    """where the time of rows comes from: column, format, constant"""
    read: Json
    """how many rows were read: rows, unparseable, thrownAway, inFile"""
    unparseable: Sequence[Json]
    """what would be left out, or not be stored as it is: rows, line, column, input, why"""
    fields: Sequence[Json] = ()
    """the columns of a file, in its order: name, type, kept, as"""


def camel(name: str) -> str:
    """The name of a field in JSON."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def one(kind: type[T], **parts: Callable[[Any], Any]) -> Callable[[Any], T]:
    """Reads a JSON object as a dataclass; parts read those fields that are more than a text, a number or a list of them."""

    def read(value: Any) -> T:
        if not isinstance(value, dict):
            raise StrangeAnswerError(f"a {kind.__name__} is a JSON object, and this is {value!r:.100}")
        known: dict[str, Any] = {}
        for one in fields(kind):  # type: ignore[arg-type]
            found = value.get(camel(one.name))
            if found is not None:
                known[one.name] = parts[one.name](found) if one.name in parts else found
            elif one.default is MISSING and one.default_factory is MISSING:
                raise StrangeAnswerError(f"a {kind.__name__} has {camel(one.name)}, and this has only {', '.join(value)}")
        return kind(**known)

    return read


def known(value: Any) -> Json:
    """A dataclass as JSON, without what is None."""
    return {camel(one.name): getattr(value, one.name) for one in fields(value) if getattr(value, one.name) is not None}


def many(read: Callable[[Any], T]) -> Callable[[Any], Sequence[T]]:
    """Reads a JSON array."""

    def each(value: Any) -> Sequence[T]:
        if not isinstance(value, list):
            raise StrangeAnswerError(f"a list was asked for, and this is {value!r:.100}")
        return [read(item) for item in value]

    return each


def same(value: Any) -> Json:
    """Takes a JSON object as it is."""
    if not isinstance(value, dict):
        raise StrangeAnswerError(f"a JSON object was asked for, and this is {value!r:.100}")
    return value


def named(name: str) -> Callable[[Any], str]:
    """Reads the text that is in a field of a JSON object."""

    def read(value: Any) -> str:
        found = same(value).get(name)
        if not isinstance(found, str):
            raise StrangeAnswerError(f"the answer has no {name}: {value!r:.100}")
        return found

    return read


def rows_of(phases: Any) -> Optional[Rows]:
    """The rows of the phase that is on: ``{"determinePartitions": {…}, "buildSegments": {…}}``."""
    if not isinstance(phases, dict):
        return None
    told = [one(Rows)(phase) for phase in phases.values() if isinstance(phase, dict) and "processed" in phase]
    begun = [rows for rows in told if rows.processed > 0]
    return begun[-1] if begun else told[-1] if told else None


fault = one(Fault)
task = one(Task)
page = one(Page, tasks=many(task), counts=one(Counts))
outcomes = one(Outcomes, tasks=many(one(Outcome)))
data_sources = many(one(DataSource))
segments = many(one(Segment))
orphans = one(Orphans, orphans=many(one(Orphan)), unread=many(one(Unread)))
metadata = one(Metadata)
upload = one(Upload)
uploads = one(Uploads, uploads=many(upload))
preview = one(Preview, columns=many(one(Column)))
submission = one(Submission, retry=one(Retry))
submissions = one(Submissions, submissions=many(submission))
schedule = one(Schedule)
webhook = one(Webhook)
session = one(Session)
deliveries = one(Deliveries, deliveries=many(one(Delivery)))
event = one(Event, rows=rows_of)
