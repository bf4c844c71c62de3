-- Tasks that no other index finds, as no program that keeps to the schema writes such rows: neither active nor complete, or complete and
-- submitted at a time that is none. There are hardly ever any, so that nothing is stored and nothing is read but them.

CREATE INDEX {idx_tasks_odd}     ON {tasks}(id) WHERE active NOT IN (0, 1);
CREATE INDEX {idx_tasks_undated} ON {tasks}(id) WHERE active = 0
  AND (typeof(created_date) <> 'text' OR created_date NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*');
