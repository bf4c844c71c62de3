"""What a call raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._answers import Preview, Task


class OvateError(Exception):
    """All that this package raises, but for errors of its caller (TypeError, ValueError)."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a task."""

    pointer: str
    """JSON pointer (RFC 6901) to the field; empty where it is the task as a whole."""
    detail: str


class ProblemError(OvateError):
    """The server said no."""

    def __init__(
        self, status: int, detail: str, *, title: str = "", code: str = "", errors: tuple[Fault, ...] = (), request: str = ""
    ) -> None:
        super().__init__(f"{detail or title or request + ' was refused without a reason'} ({status})")
        self.status = status
        """of HTTP"""
        self.detail = detail
        """what the server says is wrong; empty if it says nothing"""
        self.title = title
        """what kind of problem it is, in words"""
        self.code = code
        """the same for programs: ``invalid-spec``, ``id-taken``, ``key-reused``; empty where the status says it all"""
        self.errors = errors
        """all that is wrong with a task, where the server tells each"""
        self.request = request
        """method and path"""


class InvalidSpecError(ProblemError):
    """The task cannot be accepted; ``errors`` tell why."""


class NotFoundError(ProblemError):
    """There is no such thing, or the server is not ovate: Druid's own Overlord has nothing below /api/v1."""


class DeniedError(ProblemError):
    """Who asks is not known (status 401), or may not do this (403)."""


class UnreachableError(OvateError):
    """No answer came, or only part of one."""


class StrangeAnswerError(OvateError):
    """The answer says yes, and then is not what ovate sends. Another program may be there."""


class TaskFailedError(OvateError):
    """A task that was waited for has failed."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.id} has failed: {task.error or 'it tells no reason'}")
        self.task = task


class MisfitError(OvateError):
    """Rows of a file do not fit, and nothing was ingested. ``preview`` tells which, and what would be stored without them."""

    def __init__(self, file: str, preview: Preview) -> None:
        left = preview.read["unparseable"]
        super().__init__(
            f"nothing was ingested, as {left} of {preview.read['inFile']} rows of {file} do not fit: "
            + "; ".join(misfit(one) for one in preview.unparseable)
            + ". skip_bad=True leaves them out, and choices say how they are to be read"
        )
        self.preview = preview


def misfit(one: Mapping[str, Any]) -> str:
    """What is wrong with a row."""
    place = f"line {one['line']}" if one.get("line") else "a line"
    column = f", column {one['column']}" if one.get("column") else ""
    more = f" ({one['rows']} rows)" if one["rows"] > 1 else ""
    return f"{place}{column}: {one.get('input', '')!r} {one['why']}{more}"


class WaitTimeoutError(OvateError, TimeoutError):
    """A task that was waited for has not ended in time. It goes on."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.id} has not ended yet: it is {task.state}")
        self.task = task
