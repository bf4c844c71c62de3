-- What this program writes itself is known not to be out of the ordinary, and SQLite has to find out about the rest alone.
--   * known_span is the span of a segment (schema2.sql) of which all columns that the indexes of odd ones and of those elsewhere look at were
--     checked before they were written (plain.go), so that it is in neither. It is null if they were not, if they were
--     and the segment belongs into one of these indexes, or if one of these columns has changed.
--   * summary is what the program wants to know of a task at its start in place of its payload; null if that has to be read, as
--     somebody else has written it. The list of active tasks is read from its index alone.

-- The indexes as they are until here know of the segments that are there already.
ALTER TABLE {segments} ADD COLUMN known_span INTEGER;
UPDATE {segments} SET known_span = span
  WHERE rowid NOT IN (SELECT rowid FROM {segments} INDEXED BY {idx_segments_datasource_used_odd} WHERE NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND typeof(version) = 'text'
      AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
      AND substr(start, -13, 2) < '24' AND CASE length(start) WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', start) IS start
        ELSE length(start) < 30 + (start GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr(start, -19)) IS substr(start, -19) END
      AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
      AND substr("end", -13, 2) < '24' AND CASE length("end") WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', "end") IS "end"
        ELSE length("end") < 30 + ("end" GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr("end", -19)) IS substr("end", -19) END))
  AND rowid NOT IN (SELECT rowid FROM {segments} INDEXED BY {idx_segments_elsewhere} WHERE NOT coalesce(id = dataSource || '_' || start || '_' || "end" || '_' || version || CASE partition_num WHEN 0 THEN '' ELSE '_' || partition_num END
      AND (local_path GLOB '*"????????-????-????-????-????????????/index/' OR local_path GLOB '*"????????-????-????-????-????????????/index.zip' OR local_path GLOB '*"????????-????-????-????-????????????/index'
        OR local_path GLOB '*"index/' OR local_path GLOB '*"index.zip' OR local_path GLOB '*"index')
      AND NOT local_path GLOB '*["\]*["\]*'
      AND NOT substr(CAST(payload AS TEXT), instr(payload, '"},"')) GLOB '*/*_*/*/*'
      AND instr(substr(CAST(payload AS TEXT), instr(payload, '"},"')), '\u') = 0, 0));
DROP INDEX {idx_segments_elsewhere};
DROP INDEX {idx_segments_datasource_used_odd};
DROP INDEX {idx_segments_datasource_used_chunk};
ALTER TABLE {segments} DROP COLUMN local_path;
ALTER TABLE {segments} DROP COLUMN span;
ALTER TABLE {segments} ADD COLUMN span INTEGER GENERATED ALWAYS AS (coalesce(known_span, CASE
  WHEN julianday("end") - julianday(start) <= 0.0007 THEN 0
  WHEN julianday("end") - julianday(start) <= 0.042 THEN 1
  WHEN julianday("end") - julianday(start) <= 1.05 THEN 2
  WHEN julianday("end") - julianday(start) <= 7.05 THEN 3
  WHEN julianday("end") - julianday(start) <= 31.05 THEN 4
  WHEN julianday("end") - julianday(start) <= 92.05 THEN 5
  WHEN julianday("end") - julianday(start) <= 366.05 THEN 6
  ELSE 7 END)) VIRTUAL;
ALTER TABLE {segments} ADD COLUMN local_path TEXT GENERATED ALWAYS AS (CASE
  WHEN known_span IS NULL AND typeof(payload) = 'blob' AND instr(payload, '"},"') > 0
    AND instr(payload, '{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"local","path":"') = 1
  THEN replace(substr(substr(CAST(payload AS TEXT), 1, instr(payload, '"},"') - 1),
    length('{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"local","path":"') + 1),
    '/' || dataSource || '/' || start || '_' || "end" || '/' || version || '/' || partition_num || '/', '"')
  END) VIRTUAL;
CREATE INDEX {idx_segments_datasource_used_chunk} ON {segments}(dataSource, used, span, start, "end", version)
  WHERE length(start) = 24 AND length("end") = 24;
