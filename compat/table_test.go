package compat

import (
	"fmt"
	"strings"
	"testing"
)

const api = "/druid/indexer/v1"

// differences is every accepted difference: first those where the documentation of the API was followed instead of
// Java, then bad input, then the rest.
func differences() []difference {
	return []difference{
		{
			name:   "createdTimeInterval is an interval",
			druid:  "uses only its length, counted back from now, and lets every active task pass.",
			ovate:  "lists the tasks, complete or active, that were submitted within it.",
			reason: "the documentation says \"tasks created within the specified interval\".",
			shown:  showCreatedInterval,
		},
		{
			name:   "max counts what passed the other filters",
			druid:  "cuts the complete tasks to `max` first and applies `type` to what is left, so that fewer come than there are.",
			ovate:  "applies every other filter first.",
			reason: "the documentation says \"maximum number of complete tasks to return\".",
			shown:  showMax,
		},
		{
			name:     "the shorthand lists take every filter",
			druid:    "reads only `type` of runningTasks and `n` of completeTasks, and ignores the other filters of the shorthand lists.",
			ovate:    "reads `datasource`, `createdTimeInterval`, `max` and `type` in all of them; `n` of completeTasks still works.",
			reason:   "the documentation calls them equivalent to `tasks?state=...`.",
			recorded: []place{{"lists/19", "body", `\[\{"id":"g_l2",.*\},\{"id":"g_l1",[^{]*\{[^{]*\}[^{]*\}\]`}},
		},
		{
			name:   "shutdownAllTasks works",
			druid:  "never gets the request: a longer path of another resource hides it, and the answer is an empty 404.",
			ovate:  "shuts every active task of the data source down and answers `{\"dataSource\":\"...\"}`; 404 without a body when there is none.",
			reason: "the documentation says that it shuts down all tasks for a data source.",
			shown:  showShutdownAll,
		},
		{
			name:   "pendingSegments without an interval cleans up",
			druid:  "deletes nothing when the parameter `interval` is absent.",
			ovate:  "deletes what was handed out before the oldest active task of the data source was submitted, or everything when no task is active.",
			reason: "the documentation knows no interval: the call cleans up the pending segments of the data source. What an active task may still need stays, and what one needs that was shut down and has not stopped yet.",
			shown:  showPendingSegments,
		},
		{
			name:     "specs of supervisors are taken at POST task",
			druid:    "answers 400, as supervisor specs have a path of their own and are no tasks.",
			ovate:    "takes them as `POST supervisor` does, and answers the same.",
			reason:   "the documentation calls it the \"endpoint for submitting tasks and supervisor specs\".",
			recorded: []place{{"supervisor/0", "status", "200"}, {"supervisor/0", "body", `\{"id":"g_kafka"\}`}},
		},
		{
			name:   "a body that is no JSON is a 400",
			druid:  "answers 500 with a page of HTML to malformed JSON, to an empty body and to `null`.",
			ovate:  "answers 400 with a JSON error that says what is wrong and where.",
			reason: "the mistake is the client's.",
			recorded: places(
				instead("bad-requests/1", "400", `\{"error":"Request body is not valid JSON at line 1, column 2: .*"\}`),
				instead("bad-requests/2", "400", `\{"error":"Request body is empty\. .*"\}`),
				instead("bad-requests/4", "400", `\{"error":"Request body is null\. .*"\}`),
				instead("supervisor/11", "400", `\{"error":"Request body is not valid JSON at line 1, column 2: .*"\}`),
			),
		},
		{
			name:   "text after the JSON is refused",
			druid:  "reads the first JSON value of a body and ignores what follows.",
			ovate:  "answers 400.",
			reason: "a body that was pasted twice or cut wrongly should not be taken for what it is not.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.post(t, api+"/task", `{"type":"noop","id":"twice"}{"type":"noop"}`), 400, `\{"error":"Request body is not valid JSON at line 1, column 29: .*"\}`)
			},
		},
		{
			name:   "a body is in UTF-8",
			druid:  "also reads JSON in UTF-16 and UTF-32, which it recognizes by its first bytes.",
			ovate:  "answers 400 with a JSON error that says where the first byte is that is not UTF-8.",
			reason: "JSON travels in UTF-8, and other software along the way expects it.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.post(t, api+"/task", "\xff\xfe{\x00}\x00"), 400, `\{"error":"Request body is not UTF-8 at line 1, column 1\."\}`)
			},
		},
		{
			name:     "a query parameter that is no number is a 400",
			druid:    "answers 404 without a body when `max` or `offset` is not a number.",
			ovate:    "answers 400 with a JSON error that names the parameter, its value and what would be right.",
			reason:   "nothing is missing; the client made a mistake that it should hear of.",
			recorded: instead("bad-requests/16", "400", `\{"error":"Invalid value for query parameter \[max\]: Value \[abc\] must be .*"\}`),
		},
		{
			name:   "a wrong percent-encoding is a 400",
			druid:  "takes a `%` in the query that begins no escape as it stands.",
			ovate:  "answers 400 with a JSON error that names the parameter.",
			reason: "a filter with a typing error would silently match nothing.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.get(t, api+"/tasks?datasource=%zz"), 400, `\{"error":"Value \[%zz\] of query parameter \[datasource\] is not percent-encoded rightly: .*"\}`)
			},
		},
		{
			name:     "a negative max is a 400",
			druid:    "passes it to the database, whose error becomes a 500 page of HTML.",
			ovate:    "answers 400 with a JSON error.",
			reason:   "the mistake is the client's.",
			recorded: instead("lists/21", "400", `\{"error":"Invalid value for query parameter \[max\]: Value \[-1\] must be .*"\}`),
		},
		{
			name:   "a malformed interval is a 400",
			druid:  "answers 500 with a page of HTML, or with nothing for DELETE.",
			ovate:  "answers 400 with a JSON error that repeats Druid's own words for the problem.",
			reason: "the mistake is the client's.",
			recorded: places(
				instead("bad-requests/17", "400", `\{"error":"Invalid value for query parameter \[createdTimeInterval\]: Invalid interval\[bogus\]: \[Format requires a '/' separator: bogus\].*"\}`),
				instead("bad-requests/18", "400", `\{"error":"Invalid value for query parameter \[createdTimeInterval\]: Invalid interval\[2016-06-28/2016-06-27\]: \[The end instant must be greater than the start instant\].*"\}`),
			),
		},
		{
			name:   "an impossible task id in a path is a 400",
			druid:  "answers 500 with a page of HTML when the id in a path is one that no task can have, such as `a%2Fb`.",
			ovate:  "answers 400 with a JSON error.",
			reason: "the mistake is the client's.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.get(t, api+"/task/a%2Fb/status"), 400, `\{"error":"Invalid value for field \[taskId\]: Value \[a/b\] cannot contain '/'\."\}`)
			},
		},
		{
			name:   "errors do not speak of Java",
			druid:  "names Java classes and tokens in what it says about a body, and sometimes tells of a null pointer instead of the mistake.",
			ovate:  "names the field, the value and what would be right.",
			reason: "the texts are for people, and status and shape stay. Kept are the texts that clients may know by heart: of a type or a name of a granularity that nobody knows, of a data source or an interval that can be none, of dimensions that are there twice, and of a metric without a field.",
			recorded: []place{
				{"bad-requests/3", "body.error", `"Request body is an array\. .*"`},
				{"bad-requests/7", "body.error", `"Invalid value for field \[task ID\]: Value \[a/b\] cannot contain '/'\."`},
				{"bad-requests/8", "body.error", `"Invalid value for field \[task ID\]: must not be null"`},
				{"bad-requests/10", "body.error", `"Invalid value for field \[task ID\]: Value \[x\\ty\] contains illegal whitespace characters\.  Only space is allowed\."`},
				{"bad-requests/11", "body.error", `"Request body is an object\. It must be an array of task ids\."`},
				{"actions-publish/12", "body.error", `"No interval specified for retrieving used segments"`},
				{"actions-publish/26", "body.error", `"action lockTryAcquire: field \[lockType\] is .*MINE.*, but must be one of EXCLUSIVE, SHARED, APPEND, REPLACE"`},
				{"actions-publish/27", "body.error", `"action: missing type id property 'type'"`},
				{"index-refused/0", "body.error", `"spec: is missing: .*"`},
				{"index-refused/1", "body.error", `"spec\.dataSchema: is missing: .*"`},
			},
		},
		{
			name:   "a message of failure has no Java stack trace",
			druid:  "ends the errorMsg of a failed task, and of its report, with Java's stack trace.",
			ovate:  "tells the reason alone; details are in the task's log.",
			reason: "there is no Java to trace, and the reason is what people look for.",
			recorded: []place{
				{"index-unparseable/4", "body.status.errorMsg", `".*Max parse exceptions\[1\] exceeded.*"`},
				{"index-unparseable/5", "body.ingestionStatsAndErrors.payload.errorMsg", `".*Max parse exceptions\[1\] exceeded.*"`},
			},
		},
		{
			name:   "a task that was shut down is gone from the runner at once",
			druid:  "goes on to show runnerStatusCode RUNNING until the worker has ended, and a task that was pending can still get a worker.",
			ovate:  "shows WAITING, as for every task that is over, and has freed the slot when the shutdown is answered.",
			reason: "a shutdown takes effect when it is answered.",
			recorded: []place{
				{"shutdown/4", "body.status.runnerStatusCode", `"WAITING"`},
				{"shutdown/6", "body.status.runnerStatusCode", `"WAITING"`},
				{"lists/23", "body.status.runnerStatusCode", `"WAITING"`},
			},
		},
		{
			name:   "no report is a 404 at any time",
			druid:  "answers 500 without a body while the worker of a task that was shut down is ending.",
			ovate:  "answers what the task still reports, or else the same 404 as for any task without a report.",
			reason: "nothing went wrong in the server.",
			recorded: []place{
				{"shutdown/5", "status", "404"},
				{"shutdown/5", "body", `No task reports were found for this task\. The task may not exist, or it may not have completed yet\.`},
			},
		},
		{
			name:   "marking segments is answered",
			druid:  "makes the change and then answers 500 without a body to `POST datasources/{dataSource}`, `.../markUsed`, `POST .../segments/{id}` and `DELETE .../segments/{id}`, unless the header Accept asks for JSON.",
			ovate:  "answers 200 with `numChangedSegments` and `segmentStateChanged`, whatever the header Accept says.",
			reason: "the change was made, and a client that hears of a fault tries again.",
			shown:  showMarkSegments,
		},
		{
			name:   "what cannot be run here is refused",
			druid:  "takes tasks of every type it knows.",
			ovate:  "answers 400 to a task that this version cannot run, and says so, unless there are workers, which know more types.",
			reason: "a task that would wait for ever helps nobody.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.post(t, api+"/task", `{"type":"compact","dataSource":"x"}`), 400, `\{"error":"Invalid value for field \[type\]: Value \[compact\] is a task type of Druid that cannot be run in this version\. .*"\}`)
			},
		},
		{
			name:   "a body has a limit",
			druid:  "reads a body of any length.",
			ovate:  "answers 413 with a JSON error above `ovate.http.maxBodySize`, inflated or not, 400 to JSON that nests deeper than 1000, and 429 while the bodies of other requests take all the memory that bodies may.",
			reason: "one request must not take the memory of all others.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.post(t, api+"/taskStatus", strings.Repeat("[", 2000)), 400, `\{"error":"Request body nests deeper than 1000 .*"\}`)
				expect(t, s.post(t, api+"/taskStatus", `["`+strings.Repeat("x", 61<<20)+`"]`), 413, `\{"error":"Request body is larger than the limit of .*"\}`)
			},
		},
		{
			name:     "no pages of HTML",
			druid:    "answers paths outside of `/druid` and `/status`, verbs that it never takes, and everything while no Overlord leads, with a page of HTML.",
			ovate:    "answers the same status without a body, or, while no Overlord leads, with a JSON error.",
			reason:   "no client reads the page.",
			recorded: []place{{"lenient/22", "contentType", ``}},
			shown: func(t *testing.T, s *server) {
				if got := s.get(t, "/nope"); got != (reply{status: 404}) {
					t.Errorf("got %+v", got)
				}
			},
		},
		{
			name:  "a part of the task actions",
			druid: "performs every action of a task, with granularities, partitions and offsets of all kinds, also for a task that was never submitted.",
			ovate: "performs the actions that list and take locks over time chunks and over segments, allocate segment ids, publish, list, move and mark segments and remove their rows, and keeps " +
				"how far a stream of Kafka, Kinesis or RabbitMQ was read; answers 400 to others, to what it cannot heed in these, to ids for another data source than the task's, " +
				"and to tasks that were not submitted to it, and names them.",
			reason: "nothing else is built, and who a task is is known from its submission.",
			recorded: []place{
				{"actions/13", "body.error", `"action: could not resolve type id 'bogusAction': actions that can be performed here are \[lockTryAcquire, .*\]"`},
				{"actions-publish/15", "status", "400"},
				{"actions-publish/15", "body", `\{"error":"task\[g_pub1\] of data source\[g_pub\] cannot allocate segments of data source\[other\]"\}`},
				{"actions-publish/33", "status", "400"},
				{"actions-publish/33", "body", `\{"error":"Cannot find any task with id: \[g_nobody\]\..*"\}`},
			},
			shown: func(t *testing.T, s *server) {
				s.submit(t, `{"type":"noop","id":"acts","runTime":60000}`)
				for action, because := range map[string]string{
					`{"type":"markSegmentsToUpgrade","dataSource":"x","upgradeSegments":[]}`:                                                                  "could not resolve type id 'markSegmentsToUpgrade'",
					`{"type":"segmentTransactionalInsert","segments":[],"dataSource":"acts","startMetadata":{"type":"other"},"endMetadata":{"type":"other"}}`: `startMetadata or endMetadata: field \[type\] is \\"other\\", but must be one of kafka`,
				} {
					expect(t, s.post(t, api+"/action", `{"task":{"id":"acts"},"action":`+action+`}`), 400, `\{"error":"action.*`+because+`.*"\}`)
				}
				for _, asked := range []string{
					`{"task":{"id":"stranger"},"action":{"type":"lockList"}}`,
					`{"task":{"id":"acts"},"action":{"type":"surrogateAction","surrogateId":"stranger","taskAction":{"type":"lockList"}}}`,
				} {
					expect(t, s.post(t, api+"/action", asked), 400, `\{"error":"Cannot find any task with id: \[stranger\]\..*"\}`)
				}
				surrogate := `{"task":{"id":"part of it"},"action":{"type":"surrogateAction","surrogateId":"acts","taskAction":{"type":"lockTryAcquire","interval":"2026-03-01/P1D"}}}`
				expect(t, s.post(t, api+"/action", surrogate), 200, `\{"result":\{"type":"EXCLUSIVE","groupId":"acts",.*\}\}`)
				expect(t, s.post(t, api+"/task/acts/shutdown", ""), 200, `.*`)
			},
		},
		{
			name:   "an action that cannot be performed is a 400",
			druid:  "answers 500 with the text of an exception to an action that the task may not perform, without a lock or after its end, and to one that lacks a field.",
			ovate:  "answers 400 with a JSON error that says why.",
			reason: "it would be no different another time, and tasks of Druid try again for an hour after a 500.",
			recorded: []place{
				{"actions-publish/8", "status", "400"}, {"actions-publish/8", "body.error", `".*task\[g_pub2\] holds no valid lock over segment\[g_pub_2026-03-01T.*\]"`},
				{"actions-publish/9", "status", "400"}, {"actions-publish/9", "body.error", `".*task\[g_pub1\] holds no valid lock over segment\[g_pub_2026-03-05T.*\]"`},
				{"actions-publish/25", "status", "400"}, {"actions-publish/25", "body.error", `"action lockTryAcquire: field \[interval\] is missing"`},
				{"actions-publish/28", "status", "400"}, {"actions-publish/28", "body.error", `"Invalid value for field \[action\]: must not be null"`},
				{"actions-publish/29", "status", "400"}, {"actions-publish/29", "body.error", `"Invalid value for field \[task.id\]: must not be null"`},
				{"actions-publish/32", "status", "400"}, {"actions-publish/32", "body.error", `"action lockTryAcquire of task\[g_pub1\]: task is not active"`},
			},
			shown: func(t *testing.T, s *server) {
				s.submit(t, `{"type":"noop","id":"ends","dataSource":"ends","runTime":60000}`)
				act := func(action string) reply {
					return s.post(t, api+"/action", `{"task":{"id":"ends"},"action":`+action+`}`)
				}
				expect(t, act(`{"type":"segmentTransactionalInsert","segments":[{"dataSource":"ends","interval":"2026-03-01/P1D","version":"v","loadSpec":{},"size":1}]}`),
					400, `\{"error":".* holds no valid lock over segment.*"\}`)
				expect(t, s.post(t, api+"/task/ends/shutdown", ""), 200, `.*`)
				expect(t, act(`{"type":"lockTryAcquire","interval":"2026-03-01/P1D"}`), 400, `\{"error":"action lockTryAcquire of task\[ends\]: task is not active"\}`)
			},
		},
		{
			name:   "an action needs its fields",
			druid:  "does nothing, and says so to nobody, where lockRelease has no interval, or segmentListUsed or markSegmentsAsUnused no data source.",
			ovate:  "answers 400 and names the field.",
			reason: "whoever sends that has made a mistake, and would wait for what does not come about.",
		},
		{
			name:   "a task hears that its lock was revoked",
			druid:  "answers null to segmentAllocate under a lock that was revoked, as where there is no room, and 500 to a publication.",
			ovate:  "answers 400 to segmentAllocate, and to a publication that it has not succeeded, and says that the lock was revoked for a task of higher priority.",
			reason: "the task fails in either case, and people look into its log for the reason.",
		},
		{
			name:   "segments have to fit",
			druid:  "publishes segments of one version that overlap without being partitions of one time chunk, and answers 500 from then on to whoever lists what is used there.",
			ovate:  "answers 400 to the publication.",
			reason: "nobody could read the data source any more.",
		},
		{
			name:   "only who holds a REPLACE or EXCLUSIVE lock replaces",
			druid:  "performs segmentTransactionalReplace under locks of any type, and then carries nothing over.",
			ovate:  "answers 400 unless a REPLACE or EXCLUSIVE lock covers each segment.",
			reason: "what other tasks append at the same time would be lost.",
		},
		{
			name:   "time chunks are as long as was asked",
			druid:  "has segmentAllocate make time chunks of the next shorter length that has a name, such as DAY or HOUR, where the granularity has none, and none at all for NONE.",
			ovate:  "makes them as long as was asked, and shorter only beside locks of other tasks.",
			reason: "that is what the task was told to make, and what is there already of another length is extended either way.",
		},
		{
			name:   "paths that are not there",
			druid:  "has paths for worker configuration and control, and, below `/druid-internal`, for looking into what runs tasks on workers.",
			ovate:  "answers 404 (or 405, where another verb of the path exists) without a body; those for worker configuration and control are there where tasks run on workers.",
			reason: "they belong to workers that a server that runs tasks itself does not have, and the others are for Druid's developers.",
			shown: func(t *testing.T, s *server) {
				for path, status := range map[string]int{"/worker/x:1/disable": 404, "/worker": 405} {
					expect(t, s.post(t, api+path, "{}"), status, "")
				}
				expect(t, s.get(t, "/druid-internal/v1/httpRemoteTaskRunner/knownTasks"), 404, "")
			},
		},
		{
			name:   "few kinds of supervisors run",
			druid:  "runs what is stored of supervisors in `druid_supervisors` and what is submitted, lists those that run, and takes specs of the types that its extensions bring along.",
			ovate:  "keeps, shows, suspends, resumes and terminates what is stored of them or submitted of a type that comes with Druid, in Druid's own rows, and runs those of the types `scheduled_batch`, `autocompact` and, where tasks run on Druid's workers, `kafka`. Of others `state` is `SUSPENDED`, or `UNHEALTHY_SUPERVISOR` with the `detailedState` `NOT_RUN_BY_OVATE`, or `UNREADABLE_SPEC` for one that cannot be read, and `supervisor/{id}/status` says why; the answer to the submission of one that is not suspended has the reason as `warning`; in the status of one of type `autocompact` `suspended`, `healthy`, `state`, `detailedState` and `recentErrors` follow on what Druid tells; what only one that runs can do (`reset`, `resetOffsets`, `taskGroups/handoff`) is answered 501.",
			reason: "the others are not built yet, and who changes over from Java should see what rests, be able to change it, and find it again when changing back.",
			recorded: []place{
				{"supervisor/3", "body.0.state", `"SUSPENDED"`},
				{"supervisor/3", "body.0.detailedState", `"SUSPENDED"`},
				{"supervisor/10", "body.error", `".* known type ids = \[NoopSupervisorSpec, autocompact, kafka, kinesis, rabbit, scheduled_batch\]"`},
			},
			shown: showSupervisors,
		},
		{
			name:   "specs of Kafka that cannot work are refused",
			druid:  "takes a spec of type `kafka` with a `taskDuration` below `PT1M`, with `taskCount`, `replicas` or `workerThreads` below 1, a `chatRetries` or `startDelay` below 0, a `period`, `completionTimeout`, `httpTimeout`, `shutdownTimeout` or `offsetFetchPeriod` of 0, without an `inputFormat` or a `dimensionsSpec`, with an `autoScalerStrategy` that it does not know, with whatever `consumerProperties`, and one whose tasks would be larger than `druid.indexer.queue.maxTaskPayloadSize`; its tasks, or the supervisor, then fail again and again.",
			ovate:  "answers 400, naming the field. Of consumer properties those are refused that load classes, log in by Kerberos or OAuth, or name a JKS or PKCS12 file, and those of which nobody knows what they are are passed on to the tasks. A name or a type that is so like one that Druid knows that this is probably meant is refused, too, and told: Druid passes over it, be it `security.protcol`. A `topicPattern` is refused if it has what Go's regular expressions have not: back references, possessive quantifiers, sets within brackets, looking behind, and looking ahead elsewhere than at its beginning, as `(?!dev-).*` does. Of one that Java has stored the tasks are led to their ends, and no others follow: the status says so.",
			reason: "who has sent the spec is there to mend it; what runs in this process is chosen by whoever runs it.",
			shown: func(t *testing.T, s *server) {
				for member, want := range map[string]string{
					`"taskDuration":"PT30S"`: `taskDuration`, `"replicas":0`: `replicas`, `"period":0`: `period`, `"autoScalerConfig":{"autoScalerStrategy":"costBased"}`: `autoScalerStrategy`,
					`"consumerProperties":{"bootstrap.servers":"localhost:9092","security.protocol":"SSL","ssl.truststore.location":"/etc/trust.jks","ssl.truststore.type":"JKS"}`: `ssl\.truststore\.`,
				} {
					const spec = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"clicks","timestampSpec":{"column":"t"},"dimensionsSpec":{}},` +
						`"ioConfig":{"topic":"t","inputFormat":{"type":"json"},"consumerProperties":{"bootstrap.servers":"localhost:9092"},%s}}}`
					expect(t, s.post(t, api+"/supervisor", fmt.Sprintf(spec, member)), 400, `\{"error":".*`+want+`.*"\}`)
				}
			},
		},
		{
			name:   "the spec of a supervisor is shown as it was sent",
			druid:  "shows and stores it with every default, and with the parts of a stream's twice.",
			ovate:  "shows and stores it as it was sent, but for the `suspended` of one that was suspended or resumed and the `id` and `dataSource` of a `scheduled_batch`; to be unmodified is to be the same JSON, however it is written. One that Java has stored stays as it is.",
			reason: "Java reads both alike, and what the defaults are knows who runs it.",
			recorded: []place{
				{"supervisor/4", "body", `\{"type":"kafka","spec":\{"dataSchema":\{"dataSource":"g_kafka",.*"suspended":true\}`},
				{"supervisor/5", "body.0.spec", `\{"type":"kafka","spec":\{"dataSchema":\{"dataSource":"g_kafka",.*"suspended":true\}`},
				{"supervisor/9", "body.0.spec", `\{"type":"NoopSupervisorSpec","id":null,.*"type":"noop","source":"noop"\}`}, // whoever recorded it has kept one of two types
				{"supervisor/9", "body.1.spec", `\{"type":"kafka","spec":\{"dataSchema":\{"dataSource":"g_kafka",.*"suspended":true\}`},
			},
		},
		{
			name:   "what is shown of a secret is not taken for it",
			druid:  "shows the spec of a supervisor with the secrets that are written in it, and stores what is sent.",
			ovate:  "shows `***` in its place, as in tasks, and answers 400, naming the field, to a spec that has this where a secret belongs; it never puts in what is stored.",
			reason: "whoever may change a spec could have the stored secret sent to a server of their own.",
			shown: func(t *testing.T, s *server) {
				const spec = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"hides","timestampSpec":{"column":"t"},"dimensionsSpec":{}},` +
					`"ioConfig":{"topic":"t","inputFormat":{"type":"json"},"consumerProperties":{"bootstrap.servers":"localhost:9092","ssl.key.password":"%s"}}},"suspended":true}`
				expect(t, s.post(t, api+"/supervisor", fmt.Sprintf(spec, "hush")), 200, `\{"id":"hides"\}`)
				expect(t, s.get(t, api+"/supervisor/hides"), 200, `.*"ssl\.key\.password":"\*\*\*".*`)
				expect(t, s.post(t, api+"/supervisor", fmt.Sprintf(spec, "***")), 400, `\{"error":"Field \[spec\.ioConfig\.consumerProperties\.ssl\.key\.password\] has the \*\*\* .*"\}`)
				expect(t, s.post(t, api+"/supervisor/hides/terminate", ""), 200, `\{"id":"hides"\}`)
			},
		},
		{
			name:   "what a spec of a supervisor lacks is a 400",
			druid:  "answers 500 without a data source, and takes a `NoopSupervisorSpec`; answers 400 if no Broker tells which data source the query of a `scheduled_batch` writes to; ignores an `id` that is not the data source's name in the spec of a stream.",
			ovate:  "answers 400 to these and names the field, and 503 if no Broker answers, or one does not tell; a name of more than 255 bytes is a 400, too.",
			reason: "the mistake is the client's, but for a Broker that is away, and a supervisor of another name than the one that was asked for is found by nobody.",
			shown: func(t *testing.T, s *server) {
				for spec, want := range map[string]string{
					`{"type":"kafka","spec":{"ioConfig":{"topic":"t"}}}`:                                 `Field \[spec\.dataSchema\.dataSource\] is missing`,
					`{"type":"NoopSupervisorSpec","id":"x","dataSources":["x"]}`:                         `A spec of type \[NoopSupervisorSpec\] stands in the place`,
					`{"type":"scheduled_batch","spec":{"query":"q"}}`:                                    `Field \[schedulerConfig\] is missing`,
					`{"type":"kafka","id":"x","dataSchema":{"dataSource":"y"},"ioConfig":{"topic":"t"}}`: `Field \[id\] is \[x\]`,
				} {
					expect(t, s.post(t, api+"/supervisor", spec), 400, `\{"error":"`+want+`.*"\}`)
				}
			},
		},
		{
			name:   "a scheduled_batch tells of its faults, and submits nothing twice",
			druid:  "is `RUNNING` whatever its Broker says, has no status while it is suspended if it was when the leader began, and may submit a query twice when the answer gets lost or another leads.",
			ovate:  "is `UNHEALTHY_SUPERVISOR` with the reason in `recentErrors` from a submission that failed to the next one, has a status always, with members that all supervisors have, and gives each query a `sqlQueryId` that tells its time ([schedules.md](schedules.md)).",
			reason: "nobody reads the log until rows are missing, and rows that were inserted twice are found by nobody.",
			shown:  scheduledFaults,
		},
		{
			name:   "a schedule that Druid misreads is refused",
			druid:  "takes `22-2` for 22 alone, `L` in a list of days of the month for nothing, `15W` there for 15, and more such; fails whenever it looks for the next time of a few others; accepts what is never due.",
			ovate:  "answers 400 to a spec with such a schedule, and says how Druid reads it. One that is stored runs as in Druid, but for those by which Druid fails, which are `INVALID_SPEC`.",
			reason: "who writes it means something else, and both Overlords should do the same.",
			shown:  misreadSchedules,
		},
		{
			name:   "tasks of any kind run by a schedule",
			druid:  "has queries alone run by a schedule, with UTC as its time.",
			ovate:  "has the type `ovate_scheduled_task`, too, for a task of any kind, and `timeZone` for both.",
			reason: "not everybody has a Broker, and not every task is a query.",
			shown:  scheduledTasks,
		},
		{
			name:   "resetOffsets needs offsets",
			druid:  "has the supervisor forget all offsets if the body is empty.",
			ovate:  "answers 400; `reset` is for that.",
			reason: "a body that got lost must not lead to reading everything again, or to skipping it.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.post(t, api+"/supervisor", `{"type":"kinesis","dataSchema":{"dataSource":"offsets"},"ioConfig":{"stream":"s"}}`), 200, `\{"id":"offsets","warning":".*"\}`)
				expect(t, s.post(t, api+"/supervisor/offsets/resetOffsets", ""), 400, `\{"error":"Request body must tell the offsets to read on from: .*"\}`)
				expect(t, s.post(t, api+"/supervisor/offsets/terminate", ""), 200, `\{"id":"offsets"\}`)
			},
		},
		{
			name:   "no sampler",
			druid:  "reads a sample of the input that a spec names, for the data loader of its web console.",
			ovate:  "answers 501 with a JSON error that says what to do instead: `POST /api/v1/preview` shows what a task would store ([api.md](api.md#files)).",
			reason: "its answer is made for the steps of that data loader.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.post(t, api+"/sampler", `{"type":"index","spec":{}}`), 501, `\{"error":"This version has no sampler: .*"\}`)
			},
		},
		{
			name:   "compaction by supervisors is for workers, and does not go round in circles",
			druid:  "compacts by itself once `useSupervisors` is set in compaction/config/cluster, natively and by `msq`; tries an interval again at once whose task has failed, and makes segments again and again that are not as configured after a task, as where a finer granularity finds no rows in some buckets; may compact what reaches into the time to be skipped, or where whole buckets reach over a lock; counts what is being compacted as compacted, and then as skipped; simulates with the newest first, whatever policy is asked for; without a Coordinator it stores what is to be compacted all the same.",
			ovate:  "does so where Druid's own workers run its tasks, and answers 400 to `useSupervisors` where there are none, and to the engine `msq`; leaves an interval whose task has failed alone for a minute, and twice as long each time, up to an hour, tries one task at a time, ever later, of a data source whose tasks fail one after the other, which is `UNHEALTHY_TASKS`; takes what a task by a config has made for what the config says, and leaves alone what it has left where it found no rows; compacts nothing that reaches into the time to be skipped, or whose whole buckets reach over a lock; counts what is being compacted as skipped; tells in `message` why nothing is compacted, or how the last task has failed; simulates by the policy that is asked for; answers 501 to the config of a data source where neither supervisors nor a Coordinator compact.",
			reason: "compact tasks run on workers alone, tasks by `msq` are not built, and a config that nobody heeds helps nobody; a task that cannot succeed, or changes nothing, must not take all slots for ever.",
			shown: func(t *testing.T, s *server) {
				expect(t, s.get(t, api+"/compaction/isSupervisorEnabled"), 200, `false`)
				expect(t, s.post(t, api+"/compaction/config/cluster", `{"useSupervisors":true}`), 501, `\{"error":"druidException",.*Nothing is compacted by itself here.*\}`)
				expect(t, s.get(t, api+"/compaction/config/datasources"), 200, `\{"compactionConfigs":\[\]\}`)
				expect(t, s.post(t, api+"/compaction/config/datasources/a", `{"dataSource":"a"}`), 501, `\{"error":"druidException",.*Nothing is compacted by itself here.*\}`)
				expect(t, s.get(t, api+"/compaction/status/datasources"), 200, `\{"latestStatus":\[\]\}`)
			},
		},
		{
			name:   "objects by id are in the order asked for",
			druid:  "writes the object that taskStatus answers, lists of locked intervals and /status/properties in the order of a Java hash table.",
			ovate:  "writes them in the order of the request, by interval, and by name.",
			reason: "no client can rely on the order of a hash table, and a stable one is easier to read and compare.",
			shown: func(t *testing.T, s *server) {
				for _, id := range []string{"order_b", "order_a", "order_c"} {
					s.submit(t, fmt.Sprintf(`{"type":"noop","id":%q,"runTime":1}`, id))
				}
				expect(t, s.post(t, api+"/taskStatus", `["order_b","order_c","order_a"]`), 200, `\{"order_b":.*,"order_c":.*,"order_a":.*\}`)
			},
		},
	}
}
