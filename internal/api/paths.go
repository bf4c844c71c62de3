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
		{"POST", base + "/task", route{needs: byBody, consumes: jsonOnly, handle: submitTask}},
		{"GET", base + "/task/{id}", route{needs: ofTask, handle: taskPayload}},
		{"GET", base + "/task/{id}/status", route{needs: ofTask, handle: taskStatus}},
		{"GET", base + "/task/{id}/segments", route{needs: ofTask, handle: taskSegments}},
		{"GET", base + "/task/{id}/reports", route{needs: ofTask, handle: taskReports}},
		{"GET", base + "/task/{id}/log", route{needs: ofTask, handle: taskLog, produces: plainText}},
		{"POST", base + "/task/{id}/shutdown", route{needs: ofTask, handle: shutdownTask}},
		{"POST", base + "/datasources/{dataSource}/shutdownAllTasks", route{needs: ofDataSource, handle: shutdownAllTasks}},
		{"POST", base + "/sampler", route{needs: stateWrite(), consumes: jsonOnly, handle: noSampler}},
		{"POST", base + "/action", route{needs: stateWrite(), consumes: jsonOnly, handle: performAction}},
		{"POST", base + "/taskStatus", route{needs: stateWrite(), consumes: jsonOrSmile, handle: taskStatuses}},
	}
}

// listPaths tell of many tasks, and of their locks.
func listPaths() []path {
	return []path{
		{"GET", base + "/tasks", route{needs: filtered, handle: listTasks}},
		{"GET", base + "/waitingTasks", route{needs: filtered, handle: listTasksIn("waiting")}},
		{"GET", base + "/pendingTasks", route{needs: filtered, handle: listTasksIn("pending")}},
		{"GET", base + "/runningTasks", route{needs: filtered, handle: listTasksIn("running")}},
		{"GET", base + "/completeTasks", route{needs: filtered, handle: listTasksIn("complete")}},
		{"POST", base + "/lockedIntervals/v2", route{needs: stateWrite(), consumes: jsonOrSmile, handle: lockedIntervals}},
		{"POST", base + "/activeLocks", route{needs: stateWrite(), consumes: jsonOrSmile, handle: activeLocks}},
	}
}

// segmentPaths change which segments are used.
func segmentPaths() []path {
	return []path{
		{"POST", base + "/datasources/{dataSource}", route{needs: ofDataSource, consumes: jsonOnly, handle: markAllUsed}},
		{"DELETE", base + "/datasources/{dataSource}", route{needs: ofDataSource, handle: markAllUnused}},
		{"POST", base + "/datasources/{dataSource}/markUsed", route{needs: ofDataSource, consumes: jsonOnly, handle: markUsed}},
		{"POST", base + "/datasources/{dataSource}/markUnused", route{needs: ofDataSource, consumes: jsonOnly, handle: markUnused}},
		{"POST", base + "/datasources/{dataSource}/segments/{id}", route{needs: ofDataSource, consumes: jsonOnly, handle: markSegmentUsed}},
		{"DELETE", base + "/datasources/{dataSource}/segments/{id}", route{needs: ofDataSource, handle: markSegmentUnused}},
		{"DELETE", base + "/pendingSegments/{dataSource}", route{needs: readAndWrite, handle: deletePendingSegments}},
	}
}

// workerPaths tell who leads, and where tasks run.
func workerPaths() []path {
	return []path{
		{"GET", base + "/leader", route{needs: stateRead(), handle: leader}},
		{"GET", base + "/isLeader", route{needs: nothing, handle: isLeader}},
		{"GET", base + "/workers", route{needs: stateRead(), handle: workers}},
		{"GET", base + "/worker", route{needs: configRead(), handle: workerConfig}},
		{"GET", base + "/worker/history", route{needs: configRead(), handle: workerConfigHistory}},
		{"GET", base + "/totalWorkerCapacity", route{needs: configRead(), handle: totalWorkerCapacity}},
		{"GET", base + "/scaling", route{needs: stateRead(), handle: scaling}},
	}
}

// remotePaths change where tasks run that run on workers.
func remotePaths() []path {
	return []path{
		{"POST", base + "/worker", route{needs: configWrite(), consumes: jsonOnly, handle: setWorkerConfig}},
		{"POST", base + "/worker/{host}/enable", route{needs: stateWrite(), handle: enableWorker}},
		{"POST", base + "/worker/{host}/disable", route{needs: stateWrite(), handle: disableWorker}},
	}
}

// statusPaths tell of the process.
func statusPaths() []path {
	return []path{
		{"GET", "/status", route{needs: stateRead(), handle: status}},
		{"GET", "/status/health", route{needs: nothing, handle: health}},
		{"GET", "/status/properties", route{needs: configRead(), handle: properties}},
		{"GET", "/status/selfDiscovered", route{needs: stateRead(), handle: selfDiscovered}},
		{"GET", "/status/selfDiscovered/status", route{needs: stateRead(), handle: selfDiscoveredStatus}},
	}
}
