"""Client of ovate, Apache Druid's Overlord re-made.

>>> import ovate
>>> with ovate.Client("http://localhost:8090") as overlord:
...     id = overlord.submit(spec)
...     task = overlord.wait(id, progress=print)
...     print(overlord.segments(task.data_source))

``Client`` waits for each answer; ``AsyncClient`` has the same methods for asyncio. What goes wrong is an ``OvateError``.
"""

from __future__ import annotations

import os
from typing import Callable, Optional, Union

from ._answers import (
    Choices,
    Column,
    Counts,
    DataSource,
    Deliveries,
    Delivery,
    Event,
    Metadata,
    Orphan,
    Orphans,
    Outcome,
    Outcomes,
    Page,
    Preview,
    Progress,
    Retry,
    Rows,
    Schedule,
    Segment,
    Session,
    Submission,
    Submissions,
    Task,
    Unread,
    Upload,
    Uploads,
    Webhook,
)
from ._async_client import AsyncClient
from ._client import Client
from ._errors import (
    DeniedError,
    Fault,
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

__version__ = "0.1.0"


def ingest(
    file: Union[str, os.PathLike[str]],
    data_source: str = "",
    *,
    url: str = "http://localhost:8090",
    choices: Optional[Choices] = None,
    skip_bad: Union[bool, int] = 0,
    progress: Optional[Callable[[Progress], object]] = None,
) -> Task:
    """Sends a file to a server and has its rows stored, for a person at a notebook: ``Client(url).ingest``."""
    with Client(url) as overlord:
        return overlord.ingest(file, data_source=data_source, choices=choices, skip_bad=skip_bad, progress=progress)


__all__ = [
    "AsyncClient",
    "Choices",
    "Client",
    "Column",
    "Counts",
    "DataSource",
    "Deliveries",
    "Delivery",
    "DeniedError",
    "Event",
    "Fault",
    "InvalidSpecError",
    "Metadata",
    "MisfitError",
    "NotFoundError",
    "Orphan",
    "Orphans",
    "Outcome",
    "Outcomes",
    "OvateError",
    "Page",
    "Preview",
    "ProblemError",
    "Progress",
    "Retry",
    "Rows",
    "Schedule",
    "Segment",
    "Session",
    "StrangeAnswerError",
    "Submission",
    "Submissions",
    "Task",
    "TaskFailedError",
    "UnreachableError",
    "Unread",
    "Upload",
    "Uploads",
    "WaitTimeoutError",
    "Webhook",
    "__version__",
    "ingest",
]
