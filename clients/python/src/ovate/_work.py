"""Requests about tasks that wait, and about who is told of them; like those of _calls."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from . import _answers as answers
from ._answers import Deliveries, Retry, Schedule, Submission, Submissions, Webhook
from ._calls import API, Call, Spec, encoded, flag, has_id, only, part


def submit_later(
    task: Spec,
    *,
    after: Sequence[str] = (),
    not_before: str = "",
    on_failure: str = "",
    retry: Optional[Retry] = None,
    labels: Optional[Mapping[str, str]] = None,
    key: str = "",
) -> Call[Submission]:
    """Hands in a task that becomes one once all that it comes ``after`` has ended, and the ISO 8601 time ``not_before`` has come.

    ``on_failure`` says what becomes of it when one fails that it comes after: ``fail``, or ``run`` all the same. ``retry`` submits it once
    more when it has failed, ``labels`` find it. It is handed in once, as by ``submit``.
    """
    body = encoded(task)
    if not key and not has_id(body):
        key = str(uuid.uuid4())
    asked: dict[str, Any] = only(after=list(after), notBefore=not_before, onFailure=on_failure, labels=dict(labels or {}))
    if retry is not None:
        asked["retry"] = answers.known(retry)
    text = b'{"task":' + body + b"," + json.dumps(asked).encode()[1:] if asked else b'{"task":' + body + b"}"
    return Call("POST", API + "/submissions", answers.submission, headers=only(idempotency_key=key), body=text, again=bool(key))


def submission(id: str) -> Call[Submission]:
    """How one stands."""
    return Call("GET", f"{API}/submissions/{part(id)}", answers.submission)


def submissions(*, ended: bool = False, limit: int = 0, cursor: str = "") -> Call[Submissions]:
    """A page of those that have not ended, by their ids; or of those that have, which are kept for seven days."""
    return Call("GET", API + "/submissions", answers.submissions, {**flag(ended=ended), **only(limit=str(limit or ""), cursor=cursor)})


def cancel_submission(id: str, *, reason: str = "") -> Call[Submission]:
    """Has it not submitted any more, and ends its task. One that has ended stays as it is."""
    return Call("DELETE", f"{API}/submissions/{part(id)}", answers.submission, only(reason=reason))


def create_schedule(id: str, cron: str, task: Spec, *, format: str = "", time_zone: str = "", overlap: str = "") -> Call[Schedule]:
    """Has a task run by a schedule. ``format`` is unix (unless given) or quartz, ``overlap`` skip or allow; times are UTC unless given."""
    asked = only(id=id, cron=cron, format=format, timeZone=time_zone, overlap=overlap)
    text = b'{"task":' + encoded(task) + b"," + json.dumps(asked).encode()[1:]
    return Call("POST", API + "/schedules", answers.schedule, body=text, again=False)


def schedules() -> Call[list[Schedule]]:
    """Tasks that are run by a schedule."""
    return Call("GET", API + "/schedules", lambda told: list(answers.many(answers.schedule)(answers.same(told).get("schedules"))))


def schedule(id: str) -> Call[Schedule]:
    """One of them."""
    return Call("GET", f"{API}/schedules/{part(id)}", answers.schedule)


def remove_schedule(id: str) -> Call[None]:
    """Removes one; its tasks go on."""
    return Call("DELETE", f"{API}/schedules/{part(id)}", lambda _: None, text=True, again=False)


def pause_schedule(id: str) -> Call[Schedule]:
    """Has what is due passed over."""
    return Call("POST", f"{API}/schedules/{part(id)}/pause", answers.schedule)


def resume_schedule(id: str) -> Call[Schedule]:
    """Lets one go on."""
    return Call("POST", f"{API}/schedules/{part(id)}/resume", answers.schedule)


def run_schedule(id: str) -> Call[str]:
    """Submits the task of one now, and returns the task's id."""
    return Call("POST", f"{API}/schedules/{part(id)}/run", answers.named("id"), again=False)


def create_webhook(
    url: str, secret: str, *, events: Sequence[str] = (), data_source: str = "", type: str = "", labels: Sequence[str] = ()
) -> Call[Webhook]:
    """Has a server told of what becomes of tasks from now on.

    ``secret`` signs what is sent, as the Standard Webhooks have it; ``events`` are task.submitted, task.succeeded, task.failed (none: all),
    ``labels`` KEY=VALUE each.
    """
    asked = {"url": url, "secret": secret, **only(events=list(events), dataSource=data_source, type=type, labels=list(labels))}
    return Call("POST", API + "/webhooks", answers.webhook, body=json.dumps(asked).encode(), again=False)


def webhooks() -> Call[list[Webhook]]:
    """All webhooks, the oldest first."""
    return Call("GET", API + "/webhooks", lambda told: list(answers.many(answers.webhook)(answers.same(told).get("webhooks"))))


def webhook(id: str) -> Call[Webhook]:
    """One of them, without its secret."""
    return Call("GET", f"{API}/webhooks/{part(id)}", answers.webhook)


def remove_webhook(id: str) -> Call[None]:
    """Removes one, with what it was not told yet."""
    return Call("DELETE", f"{API}/webhooks/{part(id)}", lambda _: None, text=True, again=False)


def test_webhook(id: str) -> Call[None]:
    """Has one told of the event ``test``."""
    return Call("POST", f"{API}/webhooks/{part(id)}/test", lambda _: None, text=True, again=False)


def deliveries(webhook: str, *, ended: bool = False, limit: int = 0, cursor: str = "") -> Call[Deliveries]:
    """What a webhook is still to be told, the oldest first; or what was taken or given up within three days, the newest first."""
    params = {**flag(ended=ended), **only(limit=str(limit or ""), cursor=cursor)}
    return Call("GET", f"{API}/webhooks/{part(webhook)}/deliveries", answers.deliveries, params)
