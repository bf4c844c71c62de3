-- Druid's metadata tables, with its names and types. Three things differ, because here no other program reads them:
--   * payload is the last of Druid's columns, so that reading the others never walks the overflow pages of a big payload;
--   * indexes serve the queries of this package, many of them on a part of the table only, so that a row costs
--     an index entry where it is looked for and nowhere else;
--   * columns of our own come last: known_span, summary, and others that are worked out when they are read, which only indexes store.
-- The scripts schema2.sql to schema12.sql, which bring older databases here, tell what each is for. A change of a table needs another one
-- of these, and the same here.
-- {tasks} and the like stand for the table names. Everything is created in one transaction.

CREATE TABLE {tasks} (
  id             VARCHAR(255) NOT NULL PRIMARY KEY,
  created_date   VARCHAR(255) NOT NULL,
  datasource     VARCHAR(255) NOT NULL,
  active         BOOLEAN NOT NULL DEFAULT 0,
  type           VARCHAR(255),
  group_id       VARCHAR(255),
  status_payload BLOB NOT NULL,
  payload        BLOB NOT NULL,
  summary BLOB,
  outcome TEXT GENERATED ALWAYS AS (CASE
    WHEN instr(status_payload, '","status":"SUCCESS","duration":') > 0 THEN 'SUCCESS'
    WHEN instr(status_payload, '","status":"FAILED","duration":') > 0 THEN 'FAILED'
    WHEN json_valid(CAST(status_payload AS TEXT)) THEN CAST(status_payload AS TEXT) ->> '$.status'
    END) VIRTUAL
);
CREATE INDEX {idx_tasks_active} ON {tasks}(created_date, id, datasource, type, group_id, summary) WHERE active = 1;
-- The list of all complete tasks is read from this index alone: in the table, rows lie far apart because of the payloads.
CREATE INDEX {idx_tasks_complete}            ON {tasks}(created_date, id, datasource, type, group_id, status_payload) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_type}       ON {tasks}(type, created_date, id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_datasource} ON {tasks}(datasource, created_date, id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_both}       ON {tasks}(datasource, type, created_date, id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_outcome} ON {tasks}(outcome, created_date, id, datasource, type, group_id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_group} ON {tasks}(group_id, created_date, id) WHERE active = 0;
CREATE INDEX {idx_tasks_odd}     ON {tasks}(id) WHERE active NOT IN (0, 1);
CREATE INDEX {idx_tasks_undated} ON {tasks}(id) WHERE active = 0
  AND (typeof(created_date) <> 'text' OR created_date NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*');
CREATE INDEX {idx_tasks_active_group} ON {tasks}(datasource, group_id) WHERE active = 1;
CREATE TRIGGER {tasks_changed} AFTER UPDATE OF id, type, group_id, status_payload, payload ON {tasks} WHEN NEW.summary IS NOT NULL
BEGIN
  UPDATE {tasks} SET summary = NULL WHERE rowid = NEW.rowid;
END;

CREATE TABLE {tasklocks} (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id      VARCHAR(255) DEFAULT NULL,
  lock_payload BLOB
);
CREATE INDEX {idx_tasklocks_task_id} ON {tasklocks}(task_id);

CREATE TABLE {segments} (
  id                       VARCHAR(255) NOT NULL PRIMARY KEY,
  dataSource               VARCHAR(255) NOT NULL,
  created_date             VARCHAR(255) NOT NULL,
  start                    VARCHAR(255) NOT NULL,
  "end"                    VARCHAR(255) NOT NULL,
  partitioned              BOOLEAN NOT NULL,
  version                  VARCHAR(255) NOT NULL,
  used                     BOOLEAN NOT NULL,
  used_status_last_updated VARCHAR(255) NOT NULL,
  upgraded_from_segment_id VARCHAR(255),
  schema_fingerprint       VARCHAR(255),
  num_rows                 BIGINT,
  payload                  BLOB NOT NULL,
  partition_num INTEGER GENERATED ALWAYS AS
    (CAST(substr(id, length(dataSource) + length(start) + length("end") + length(version) + 5) AS INTEGER)) VIRTUAL,
  known_span INTEGER,
  span INTEGER GENERATED ALWAYS AS (coalesce(known_span, CASE
    WHEN julianday("end") - julianday(start) <= 0.0007 THEN 0
    WHEN julianday("end") - julianday(start) <= 0.042 THEN 1
    WHEN julianday("end") - julianday(start) <= 1.05 THEN 2
    WHEN julianday("end") - julianday(start) <= 7.05 THEN 3
    WHEN julianday("end") - julianday(start) <= 31.05 THEN 4
    WHEN julianday("end") - julianday(start) <= 92.05 THEN 5
    WHEN julianday("end") - julianday(start) <= 366.05 THEN 6
    ELSE 7 END)) VIRTUAL,
  load_spec TEXT GENERATED ALWAYS AS (CASE
    WHEN known_span IS NULL AND typeof(payload) = 'blob' AND instr(payload, '"},"') > 0
      AND instr(payload, '{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"') = 1
    THEN substr(substr(CAST(payload AS TEXT), 1, instr(payload, '"},"') - 1),
      length('{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"') + 1)
    END) VIRTUAL,
  local_path TEXT GENERATED ALWAYS AS (replace(CASE
    WHEN load_spec GLOB 'local","path":"*' THEN substr(load_spec, 16)
    WHEN load_spec GLOB 's3_zip","bucket":"*","key":"*","S3Schema":"s3[an]' AND NOT substr(load_spec, 19, instr(load_spec, '","key":"') - 19) GLOB '*["\/]*'
    THEN '/' || substr(load_spec, instr(load_spec, '","key":"') + 9, length(load_spec) - instr(load_spec, '","key":"') - 25)
    END, '/' || dataSource || '/' || start || '_' || "end" || '/' || version || '/' || partition_num || '/', '"')) VIRTUAL
);
CREATE INDEX {idx_segments_datasource_used_end_start} ON {segments}(dataSource, used, "end", start, version, partition_num);
CREATE INDEX {idx_segments_datasource_used_far} ON {segments}(dataSource, used, start, "end", version)
  WHERE (length(start) > 24 OR length("end") > 24);
CREATE INDEX {idx_segments_datasource_upgraded_from}  ON {segments}(dataSource, upgraded_from_segment_id)
  WHERE upgraded_from_segment_id IS NOT NULL;
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

CREATE TABLE {pendingSegments} (
  id                         VARCHAR(255) NOT NULL PRIMARY KEY,
  dataSource                 VARCHAR(255) NOT NULL,
  created_date               VARCHAR(255) NOT NULL,
  start                      VARCHAR(255) NOT NULL,
  "end"                      VARCHAR(255) NOT NULL,
  sequence_name              VARCHAR(255) NOT NULL,
  sequence_prev_id           VARCHAR(255) NOT NULL,
  sequence_name_prev_id_sha1 VARCHAR(255) NOT NULL UNIQUE,
  upgraded_from_segment_id   VARCHAR(255),
  task_allocator_id          VARCHAR(255),
  payload                    BLOB NOT NULL,
  known_span INTEGER,
  span INTEGER GENERATED ALWAYS AS (coalesce(known_span, CASE
    WHEN julianday("end") - julianday(start) <= 0.0007 THEN 0
    WHEN julianday("end") - julianday(start) <= 0.042 THEN 1
    WHEN julianday("end") - julianday(start) <= 1.05 THEN 2
    WHEN julianday("end") - julianday(start) <= 7.05 THEN 3
    WHEN julianday("end") - julianday(start) <= 31.05 THEN 4
    WHEN julianday("end") - julianday(start) <= 92.05 THEN 5
    WHEN julianday("end") - julianday(start) <= 366.05 THEN 6
    ELSE 7 END)) VIRTUAL
);
CREATE INDEX {idx_pendingSegments_datasource_far}       ON {pendingSegments}(dataSource)
  WHERE length(start) > 24 OR length("end") > 24;
CREATE INDEX {idx_pendingSegments_datasource_sequence}  ON {pendingSegments}(dataSource, sequence_name);
CREATE INDEX {idx_pendingSegments_datasource_allocator} ON {pendingSegments}(dataSource, task_allocator_id);
CREATE INDEX {idx_pendingSegments_datasource_created}   ON {pendingSegments}(dataSource, created_date);
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

CREATE TABLE {upgradeSegments} (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id      VARCHAR(255) NOT NULL,
  segment_id   VARCHAR(255) NOT NULL,
  lock_version VARCHAR(255) NOT NULL
);
CREATE INDEX {idx_upgradeSegments_task} ON {upgradeSegments}(task_id);

CREATE TABLE {dataSource} (
  dataSource              VARCHAR(255) NOT NULL PRIMARY KEY,
  created_date            VARCHAR(255) NOT NULL,
  commit_metadata_payload BLOB NOT NULL,
  commit_metadata_sha1    VARCHAR(255) NOT NULL
);

CREATE TABLE {supervisors} (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  spec_id      VARCHAR(255) NOT NULL,
  created_date VARCHAR(255) NOT NULL,
  payload      BLOB NOT NULL
);
CREATE INDEX {idx_supervisors_spec_id} ON {supervisors}(spec_id);

CREATE TABLE {config} (
  name    VARCHAR(255) NOT NULL PRIMARY KEY,
  payload BLOB NOT NULL
);

CREATE TABLE {rules} (
  id         VARCHAR(255) NOT NULL PRIMARY KEY,
  dataSource VARCHAR(255) NOT NULL,
  version    VARCHAR(255) NOT NULL,
  payload    BLOB NOT NULL
);
CREATE INDEX {idx_rules_datasource} ON {rules}(dataSource);

CREATE TABLE {audit} (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  audit_key    VARCHAR(255) NOT NULL,
  type         VARCHAR(255) NOT NULL,
  author       VARCHAR(255) NOT NULL,
  comment      VARCHAR(2048) NOT NULL,
  created_date VARCHAR(255) NOT NULL,
  payload      BLOB NOT NULL
);
CREATE INDEX {idx_audit_key_time}  ON {audit}(audit_key, created_date);
CREATE INDEX {idx_audit_type_time} ON {audit}(type, created_date);
CREATE INDEX {idx_audit_audit_time} ON {audit}(created_date);