CREATE INDEX {idx_segments_datasource_used_odd} ON {segments}(dataSource, used)
  WHERE known_span IS NULL AND NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND typeof(version) = 'text'
    AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr(start, -13, 2) < '24' AND CASE length(start) WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', start) IS start
      ELSE length(start) < 30 + (start GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr(start, -19)) IS substr(start, -19) END
    AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr("end", -13, 2) < '24' AND CASE length("end") WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', "end") IS "end"
      ELSE length("end") < 30 + ("end" GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr("end", -19)) IS substr("end", -19) END);
CREATE INDEX {idx_segments_elsewhere} ON {segments}(id)
  WHERE known_span IS NULL AND NOT coalesce(id = dataSource || '_' || start || '_' || "end" || '_' || version || CASE partition_num WHEN 0 THEN '' ELSE '_' || partition_num END
    AND (local_path GLOB '*"????????-????-????-????-????????????/index/' OR local_path GLOB '*"????????-????-????-????-????????????/index.zip' OR local_path GLOB '*"????????-????-????-????-????????????/index'
      OR local_path GLOB '*"index/' OR local_path GLOB '*"index.zip' OR local_path GLOB '*"index')
    AND NOT local_path GLOB '*["\]*["\]*'
    AND NOT substr(CAST(payload AS TEXT), instr(payload, '"},"')) GLOB '*/*_*/*/*'
    AND instr(substr(CAST(payload AS TEXT), instr(payload, '"},"')), '\u') = 0, 0);
CREATE TRIGGER {segments_changed} AFTER UPDATE OF id, dataSource, start, "end", version, payload ON {segments} WHEN NEW.known_span IS NOT NULL
BEGIN
  UPDATE {segments} SET known_span = NULL WHERE rowid = NEW.rowid;
END;

DROP INDEX {idx_pendingSegments_datasource_odd};
DROP INDEX {idx_pendingSegments_datasource_chunk};
ALTER TABLE {pendingSegments} DROP COLUMN span;
ALTER TABLE {pendingSegments} ADD COLUMN known_span INTEGER;
ALTER TABLE {pendingSegments} ADD COLUMN span INTEGER GENERATED ALWAYS AS (coalesce(known_span, CASE
  WHEN julianday("end") - julianday(start) <= 0.0007 THEN 0
  WHEN julianday("end") - julianday(start) <= 0.042 THEN 1
  WHEN julianday("end") - julianday(start) <= 1.05 THEN 2
  WHEN julianday("end") - julianday(start) <= 7.05 THEN 3
  WHEN julianday("end") - julianday(start) <= 31.05 THEN 4
  WHEN julianday("end") - julianday(start) <= 92.05 THEN 5
  WHEN julianday("end") - julianday(start) <= 366.05 THEN 6
  ELSE 7 END)) VIRTUAL;
CREATE INDEX {idx_pendingSegments_datasource_chunk} ON {pendingSegments}(dataSource, span, start, "end")
  WHERE length(start) = 24 AND length("end") = 24;
CREATE INDEX {idx_pendingSegments_datasource_odd} ON {pendingSegments}(dataSource)
  WHERE known_span IS NULL AND NOT (typeof(start) = 'text' AND typeof("end") = 'text'
    AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr(start, -13, 2) < '24' AND CASE length(start) WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', start) IS start
      ELSE length(start) < 30 + (start GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr(start, -19)) IS substr(start, -19) END
    AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr("end", -13, 2) < '24' AND CASE length("end") WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', "end") IS "end"
      ELSE length("end") < 30 + ("end" GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr("end", -19)) IS substr("end", -19) END);
CREATE TRIGGER {pendingSegments_changed} AFTER UPDATE OF start, "end" ON {pendingSegments} WHEN NEW.known_span IS NOT NULL
BEGIN
  UPDATE {pendingSegments} SET known_span = NULL WHERE rowid = NEW.rowid;
END;

ALTER TABLE {tasks} ADD COLUMN summary BLOB;
DROP INDEX {idx_tasks_active};
CREATE INDEX {idx_tasks_active} ON {tasks}(created_date, id, datasource, type, group_id, summary) WHERE active = 1;
CREATE TRIGGER {tasks_changed} AFTER UPDATE OF id, type, group_id, status_payload, payload ON {tasks} WHEN NEW.summary IS NOT NULL
BEGIN
  UPDATE {tasks} SET summary = NULL WHERE rowid = NEW.rowid;
END;
