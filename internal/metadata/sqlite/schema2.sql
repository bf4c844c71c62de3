-- Which time chunks there are, and how far each is numbered, without reading the segments in them.
--   * span sorts segments by the length of their interval, so that those over an instant are found by where they
--     start: one that is in use there began at most the longest interval of its span before (span.go);
--   * partition_num is the number that ends the id, which has none in place of 0.
-- Both are worked out when they are read; only indexes store them.

ALTER TABLE {segments} ADD COLUMN span INTEGER GENERATED ALWAYS AS (CASE
  WHEN julianday("end") - julianday(start) <= 0.0007 THEN 0
  WHEN julianday("end") - julianday(start) <= 0.042 THEN 1
  WHEN julianday("end") - julianday(start) <= 1.05 THEN 2
  WHEN julianday("end") - julianday(start) <= 7.05 THEN 3
  WHEN julianday("end") - julianday(start) <= 31.05 THEN 4
  WHEN julianday("end") - julianday(start) <= 92.05 THEN 5
  WHEN julianday("end") - julianday(start) <= 366.05 THEN 6
  ELSE 7 END) VIRTUAL;
ALTER TABLE {segments} ADD COLUMN partition_num INTEGER GENERATED ALWAYS AS
  (CAST(substr(id, length(dataSource) + length(start) + length("end") + length(version) + 5) AS INTEGER)) VIRTUAL;
CREATE INDEX {idx_segments_datasource_used_chunk} ON {segments}(dataSource, used, span, start, "end", version)
  WHERE length(start) = 24 AND length("end") = 24;
DROP INDEX {idx_segments_datasource_used_end_start};
CREATE INDEX {idx_segments_datasource_used_end_start} ON {segments}(dataSource, used, "end", start, version, partition_num);
