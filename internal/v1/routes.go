package v1

import "ovate/internal/auth"

// endpoint answers one verb of one path. What it returns as an error is written by call.fail; one that has begun its answer must not return an error that it
// could have found out before.
type endpoint func(c *call) error

// route is what a verb of a path takes to be answered, and what answers it.
type route struct {
	need     need
	endpoint endpoint
	query    names // the parameters that it may have
}

type names []string

// routes are all that this surface answers, by verb and path below Base. Each is described in openapi.json, and has a method in package client and in clients/python.
func routes() map[string]route {
	return map[string]route{
		"GET /datasources":                                      {filtered, listDataSources, names{"rows"}},
		"GET /datasources/{dataSource}/segments":                {ofDataSource, listSegments, names{"interval", "rows"}},
		"GET /datasources/{dataSource}/segments/{segment}":      {ofDataSource, oneSegment, names{"fetch"}},
		"GET /datasources/{dataSource}/segments/{segment}/rows": {ofDataSource, segmentRows, names{"from", "limit", "fetch"}},
		"GET /rates":                {takes(auth.Read, auth.State()), listRates, nil},
		"GET /supervisors/{id}/lag": {decidedLater, listLag, nil},
		"GET /metadata":             {takes(auth.Read, auth.State()), whichMetadata, nil},
		"GET /orphans":              {takes(auth.Read, auth.State()), listOrphans, names{"before", "others"}},
		"DELETE /orphans":           {takes(auth.Write, auth.State()), removeOrphans, names{"before", "others"}},

		"GET /tasks":          {filtered, listTasks, names{"dataSource", "type", "groupId", "state", "idPart", "created", "label", "limit", "cursor", "counts"}},
		"POST /tasks":         {writesSome, submitTask, nil},
		"GET /tasks/{id}":     {decidedLater, oneTask, nil},
		"GET /tasks/{id}/log": {decidedLater, followLog, names{"offset"}},
		"POST /tasks/cancel":  {decidedLater, cancelTasks, nil},
		"POST /tasks/retry":   {decidedLater, retryTasks, nil},
		"POST /validate":      {writesSome, validate, nil},
		"GET /events":         {filtered, followEvents, names{"dataSource", "task", "label"}},

		"GET /uploads":         {filtered, listUploads, nil},
		"POST /uploads":        {writesSome, sendUpload, names{"name", "dataSource"}},
		"GET /uploads/{id}":    {decidedLater, oneUpload, nil},
		"DELETE /uploads/{id}": {decidedLater, removeUpload, nil},
		"POST /preview":        {writesSome, makePreview, nil},

		"GET /webhooks":                 {takes(auth.Read, auth.Config()), listHooks, nil},
		"POST /webhooks":                {takes(auth.Write, auth.Config()), createHook, nil},
		"GET /webhooks/{id}":            {takes(auth.Read, auth.Config()), oneHook, nil},
		"DELETE /webhooks/{id}":         {takes(auth.Write, auth.Config()), removeHook, nil},
		"POST /webhooks/{id}/test":      {takes(auth.Write, auth.Config()), testHook, nil},
		"GET /webhooks/{id}/deliveries": {takes(auth.Read, auth.Config()), listDeliveries, ofPage()},

		"GET /schedules":              {filtered, listSchedules, nil},
		"POST /schedules":             {writesSome, createSchedule, nil},
		"GET /schedules/{id}":         {readsSome, oneSchedule, nil},
		"DELETE /schedules/{id}":      {writesSome, removeSchedule, nil},
		"POST /schedules/{id}/pause":  {writesSome, pauseSchedule, nil},
		"POST /schedules/{id}/resume": {writesSome, resumeSchedule, nil},
		"POST /schedules/{id}/run":    {writesSome, runSchedule, nil},

		"GET /submissions":         {filtered, listSubmissions, ofPage()},
		"POST /submissions":        {writesSome, submitSubmission, nil},
		"GET /submissions/{id}":    {readsSome, oneSubmission, nil},
		"DELETE /submissions/{id}": {writesSome, cancelSubmission, names{"reason"}},

		"GET /sessions":         {takes(auth.Read, auth.Security()), listSessions, names{"user"}},
		"DELETE /sessions/{id}": {takes(auth.Write, auth.Security()), endSession, nil},

		"GET /openapi.json": {filtered, openAPI, nil},
	}
}
