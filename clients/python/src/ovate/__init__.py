"""Client of ovate, Apache Druid's Overlord re-made.

>>> import ovate
>>> with ovate.Client("http://localhost:8090") as overlord:
...     id = overlord.submit(spec)
...     task = overlord.wait(id, progress=print)
...     print(overlord.segments(task.data_source))

``Client`` waits for each answer; ``AsyncClient`` has the same methods for asyncio. What goes wrong is an ``OvateError``.
"""

from ._answers import (
    Counts,
    DataSource,
    Event,
    Metadata,
    Orphan,
    Orphans,
    Outcome,
    Outcomes,
    Page,
    Progress,
    Rows,
    Segment,
    Task,
    Unread,
)
from ._async_client import AsyncClient
from ._client import Client
from ._errors import (
    DeniedError,
    Fault,
    InvalidSpecError,
    NotFoundError,
    OvateError,
    ProblemError,
    StrangeAnswerError,
    TaskFailedError,
    UnreachableError,
    WaitTimeoutError,
)

__version__ = "0.1.0"
__all__ = [
    "AsyncClient",
    "Client",
    "Counts",
    "DataSource",
    "DeniedError",
    "Event",
    "Fault",
    "InvalidSpecError",
    "Metadata",
    "NotFoundError",
    "Orphan",
    "Orphans",
    "Outcome",
    "Outcomes",
    "OvateError",
    "Page",
    "ProblemError",
    "Progress",
    "Rows",
    "Segment",
    "StrangeAnswerError",
    "Task",
    "TaskFailedError",
    "UnreachableError",
    "Unread",
    "WaitTimeoutError",
    "__version__",
]
