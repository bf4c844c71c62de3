package druid_test

import (
	"fmt"
	"log"

	"ovate/druid"
)

// A granularity cuts time into buckets; in a time zone they follow its clocks.
func ExampleGranularity_Buckets() {
	days, err := druid.PeriodGranularity(druid.Period{Days: 1}, "America/Los_Angeles", nil)
	if err != nil {
		log.Fatal(err)
	}
	weekend, err := druid.ParseInterval("2025-03-08T08:00Z/2025-03-10T07:00Z")
	if err != nil {
		log.Fatal(err)
	}
	for day := range days.Buckets(weekend) {
		fmt.Println(day, day.End.Time().Sub(day.Start.Time()))
	}
	// Output:
	// 2025-03-08T08:00:00.000Z/2025-03-09T08:00:00.000Z 24h0m0s
	// 2025-03-09T08:00:00.000Z/2025-03-10T07:00:00.000Z 23h0m0s
}

// Ids can be told apart only by who knows the data source, as everything else in them may hold underscores, too.
func ExampleParseSegmentID() {
	id, err := druid.ParseSegmentID("web_logs", "web_logs_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_2026-02-03T04:05:06.789Z_2")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(id.Interval)
	fmt.Println(id.Version, id.PartitionNum)
	// Output:
	// 2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z
	// 2026-02-03T04:05:06.789Z 2
}
