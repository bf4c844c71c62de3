package replay

import "fmt"

// others are the actions that tell the Overlord something, and change no metadata where nobody listens.
func others() *Section {
	s := newSection("others")
	s.submit("a")
	s.act("a", `{"type":"updateStatus","status":"successful"}`)
	s.act("a", `{"type":"updateStatus","status":"failed","statusFull":{"id":%q,"status":"FAILED","duration":5,"errorMsg":"because","location":null}}`, s.task("a"))
	s.act("a", `{"type":"updateStatus","status":"RUNNING","statusFull":null}`)
	s.act("a", `{"type":"updateStatus"}`)
	s.act("a", `{"type":"updateLocation","taskLocation":{"host":"there","port":8100,"tlsPort":-1}}`)
	s.act("a", `{"type":"updateLocation","location":{"host":"there","port":8100,"tlsPort":-1}}`)
	s.act("a", `{"type":"updateLocation"}`)
	s.locks("a") // as it is active still
	checkpoint := `{"type":"checkPointDataSourceMetadata","supervisorId":%s,"taskGroupId":%s,"checkpointMetadata":%s}`
	s.act("a", checkpoint, `"nobody"`, `0`, kafka("start", "t", `{"0":5}`))
	s.act("a", checkpoint, `"nobody"`, `0`, `null`)
	s.act("a", checkpoint, `null`, `0`, kafka("start", "t", `{"0":5}`))
	s.act("a", checkpoint, `"nobody"`, `null`, kafka("start", "t", `{"0":5}`))
	s.act("a", `{"type":"checkPointDataSourceMetadata","supervisorId":"nobody","taskGroupId":0,"sequenceName":"dummy","previousCheckPoint":%s,"currentCheckPoint":%[1]s,"checkpointMetadata":%[1]s}`,
		kafka("start", "t", `{"0":5}`))
	s.act("a", `{"type":"resetDataSourceMetadata","dataSource":%q,"resetMetadata":%s}`, s.DataSource, kafka("end", "t", `{"0":5}`))
	s.act("a", `{"type":"resetDataSourceMetadata","dataSource":%q,"resetMetadata":null}`, s.DataSource)
	s.act("a", `{"type":"resetDataSourceMetadata","resetMetadata":%s}`, kafka("end", "t", `{"0":5}`))
	s.act("a", `{"type":"resetDataSourceMetadata","dataSource":"replay_nothing","resetMetadata":%s}`, kafka("end", "t", `{"0":5}`))
	return s.end()
}

