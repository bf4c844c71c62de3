-- Whether a task of a group is active, however many other tasks are.

CREATE INDEX {idx_tasks_active_group} ON {tasks}(datasource, group_id) WHERE active = 1;
