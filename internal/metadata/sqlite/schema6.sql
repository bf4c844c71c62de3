-- Pending segments are found by when and how long they are, as segments are (schema2.sql): those of later times cost an append nothing.

ALTER TABLE {pendingSegments} ADD COLUMN span INTEGER GENERATED ALWAYS AS (CASE
  WHEN julianday("end") - julianday(start) <= 0.0007 THEN 0
  WHEN julianday("end") - julianday(start) <= 0.042 THEN 1
  WHEN julianday("end") - julianday(start) <= 1.05 THEN 2
  WHEN julianday("end") - julianday(start) <= 7.05 THEN 3
  WHEN julianday("end") - julianday(start) <= 31.05 THEN 4
  WHEN julianday("end") - julianday(start) <= 92.05 THEN 5
  WHEN julianday("end") - julianday(start) <= 366.05 THEN 6
  ELSE 7 END) VIRTUAL;
CREATE INDEX {idx_pendingSegments_datasource_chunk} ON {pendingSegments}(dataSource, span, start, "end")
  WHERE length(start) = 24 AND length("end") = 24;
DROP INDEX {idx_pendingSegments_datasource_end_start};