// surrogates act in the name of another task.
func surrogates() *Section {
	s := newSection("surrogates")
	s.submit("whole", "part")
	through := func(task, surrogate, action string) *Step {
		return s.act(task, `{"type":"surrogateAction","surrogateId":%q,"taskAction":%s}`, s.task(surrogate), action)
	}
	lock := fmt.Sprintf(`{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":%q}`, day(0))
	through("part", "whole", lock).save("v", "result.version")
	through("part", "whole", lock)
	s.act("part", "%s", lock)
	s.locks("part", "whole")
	through("part", "whole", `{"type":"lockList"}`)
	through("part", "whole", fmt.Sprintf(`{"type":"segmentAllocate","dataSource":%q,"timestamp":"2020-01-01T00:00:00.000Z","queryGranularity":"NONE",`+
		`"preferredSegmentGranularity":"DAY","sequenceName":"s"}`, s.DataSource))
	through("part", "whole", fmt.Sprintf(`{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(0), "${v}", 0, 0))))
	through("part", "nobody", `{"type":"lockList"}`)
	through("unknown", "whole", `{"type":"lockList"}`)
	through("part", "whole", fmt.Sprintf(`{"type":"surrogateAction","surrogateId":%q,"taskAction":{"type":"lockList"}}`, s.task("part")))
	through("part", "whole", `null`)
	s.act("part", `{"type":"surrogateAction","taskAction":{"type":"lockList"}}`)
	s.act("part", `{"type":"surrogateAction"}`)
	return s.end()
}

// wrongFields lacks fields, and has such as cannot be.
func wrongFields() *Section {
	s := newSection("wrong_fields")
	s.submit("a")
	for _, action := range []string{
		`{}`, `{"type":null}`, `{"type":"nothing"}`, `{"type":5}`, `null`, `[]`, `"lockList"`,
		`{"type":"lockTryAcquire"}`, `{"type":"lockTryAcquire","interval":null}`, `{"type":"lockTryAcquire","interval":"2020"}`, `{"type":"lockTryAcquire","interval":"x/y"}`,
		`{"type":"lockTryAcquire","interval":"2021/2020"}`, `{"type":"lockTryAcquire","interval":"2020/2020"}`, `{"type":"lockTryAcquire","interval":5}`,
		`{"type":"lockTryAcquire","interval":"2020/2021","lockType":"exclusive"}`, `{"type":"lockTryAcquire","interval":"2020/2021","lockType":""}`,
		`{"type":"lockAcquire","interval":"2020/2021","timeoutMs":"x"}`, `{"type":"lockAcquire","timeoutMs":5}`,
		`{"type":"lockRelease","interval":"2020"}`,
		`{"type":"segmentAllocate"}`,
		`{"type":"segmentAllocate","dataSource":"replay_wrong_fields","queryGranularity":"NONE","preferredSegmentGranularity":"DAY","sequenceName":"s"}`,
		`{"type":"segmentAllocate","dataSource":"replay_wrong_fields","timestamp":"2020","preferredSegmentGranularity":"DAY","sequenceName":"s"}`,
		`{"type":"segmentAllocate","dataSource":"replay_wrong_fields","timestamp":"2020","queryGranularity":"NONE","sequenceName":"s"}`,
		`{"type":"segmentAllocate","dataSource":"replay_wrong_fields","timestamp":"2020","queryGranularity":"NONE","preferredSegmentGranularity":"DAY"}`,
		`{"type":"segmentAllocate","dataSource":"replay_wrong_fields","timestamp":"x","queryGranularity":"NONE","preferredSegmentGranularity":"DAY","sequenceName":"s"}`,
		`{"type":"segmentAllocate","dataSource":"replay_wrong_fields","timestamp":"2020","queryGranularity":"NEVER","preferredSegmentGranularity":"DAY","sequenceName":"s"}`,
		`{"type":"segmentTransactionalInsert","segments":5}`, `{"type":"segmentTransactionalInsert","segments":[{}]}`, `{"type":"segmentTransactionalInsert","segments":[null]}`,
		`{"type":"segmentTransactionalAppend"}`, `{"type":"segmentTransactionalReplace"}`,
		`{"type":"segmentListUsed"}`, `{"type":"segmentListUsed","dataSource":"x"}`,
		`{"type":"segmentListUsed","dataSource":"x","intervals":["2020/2021"],"visibility":"SOME"}`, `{"type":"segmentListUsed","dataSource":"x","intervals":[null]}`,
		`{"type":"segmentListUnused"}`, `{"type":"segmentListUnused","dataSource":"x"}`, `{"type":"segmentListUnused","dataSource":"x","interval":"2020/2021","limit":0}`,
		`{"type":"segmentListUnused","dataSource":"x","interval":"2020/2021","limit":-1}`,
		`{"type":"retrieveSegmentsById"}`, `{"type":"retrieveUpgradedFromSegmentIds"}`, `{"type":"retrieveUpgradedToSegmentIds"}`,
		`{"type":"markSegmentsAsUnused"}`, `{"type":"markSegmentsAsUnused","dataSource":"replay_wrong_fields"}`,
		`{"type":"segmentNuke"}`, `{"type":"segmentNuke","segments":null}`, `{"type":"segmentMetadataUpdate"}`, `{"type":"segmentMetadataUpdate","segments":null}`,
		`{"type":"resetDataSourceMetadata"}`, `{"type":"checkPointDataSourceMetadata"}`, `{"type":"lockList","more":5}`, `{"type":"lockList"}`,
	} {
		s.act("a", action)
	}
	for _, action := range []string{`{"type":"lockRelease"}`, `{"type":"segmentListUsed","intervals":["2020/2021"]}`, `{"type":"markSegmentsAsUnused","interval":"2020/2021"}`} {
		s.act("a", action).differs(needed, `400 \{"error":"action \w+: field \[\w+\] is missing"\}`)
	}
	return s.end()
}
