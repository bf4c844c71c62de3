// Package routine reads of a spec how its supervisor goes about it, whatever stream it reads.
package routine

import (
	"math"
	"time"

	"ovate/druid"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
)

// Routine is how a supervisor goes about what its spec says, with Druid's defaults.
type Routine struct {
	// TaskCount is how many groups of tasks there are; the least if there is a Scaler that is enabled.
	TaskCount, Replicas int
	// StopTaskCount is how many of them may end at a time; 0: all.
	StopTaskCount                                       int
	TaskDuration, StartDelay, Period, CompletionTimeout time.Duration
	Late, Early                                         *time.Duration
	LateStart                                           *druid.Instant
	UseEarliest, ResetAutomatically                     bool
	Idle                                                *Idle   // nil: as the server says
	Scaler                                              *Scaler // nil: there is none

	// What is asked of tasks: how often again, and for how long one is waited for.
	ChatRetries                    int64
	HTTPTimeout, OffsetFetchPeriod time.Duration
	// ParseErrors is how many errors of records each task keeps to be shown.
	ParseErrors int64
}

// Idle is when a supervisor makes no tasks, as nothing comes.
type Idle struct {
	Enabled bool
	After   time.Duration
}

// IdleOf reads an idleConfig; nil if there is none.
func IdleOf(v document.Value) *Idle {
	if !v.Object() {
		return nil
	}
	idle := &Idle{After: v.Millis("inactiveAfterMillis", 10*time.Minute)}
	idle.Enabled, _ = v.Field("enabled").Truth()
	return idle
}

// Names are the members of an ioConfig that streams have in common: what IO reads, and what is for the tasks, of Druid 33 and of later versions. Those of its
// parts are below their names, and those of itself, and more, below "".
func Names(more ...string) map[string][]string {
	return map[string][]string{
		"": append(more,
			"type", "stream", "inputFormat", "replicas", "taskCount", "stopTaskCount", "stopTaskCountRatio", "autoScalerConfig", "taskDuration", "startDelay", "period",
			"completionTimeout", "lateMessageRejectionPeriod", "earlyMessageRejectionPeriod", "lateMessageRejectionStartDateTime", "useEarliestSequenceNumber",
			"idleConfig", "useTransaction", "serverPriorityToReplicas", "boundedStreamConfig",
		),
		"idleConfig": {"enabled", "inactiveAfterMillis"},
		"autoScalerConfig": {
			"enableTaskAutoScaler", "taskCountMax", "taskCountMin", "taskCountStart", "minTriggerScaleActionFrequencyMillis", "autoScalerStrategy",
			"lagCollectionIntervalMillis", "lagCollectionRangeMillis", "scaleOutThreshold", "triggerScaleOutFractionThreshold", "scaleInThreshold",
			"triggerScaleInFractionThreshold", "scaleActionStartDelayMillis", "scaleActionPeriodMillis", "scaleInStep", "scaleOutStep", "stopTaskCountRatio",
			"lagAggregate",
		},
	}
}

// IO reads of an ioConfig how many tasks there are, how long everything takes, and which records are too early or too late.
func (r *Routine) IO(v document.Value) {
	r.counts(v)
	r.times(v)
	r.rejection(v)
}

// counts reads how many tasks there are.
func (r *Routine) counts(v document.Value) {
	r.Replicas = int(v.Number("replicas", 1, math.MaxInt32, 1))
	r.Scaler = scaler(v.Field("autoScalerConfig"))
	if r.Scaler != nil && r.Scaler.Enabled {
		r.TaskCount = r.Scaler.TaskCountMin // whatever taskCount says
		v.Field("taskCount").Whole(math.MinInt32, math.MaxInt32)
	} else {
		r.TaskCount = int(v.Number("taskCount", 1, math.MaxInt32, 1))
	}
	r.StopTaskCount = int(v.Number("stopTaskCount", 1, math.MaxInt32, 0))
}

// times reads how long everything takes.
func (r *Routine) times(v document.Value) {
	reading := v.Field("taskDuration")
	r.TaskDuration = reading.Duration(math.MinInt64, time.Hour)
	if r.TaskDuration < time.Minute { // they look every so many whole minutes at which records are too late, and Java does nothing every 0 minutes
		reading.Refuse("must be at least PT1M, but is %s: each of Druid's tasks fails that is to read for less than a minute", reading.Shown())
	}
	r.StartDelay = v.Field("startDelay").Duration(0, 5*time.Second)
	r.Period = v.Field("period").Duration(time.Millisecond, 30*time.Second)
	r.CompletionTimeout = v.Field("completionTimeout").Duration(time.Millisecond, 30*time.Minute)
}

// rejection reads which records are too early or too late.
func (r *Routine) rejection(v document.Value) {
	late, start, early := v.Field("lateMessageRejectionPeriod"), v.Field("lateMessageRejectionStartDateTime"), v.Field("earlyMessageRejectionPeriod")
	r.Late, r.Early = late.Optional(), early.Optional()
	if t, there := start.Instant(); there {
		r.LateStart = new(t)
	}
	if r.Late != nil && r.LateStart != nil {
		start.Refuse("must be missing if there is lateMessageRejectionPeriod, which says the same in another way: leave one of them out")
	}
}

// Tuning reads of a tuningConfig what the supervisor goes by, once IO has read the ioConfig.
func (r *Routine) Tuning(v document.Value) {
	r.ResetAutomatically, _ = v.Field("resetOffsetAutomatically").Truth()
	r.ChatRetries = v.Number("chatRetries", 0, math.MaxInt64, 8)
	r.HTTPTimeout = v.Field("httpTimeout").Duration(time.Millisecond, 10*time.Second)
	v.Field("shutdownTimeout").Duration(time.Millisecond, 0) // for which there is no need here, as for workerThreads
	r.OffsetFetchPeriod = v.Field("offsetFetchPeriod").Duration(time.Millisecond, 30*time.Second)
	fails, _ := v.Field("reportParseExceptions").Truth() // at the first error of a record, which nobody can show any more
	if v.Number("maxParseExceptions", math.MinInt32, math.MaxInt32, math.MaxInt32) > 0 && !fails {
		r.ParseErrors = max(0, v.Number("maxSavedParseExceptions", math.MinInt32, math.MaxInt32, 0))
	}
	v.Field("workerThreads").Whole(1, math.MaxInt32)
}

// Rules are what decisions go by, as far as they are the same for whatever stream.
func (r *Routine) Rules() plan.Rules {
	rules := plan.Rules{
		TaskCount: r.TaskCount, Replicas: r.Replicas, TaskDuration: r.TaskDuration, CompletionTimeout: r.CompletionTimeout,
		StopTaskCount: r.StopTaskCount, Late: r.Late, Early: r.Early, LateStart: r.LateStart, UseEarliest: r.UseEarliest,
		ResetAutomatically: r.ResetAutomatically,
	}
	if rules.StopTaskCount == 0 {
		rules.StopTaskCount = r.TaskCount
	}
	if r.Idle != nil && r.Idle.Enabled {
		rules.IdleAfter = r.Idle.After
	}
	return rules
}

// Settings are those of a supervisor, as far as they are the same for whatever stream.
func (r *Routine) Settings() streaming.Settings {
	return streaming.Settings{
		Rules: r.Rules(), StartDelay: r.StartDelay, Period: r.Period, ChatTimeout: r.HTTPTimeout, ChatRetries: int(r.ChatRetries),
		OffsetPeriod: r.OffsetFetchPeriod, ParseErrors: int(min(r.ParseErrors*int64(r.TaskCount), math.MaxInt32)), Scaling: r.Scaler.rules(),
	}
}
