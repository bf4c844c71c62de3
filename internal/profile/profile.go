// Package profile shows profiles of this process as `go tool pprof` reads them, at the paths of net/http/pprof. That package is not used, as it would
// add itself to the handlers of every program that embeds the server.
package profile

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"time"

	"ovate/internal/clock"
	"ovate/internal/front"
)

const base = "/debug/pprof/"

// longest is how many seconds a profile may take.
const longest = 300

// Handler answers to clients on this machine alone, and not to what came through a proxy; others get 403.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch name, below := strings.CutPrefix(r.URL.Path, base); {
		case !isLocal(r):
			http.Error(w, "Profiles are shown to clients on this machine alone.", http.StatusForbidden)
		case r.Method != http.MethodGet:
			w.Header().Set("Allow", "GET")
			http.Error(w, "Send GET.", http.StatusMethodNotAllowed)
		case !below:
			http.Error(w, "Profiles are below "+base, http.StatusNotFound)
		case name == "":
			list(w)
		case name == "profile":
			timed(w, r, pprof.StartCPUProfile, pprof.StopCPUProfile)
		case name == "trace":
			timed(w, r, trace.Start, trace.Stop)
		default:
			lookUp(w, r, name)
		}
	})
}

// isLocal tells whether a request comes from this machine.
func isLocal(r *http.Request) bool {
	if front.Proxied(r) {
		return false
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

func list(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%sprofile?seconds=30\n%strace?seconds=1\n", base, base)
	for _, p := range pprof.Profiles() {
		fmt.Fprintf(w, "%s%s (%d)\n", base, p.Name(), p.Count())
	}
}

// lookUp answers with a profile as it is now; with ?debug=1 as text.
func lookUp(w http.ResponseWriter, r *http.Request, name string) {
	p := pprof.Lookup(name)
	if p == nil {
		http.Error(w, "There is no such profile.", http.StatusNotFound)
		return
	}
	debug, _ := strconv.Atoi(r.FormValue("debug")) // 0 is what it is without
	w.Header().Set("Content-Type", "application/octet-stream")
	if debug != 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	_ = p.WriteTo(w, debug) // the client may have gone
}

// timed answers with what is recorded for some seconds.
func timed(w http.ResponseWriter, r *http.Request, start func(io.Writer) error, stop func()) {
	seconds := 30
	if given := r.FormValue("seconds"); given != "" {
		var err error
		if seconds, err = strconv.Atoi(given); err != nil || seconds < 1 || seconds > longest {
			http.Error(w, fmt.Sprintf("seconds=%s: must be a number from 1 to %d", given, longest), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := start(w); err != nil {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		http.Error(w, "Another one is being recorded: "+err.Error(), http.StatusConflict)
		return
	}
	defer stop()
	clock.Pause(r.Context(), time.Duration(seconds)*time.Second)
}
