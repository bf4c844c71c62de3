package cli

import (
	"runtime/debug"
	"testing"
)

func TestRevision(t *testing.T) {
	t.Parallel()
	build := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Path: "ovate", Version: version}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	for want, info := range map[string]*debug.BuildInfo{
		"revision abc":               build("v0.0.0-x", "vcs.revision", "abc", "vcs.modified", "false"),
		"revision abc, with changes": build("(devel)", "vcs.revision", "abc", "vcs.modified", "true"),
		"v1.2.3":                     build("v1.2.3"),
		"unknown revision":           build("(devel)"),
	} {
		if got := revision(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
