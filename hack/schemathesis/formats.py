"""Texts of the formats that the description names and JSON Schema does not."""

import base64
from datetime import datetime, timezone

import schemathesis
from hypothesis import strategies as st

# Years of four digits, which is what people write; others are for the tests of what reads them.
instants = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(timezone.utc)).map(
    lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
)
intervals = st.tuples(instants, instants).map(lambda ends: "/".join(sorted(ends)))
cursors = st.tuples(instants, st.text(st.characters(codec="utf-8"), min_size=1)).map(
    lambda place: base64.urlsafe_b64encode(" ".join(place).encode()).decode().rstrip("=")
)

schemathesis.openapi.format("iso8601-instant", instants)
schemathesis.openapi.format("iso8601-interval", intervals)
schemathesis.openapi.format("cursor", cursors)
