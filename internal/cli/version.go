package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type version struct{}

// Help gives the examples.
func (*version) Help() string { return examples("what is this", "ovate version") }

// Run prints what is known of the build.
func (*version) Run(streams *Streams) error {
	revision := "unknown revision"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	_, err := fmt.Fprintf(streams.Out, "ovate, speaking Druid 33.0.0 (%s, %s %s/%s)\n", revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
