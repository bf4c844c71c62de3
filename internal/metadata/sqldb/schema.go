package sqldb

// table is one of Druid's, with its columns in the order and with the types that Druid 33 gives them.
type table struct {
	suffix  string
	columns string
	// added are columns that came with later versions of Druid, which an older cluster may have made the table without.
	added   []column
	indexes []index
	// needed tells that this store reads or writes the table.
	needed bool
	// own tells that the table is not Druid's: it is made when it is needed first.
	own bool
}

type column struct{ name, kind string }

// index has a name that ends with its own suffix, after the table's name. generated is the definition of a column that is made for it.
type index struct{ table, suffix, columns, generated string }

// tables are made as SQLMetadataConnector does, those that other services use as well, so that it counts for nothing who starts first.
var tables = []table{
	{
		suffix: "tasks", needed: true,
		columns: `id VARCHAR(255) NOT NULL, created_date VARCHAR(255) NOT NULL, datasource VARCHAR(255) {collation} NOT NULL,
			payload {bytes} NOT NULL, status_payload {bytes} NOT NULL, active BOOLEAN NOT NULL DEFAULT FALSE, PRIMARY KEY (id)`,
		added:   []column{{"type", "VARCHAR(255)"}, {"group_id", "VARCHAR(255)"}},
		indexes: []index{{table: "tasks", suffix: "active_created_date", columns: "active, created_date"}, {table: "tasks", suffix: "datasource_active", columns: "datasource, active"}},
	},
	{
		suffix: "tasklocks", needed: true,
		columns: `id {serial} NOT NULL, task_id VARCHAR(255) DEFAULT NULL, lock_payload {bytes}, PRIMARY KEY (id)`,
		indexes: []index{{table: "tasklocks", suffix: "task_id", columns: "task_id"}},
	},
	{
		suffix: "segments", needed: true,
		columns: `id VARCHAR(255) NOT NULL, dataSource VARCHAR(255) {collation} NOT NULL, created_date VARCHAR(255) NOT NULL,
			start VARCHAR(255) NOT NULL, {end} VARCHAR(255) NOT NULL, partitioned BOOLEAN NOT NULL, version VARCHAR(255) NOT NULL,
			used BOOLEAN NOT NULL, payload {bytes} NOT NULL, used_status_last_updated VARCHAR(255) NOT NULL, PRIMARY KEY (id)`,
		added: []column{{"used_status_last_updated", "VARCHAR(255)"}, {"upgraded_from_segment_id", "VARCHAR(255)"}},
		indexes: []index{
			{table: "segments", suffix: "used", columns: "used"}, {table: "segments", suffix: "datasource_used_end_start", columns: "dataSource, used, {end}, start"},
			{table: "segments", suffix: "datasource_upgraded_from_segment_id", columns: "dataSource, upgraded_from_segment_id"},
		},
	},
	{
		suffix: "pendingSegments", needed: true,
		columns: `id VARCHAR(255) NOT NULL, dataSource VARCHAR(255) {collation} NOT NULL, created_date VARCHAR(255) NOT NULL,
			start VARCHAR(255) NOT NULL, {end} VARCHAR(255) NOT NULL, sequence_name VARCHAR(255) NOT NULL,
			sequence_prev_id VARCHAR(255) NOT NULL, sequence_name_prev_id_sha1 VARCHAR(255) NOT NULL, payload {bytes} NOT NULL,
			PRIMARY KEY (id), UNIQUE (sequence_name_prev_id_sha1)`,
		added: []column{{"upgraded_from_segment_id", "VARCHAR(255)"}, {"task_allocator_id", "VARCHAR(255)"}},
		indexes: []index{
			{table: "pendingSegments", suffix: "datasource_end", columns: "dataSource, {end}"}, {table: "pendingSegments", suffix: "datasource_sequence", columns: "dataSource, sequence_name"},
			{table: "pendingSegments", suffix: "datasource_task_allocator_id", columns: "dataSource, task_allocator_id"},
		},
	},
	{
		suffix: "upgradeSegments",
		columns: `id {serial} NOT NULL, task_id VARCHAR(255) NOT NULL, segment_id VARCHAR(255) NOT NULL,
			lock_version VARCHAR(255) NOT NULL, PRIMARY KEY (id)`,
		indexes: []index{{table: "upgradeSegments", suffix: "task", columns: "task_id"}},
	},
	{
		suffix: "dataSource",
		columns: `dataSource VARCHAR(255) {collation} NOT NULL, created_date VARCHAR(255) NOT NULL,
			commit_metadata_payload {bytes} NOT NULL, commit_metadata_sha1 VARCHAR(255) NOT NULL, PRIMARY KEY (dataSource)`,
	},
	{
		suffix: "supervisors",
		columns: `id {serial} NOT NULL, spec_id VARCHAR(255) NOT NULL, created_date VARCHAR(255) NOT NULL, payload {bytes} NOT NULL,
			PRIMARY KEY (id)`,
		indexes: []index{{table: "supervisors", suffix: "spec_id", columns: "spec_id"}},
	},
	{suffix: "config", needed: true, columns: `name VARCHAR(255) NOT NULL, payload {bytes} NOT NULL, PRIMARY KEY (name)`},
	{
		suffix: "rules",
		columns: `id VARCHAR(255) NOT NULL, dataSource VARCHAR(255) {collation} NOT NULL, version VARCHAR(255) NOT NULL,
			payload {bytes} NOT NULL, PRIMARY KEY (id)`,
		indexes: []index{{table: "rules", suffix: "datasource", columns: "dataSource"}},
	},
	{
		suffix: "audit", needed: true,
		columns: `id {serial} NOT NULL, audit_key VARCHAR(255) NOT NULL, type VARCHAR(255) NOT NULL, author VARCHAR(255) NOT NULL,
			comment VARCHAR(2048) NOT NULL, created_date VARCHAR(255) NOT NULL, payload {bytes} NOT NULL, PRIMARY KEY (id)`,
		indexes: []index{
			{table: "audit", suffix: "key_time", columns: "audit_key, created_date"}, {table: "audit", suffix: "type_time", columns: "type, created_date"}, {table: "audit", suffix: "audit_time", columns: "created_date"},
		},
	},
	{
		suffix: "ovateRecords", own: true,
		columns: `kind VARCHAR(32) NOT NULL, id {key} NOT NULL, time BIGINT NOT NULL, payload {bytes} NOT NULL, PRIMARY KEY (kind, id)`,
		indexes: []index{{table: "ovateRecords", suffix: "kind_time", columns: "kind, time"}},
	},
}
