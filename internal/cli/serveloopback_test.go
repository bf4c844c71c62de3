package cli

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"ovate/internal/config"
)

// A server of a cluster that nobody beyond this machine finds says so, unless that was asked for.
func TestLoopbackInAClusterIsTold(t *testing.T) {
	t.Parallel()
	zk := config.Setting{Key: "druid.zk.service.host", Value: "zk", Origin: "-D"}
	for _, test := range []struct {
		about string
		given []config.Setting
		told  bool
	}{
		{"alone", nil, false},
		{"in a cluster", []config.Setting{zk}, true},
		{"asked for", []config.Setting{zk, {Key: "druid.host", Value: "localhost", Origin: "-D"}}, false},
		{"beyond loopback", []config.Setting{zk, {Key: "ovate.insecure", Value: "true", Origin: "-D"}}, false},
	} {
		c, err := config.Load(config.Sources{Flags: test.given})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		warnOfLoopback(c, slog.New(slog.NewTextHandler(&log, nil)))
		if told := strings.Contains(log.String(), "druid.host is not set"); told != test.told {
			t.Errorf("%s: the log says %q", test.about, log.String())
		}
	}
}
