package v1

import "ovate/internal/auth"

// endpoint answers one verb of one path. What it returns as an error is written by call.fail; one that has begun its answer must not return an error that it
// could have found out before.
type endpoint func(c *call) error

// route is what a verb of a path takes to be answered, and what answers it.
type route struct {
	need     need
	endpoint endpoint
}

// routes are all that this surface answers, by verb and path below Base. Each is described in openapi.json, and has a method in package client and in clients/python.
func routes() map[string]route {
	return map[string]route{
		"GET /datasources":                                      {filtered, listDataSources},
		"GET /datasources/{dataSource}/segments":                {ofDataSource, listSegments},
		"GET /datasources/{dataSource}/segments/{segment}":      {ofDataSource, oneSegment},
		"GET /datasources/{dataSource}/segments/{segment}/rows": {ofDataSource, segmentRows},
		"GET /rates":                {takes(auth.Read, auth.State()), listRates},
		"GET /supervisors/{id}/lag": {decidedLater, listLag},
		"GET /metadata":             {takes(auth.Read, auth.State()), whichMetadata},
		"GET /orphans":              {takes(auth.Read, auth.State()), listOrphans},
		"DELETE /orphans":           {takes(auth.Write, auth.State()), removeOrphans},

		"GET /tasks":         {filtered, listTasks},
		"POST /tasks":        {writesSome, submitTask},
		"GET /tasks/{id}":    {decidedLater, oneTask},
		"POST /tasks/cancel": {decidedLater, cancelTasks},
		"POST /tasks/retry":  {decidedLater, retryTasks},
		"POST /validate":     {writesSome, validate},
		"GET /events":        {filtered, followEvents},

		"GET /uploads":         {filtered, listUploads},
		"POST /uploads":        {writesSome, sendUpload},
		"GET /uploads/{id}":    {decidedLater, oneUpload},
		"DELETE /uploads/{id}": {decidedLater, removeUpload},
		"POST /preview":        {writesSome, makePreview},

		"GET /webhooks":                 {takes(auth.Read, auth.Config()), listHooks},
		"POST /webhooks":                {takes(auth.Write, auth.Config()), createHook},
		"GET /webhooks/{id}":            {takes(auth.Read, auth.Config()), oneHook},
		"DELETE /webhooks/{id}":         {takes(auth.Write, auth.Config()), removeHook},
		"POST /webhooks/{id}/test":      {takes(auth.Write, auth.Config()), testHook},
		"GET /webhooks/{id}/deliveries": {takes(auth.Read, auth.Config()), listDeliveries},

		"GET /schedules":              {filtered, listSchedules},
		"POST /schedules":             {writesSome, createSchedule},
		"GET /schedules/{id}":         {readsSome, oneSchedule},
		"DELETE /schedules/{id}":      {writesSome, removeSchedule},
		"POST /schedules/{id}/pause":  {writesSome, pauseSchedule},
		"POST /schedules/{id}/resume": {writesSome, resumeSchedule},
		"POST /schedules/{id}/run":    {writesSome, runSchedule},

		"GET /submissions":         {filtered, listSubmissions},
		"POST /submissions":        {writesSome, submitSubmission},
		"GET /submissions/{id}":    {readsSome, oneSubmission},
		"DELETE /submissions/{id}": {writesSome, cancelSubmission},

		"GET /openapi.json": {filtered, openAPI},
	}
}
