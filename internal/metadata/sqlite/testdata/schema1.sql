-- The tables as the first version of this program made them. Nothing here may change: databases that are like this are to be upgraded.
-- They are Druid's metadata tables, with its names and types. Two things differ, because here no other program reads them:
--   * payload is the last column, so that reading the others never walks the overflow pages of a big payload;
--   * indexes serve the queries of this package, many of them on a part of the table only, so that a row costs
--     an index entry where it is looked for and nowhere else.
-- {tasks} and the like stand for the table names. Everything is created in one transaction.

CREATE TABLE {tasks} (
  id             VARCHAR(255) NOT NULL PRIMARY KEY,
  created_date   VARCHAR(255) NOT NULL,
  datasource     VARCHAR(255) NOT NULL,
  active         BOOLEAN NOT NULL DEFAULT 0,
  type           VARCHAR(255),
  group_id       VARCHAR(255),
  status_payload BLOB NOT NULL,
  payload        BLOB NOT NULL
);
CREATE INDEX {idx_tasks_active}              ON {tasks}(created_date, id) WHERE active = 1;
-- The list of all complete tasks is read from this index alone: in the table, rows lie far apart because of the payloads.
CREATE INDEX {idx_tasks_complete}            ON {tasks}(created_date, id, datasource, type, group_id, status_payload) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_type}       ON {tasks}(type, created_date, id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_datasource} ON {tasks}(datasource, created_date, id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_both}       ON {tasks}(datasource, type, created_date, id) WHERE active = 0;

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
  payload                  BLOB NOT NULL
);
CREATE INDEX {idx_segments_datasource_used_end_start} ON {segments}(dataSource, used, "end", start, version);
CREATE INDEX {idx_segments_datasource_used_far}       ON {segments}(dataSource, used)
  WHERE length(start) > 24 OR length("end") > 24;
CREATE INDEX {idx_segments_datasource_upgraded_from}  ON {segments}(dataSource, upgraded_from_segment_id)
  WHERE upgraded_from_segment_id IS NOT NULL;

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
  payload                    BLOB NOT NULL
);
CREATE INDEX {idx_pendingSegments_datasource_end_start} ON {pendingSegments}(dataSource, "end", start);
CREATE INDEX {idx_pendingSegments_datasource_far}       ON {pendingSegments}(dataSource)
  WHERE length(start) > 24 OR length("end") > 24;
CREATE INDEX {idx_pendingSegments_datasource_sequence}  ON {pendingSegments}(dataSource, sequence_name);
CREATE INDEX {idx_pendingSegments_datasource_allocator} ON {pendingSegments}(dataSource, task_allocator_id);
CREATE INDEX {idx_pendingSegments_datasource_created}   ON {pendingSegments}(dataSource, created_date);

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
