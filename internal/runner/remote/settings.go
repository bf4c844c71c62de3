package remote

import "time"

// Settings are Druid's druid.indexer.runner.*, but for the last two.
type Settings struct {
	MinWorkerVersion           string  // compared as text
	ParallelIndexTaskSlotRatio float64 // of a worker's slots, how many index_parallel tasks may take

	TaskAssignmentTimeout    time.Duration // until a worker that was sent a task announces it
	AssignRequestHTTPTimeout time.Duration
	AssignRequestMaxRetries  int           // how often a task is sent
	TaskCleanupTimeout       time.Duration // until the tasks of a worker that gives no answer have failed

	ShutdownRequestHTTPTimeout time.Duration
	ShutdownRequestMaxRetries  int // how often at a time; then it is left alone for a while

	SyncRequestTimeout       time.Duration // how long a worker waits for news
	ServerUnstabilityTimeout time.Duration // without an answer, until that is an error in the log

	MaxRetriesBeforeBlacklist     int // tasks that fail in a row
	MaxPercentageBlacklistWorkers int
	WorkerBlackListBackoffTime    time.Duration

	// RecoveryDelay is for how long, once it is known which workers there are, tasks that were active before and that no worker has told of
	// wait for workers that come late, and for what a former leader has sent to arrive; it is Druid's druid.indexer.queue.startDelay, for
	// which there all tasks wait.
	RecoveryDelay time.Duration
	// ClaimTimeout is how long a worker may run a task that nobody has asked for, until it is found out whether anybody will.
	ClaimTimeout time.Duration
}

// Defaults are Druid's.
func Defaults() Settings {
	return Settings{
		MinWorkerVersion:              "0",
		ParallelIndexTaskSlotRatio:    1,
		TaskAssignmentTimeout:         5 * time.Minute,
		AssignRequestHTTPTimeout:      time.Minute,
		AssignRequestMaxRetries:       3,
		TaskCleanupTimeout:            15 * time.Minute,
		ShutdownRequestHTTPTimeout:    time.Minute,
		ShutdownRequestMaxRetries:     3,
		SyncRequestTimeout:            3 * time.Minute,
		ServerUnstabilityTimeout:      time.Minute,
		MaxRetriesBeforeBlacklist:     5,
		MaxPercentageBlacklistWorkers: 20,
		WorkerBlackListBackoffTime:    15 * time.Minute,
		RecoveryDelay:                 time.Minute,
		ClaimTimeout:                  time.Minute,
	}
}
