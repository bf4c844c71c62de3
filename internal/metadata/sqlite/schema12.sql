-- Pages of final tasks are found by how the tasks ended, and by their group. outcome is the status that a payload tells of: in the form in which programs of
-- Druid and this one write it, no other text can look like that, as the quotes within a text are escaped.

ALTER TABLE {tasks} ADD COLUMN outcome TEXT GENERATED ALWAYS AS (CASE
    WHEN instr(status_payload, '","status":"SUCCESS","duration":') > 0 THEN 'SUCCESS'
    WHEN instr(status_payload, '","status":"FAILED","duration":') > 0 THEN 'FAILED'
    WHEN json_valid(CAST(status_payload AS TEXT)) THEN CAST(status_payload AS TEXT) ->> '$.status'
    END) VIRTUAL;
CREATE INDEX {idx_tasks_complete_outcome} ON {tasks}(outcome, created_date, id, datasource, type, group_id) WHERE active = 0;
CREATE INDEX {idx_tasks_complete_group} ON {tasks}(group_id, created_date, id) WHERE active = 0;
