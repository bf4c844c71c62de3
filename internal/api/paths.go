package api

// base is where Druid has its Overlord.
const base = "/druid/indexer/v1"

// path is what a verb of a path does.
type path struct {
	method, pattern string
	route
}

// addAll adds a table of paths.
func (rt *router) addAll(table []path) {
	for _, p := range table {
		rt.add(p.method, p.pattern, p.route)
	}
}

// taskPaths are those of one task, of the tasks of a data source, and of what a task asks for.
func taskPaths() []path {
	return []path{
		{"POST", base + "/task", route{consumes: jsonOnly, handle: submitTask}},
		{"GET", base + "/task/{id}", route{handle: taskPayload}},
		{"GET", base + "/task/{id}/status", route{handle: taskStatus}},
		{"GET", base + "/task/{id}/segments", route{handle: taskSegments}},
		{"GET", base + "/task/{id}/reports", route{handle: taskReports}},
		{"GET", base + "/task/{id}/log", route{handle: taskLog, produces: plainText}},
		{"POST", base + "/task/{id}/shutdown", route{handle: shutdownTask}},
		{"POST", base + "/datasources/{dataSource}/shutdownAllTasks", route{handle: shutdownAllTasks}},
		{"POST", base + "/sampler", route{consumes: jsonOnly, handle: noSampler}},
		{"POST", base + "/action", route{consumes: jsonOnly, handle: performAction}},
		{"POST", base + "/taskStatus", route{consumes: jsonOrSmile, handle: taskStatuses}},
	}
}

// listPaths tell of many tasks, and of their locks.
func listPaths() []path {
	return []path{
		{"GET", base + "/tasks", route{handle: listTasks}},
		{"GET", base + "/waitingTasks", route{handle: listTasksIn("waiting")}},
		{"GET", base + "/pendingTasks", route{handle: listTasksIn("pending")}},
		{"GET", base + "/runningTasks", route{handle: listTasksIn("running")}},
		{"GET", base + "/completeTasks", route{handle: listTasksIn("complete")}},
		{"POST", base + "/lockedIntervals/v2", route{consumes: jsonOrSmile, handle: lockedIntervals}},
		{"POST", base + "/activeLocks", route{consumes: jsonOrSmile, handle: activeLocks}},
	}
}

// segmentPaths change which segments are used.
func segmentPaths() []path {
	return []path{
		{"POST", base + "/datasources/{dataSource}", route{consumes: jsonOnly, handle: markAllUsed}},
		{"DELETE", base + "/datasources/{dataSource}", route{handle: markAllUnused}},
		{"POST", base + "/datasources/{dataSource}/markUsed", route{consumes: jsonOnly, handle: markUsed}},
		{"POST", base + "/datasources/{dataSource}/markUnused", route{consumes: jsonOnly, handle: markUnused}},
		{"POST", base + "/datasources/{dataSource}/segments/{id}", route{consumes: jsonOnly, handle: markSegmentUsed}},
		{"DELETE", base + "/datasources/{dataSource}/segments/{id}", route{handle: markSegmentUnused}},
		{"DELETE", base + "/pendingSegments/{dataSource}", route{handle: deletePendingSegments}},
	}
}

// workerPaths tell who leads, and where tasks run.
func workerPaths() []path {
	return []path{
		{"GET", base + "/leader", route{handle: leader}},
		{"GET", base + "/isLeader", route{handle: isLeader}},
		{"GET", base + "/workers", route{handle: workers}},
		{"GET", base + "/worker", route{handle: workerConfig}},
		{"GET", base + "/worker/history", route{handle: workerConfigHistory}},
		{"GET", base + "/totalWorkerCapacity", route{handle: totalWorkerCapacity}},
		{"GET", base + "/scaling", route{handle: scaling}},
	}
}

// remotePaths change where tasks run that run on workers.
func remotePaths() []path {
	return []path{
		{"POST", base + "/worker", route{consumes: jsonOnly, handle: setWorkerConfig}},
		{"POST", base + "/worker/{host}/enable", route{handle: enableWorker}},
		{"POST", base + "/worker/{host}/disable", route{handle: disableWorker}},
	}
}

// statusPaths tell of the process.
func statusPaths() []path {
	return []path{
		{"GET", "/status", route{handle: status}},
		{"GET", "/status/health", route{handle: health}},
		{"GET", "/status/properties", route{handle: properties}},
		{"GET", "/status/selfDiscovered", route{handle: selfDiscovered}},
		{"GET", "/status/selfDiscovered/status", route{handle: selfDiscoveredStatus}},
	}
}
