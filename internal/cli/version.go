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
	built := "unknown revision"
	if info, ok := debug.ReadBuildInfo(); ok {
		built = revision(info)
	}
	_, err := fmt.Fprintf(streams.Out, "ovate, speaking Druid 33.0.0 (%s, %s %s/%s)\n", built, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// revision is the commit of a clone that was built, and whether files were changed since; else the version of the module.
func revision(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	switch commit := settings["vcs.revision"]; {
	case commit != "" && settings["vcs.modified"] == "true":
		return "revision " + commit + ", with changes"
	case commit != "":
		return "revision " + commit
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return "unknown revision"
}
