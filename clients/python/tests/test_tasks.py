"""Tasks: submitted, followed, changed."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest
from conftest import Server
from specs import inline, noop

import ovate


def name() -> str:
    return f"d{uuid.uuid4().hex}"


def test_ingestion(overlord: ovate.Client) -> None:
    source = name()
    told: list[ovate.Progress] = []
    id = overlord.submit(inline(source, '{"t":"2026-01-01","x":"a"}\n{"t":"2026-01-02","x":"b"}\nnone\n'))
    task = overlord.wait(id, progress=told.append)
    assert (task.id, task.type, task.data_source, task.state, task.ended) == (id, "index_parallel", source, "SUCCESS", True)
    assert task.duration is not None
    assert told[-1].task == task
    assert told[-1].rows is not None
    assert (told[-1].rows.processed, told[-1].rows.unparseable) == (2, 1)
    assert overlord.task(id) == task
    assert "task ended" in overlord.log(id)
    assert overlord.log(id, offset=-5) == overlord.log(id)[-5:]
    assert overlord.report(id)["ingestionStatsAndErrors"]["payload"]["segmentsPublished"] == 2
    assert overlord.payload(id)["spec"]["dataSchema"]["dataSource"] == source

    segments = overlord.segments(source, rows=True)
    assert [(one.interval[:10], one.rows) for one in segments] == [("2026-01-01", 1), ("2026-01-02", 1)]
    assert all(one.visible and one.size > 0 and one.identifier.startswith(source) for one in segments)
    assert [one.rows for one in overlord.segments(source, interval="2026-01-02/2026-01-03")] == [None]
    (found,) = [one for one in overlord.data_sources(rows=True) if one.data_source == source]
    assert (found.segments, found.rows) == (2, 2)


def test_keys(overlord: ovate.Client) -> None:
    key, spec = name(), noop(name())
    id = overlord.submit(spec, key=key)
    assert overlord.submit(spec, key=key) == id
    assert overlord.submit(spec) != overlord.submit(spec)
    with pytest.raises(ovate.ProblemError) as refused:
        overlord.submit(noop(name()), key=key)
    assert (refused.value.status, refused.value.code) == (422, "key-reused")
    named = name()
    assert overlord.submit(noop(name(), id=named)) == named
    with pytest.raises(ovate.ProblemError) as refused:
        overlord.submit(noop(name(), id=named))
    assert (refused.value.status, refused.value.code) == (409, "id-taken")


def test_faults(overlord: ovate.Client) -> None:
    spec = inline(name(), "")
    spec["spec"]["ioConfig"]["inputFormat"] = {"type": "jason"}
    faults = overlord.validate(spec)
    assert [one.pointer for one in faults] == ["/spec/ioConfig/inputSource/data", "/spec/ioConfig/inputFormat"]
    with pytest.raises(ovate.InvalidSpecError) as refused:
        overlord.submit(spec)
    assert list(refused.value.errors) == faults
    assert refused.value.code == "invalid-spec"
    assert refused.value.detail in str(refused.value)
    assert overlord.validate(noop("x")) == []
    with pytest.raises(ovate.ProblemError, match="not valid JSON at line 1"):
        overlord.submit('{"type":')
    with pytest.raises(ovate.NotFoundError):
        overlord.task("no/such task?")
    with pytest.raises(ovate.NotFoundError):
        overlord.log("none")
    with pytest.raises(ValueError, match="empty"):
        overlord.task("")


def test_pages(overlord: ovate.Client) -> None:
    source = name()
    ids = {overlord.submit(noop(source)) for _ in range(25)}
    for id in ids:
        overlord.wait(id)
    page = overlord.page(data_source=source, limit=10, counts=True)
    assert len(page.tasks) == 10
    assert page.next
    assert page.counts == ovate.Counts(waiting=0, pending=0, running=0, success=25, failed=0)
    listed = [task.id for task in overlord.tasks(data_source=source, limit=10)]
    assert len(listed) == 25
    assert set(listed) == ids
    assert [task.id for task in overlord.tasks(id_part=listed[3])] == [listed[3]]
    assert list(overlord.tasks(data_source=source, state="FAILED")) == []


def test_many_at_once(overlord: ovate.Client) -> None:
    source = name()
    ids = {overlord.submit(noop(source, 600_000)) for _ in range(5)}
    meant = overlord.cancel(data_source=source, dry_run=True)
    assert (meant.dry_run, meant.matched, {one.id for one in meant.tasks}) == (True, 5, ids)
    done = overlord.cancel(data_source=source, reason="enough")
    assert (done.done, done.failed, done.more) == (5, 0, False)
    for id in ids:
        with pytest.raises(ovate.TaskFailedError, match="enough") as failed:
            overlord.wait(id)
        assert failed.value.task.state == "FAILED"
        assert overlord.wait(id, check=False).error == "enough"
    again = overlord.retry(*list(ids)[:2])
    assert again.done == 2
    assert {one.id for one in again.tasks} == set(list(ids)[:2])
    assert overlord.cancel(*[one.new_id for one in again.tasks]).done == 2


def test_timeout(overlord: ovate.Client) -> None:
    id = overlord.submit(noop(name(), 600_000))
    begun = time.monotonic()
    with pytest.raises(ovate.WaitTimeoutError) as late:
        overlord.wait(id, timeout=0.3)
    assert isinstance(late.value, TimeoutError)
    assert time.monotonic() - begun >= 0.3
    assert not late.value.task.ended
    overlord.cancel(id)


def test_storage(overlord: ovate.Client) -> None:
    assert overlord.metadata().id
    assert overlord.orphans(others=True).orphans == []
    assert overlord.remove_orphans(before="2020-01-01T00:00:00Z").before == "2020-01-01T00:00:00.000Z"
    assert overlord.description()["openapi"].startswith("3.1")


def test_files(overlord: ovate.Client, tmp_path: Path) -> None:
    source = name()
    file = tmp_path / "readings.csv"
    file.write_text("when,sensor,celsius\n2026-01-01T08:00Z,roof,3.5\n2026-01-02T09:00Z,roof,4.25\n")
    task = overlord.ingest(file, data_source=source)
    assert (task.state, task.data_source) == ("SUCCESS", source)
    assert sum(one.rows or 0 for one in overlord.segments(source, rows=True)) == 2

    (sent,) = [one for one in overlord.uploads().uploads if one.data_source == source]
    assert (sent.name, sent.size) == ("readings.csv", file.stat().st_size)
    assert overlord.one_upload(sent.id).sha256 == sent.sha256
    shown = overlord.preview(upload=sent.id, choices=ovate.Choices(type={"celsius": "string"}, drop=["sensor"], granularity="MONTH"))
    assert [(one.name, one.type) for one in shown.columns] == [("__time", "LONG"), ("celsius", "STRING")]
    assert [row["celsius"] for row in shown.rows] == ["3.5", "4.25"]
    assert shown.read["inFile"] == 2
    assert overlord.validate(shown.task) == []
    assert overlord.preview(task=inline(source, '{"t":"2026-01-01","x":"a"}\n')).rows[0]["x"] == "a"
    overlord.remove_upload(sent.id)
    with pytest.raises(ovate.NotFoundError):
        overlord.one_upload(sent.id)


def test_misfits(overlord: ovate.Client, tmp_path: Path) -> None:
    """Rows that do not fit are told before anything is stored, and left out where that is said."""
    source = name()
    file = tmp_path / "readings.csv"
    file.write_text("when,celsius\n2026-01-01,3.5\n2026-01-02\nyesterday,4\n2026-01-04,5\n")
    for most in (0, 1):
        with pytest.raises(ovate.MisfitError) as told:
            overlord.ingest(file, data_source=source, skip_bad=most)
    assert "2 of 4 rows of readings.csv do not fit" in str(told.value)
    assert "line 3: '2026-01-02' has only 1 field" in str(told.value)
    assert "line 4, column when: 'yesterday' is no time" in str(told.value)
    assert told.value.preview.read["unparseable"] == 2
    assert source not in [one.data_source for one in overlord.data_sources()]
    assert source not in [one.data_source for one in overlord.uploads().uploads]
    for most, choices in ((2, None), (True, ovate.Choices(replace=True))):
        overlord.ingest(file, data_source=source, skip_bad=most, choices=choices)
        assert sum(one.rows or 0 for one in overlord.segments(source, rows=True)) == 2


def test_rows_that_are_there(overlord: ovate.Client, tmp_path: Path) -> None:
    """Rows of the same time stay, unless it is said that the file adds to them or replaces them."""
    source = name()
    file = tmp_path / "readings.csv"
    file.write_text("when,celsius\n2026-01-01,3.5\n2026-01-02,4\n")
    overlord.ingest(file, data_source=source)
    with pytest.raises(ovate.TaskFailedError, match="holds 2 rows"):
        overlord.ingest(file, data_source=source)
    for choices, rows in ((ovate.Choices(append=True), 4), (ovate.Choices(replace=True), 2)):
        overlord.ingest(file, data_source=source, choices=choices)
        assert sum(one.rows or 0 for one in overlord.segments(source, rows=True)) == rows


def test_ingest(server: Server, tmp_path: Path) -> None:
    """What a person at a notebook calls."""
    file = tmp_path / f"{name()}.json"
    file.write_text('{"t":"2026-01-01","x":"a"}\n')
    assert ovate.ingest(file, url=server.url).data_source == file.stem
    assert ovate.ingest(str(file), "other", url=server.url).data_source == "other"
