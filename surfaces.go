package ovate

import (
	"net/http"
	"strings"

	"ovate/internal/api"
	"ovate/internal/auth"
	"ovate/internal/front"
	"ovate/internal/health"
	"ovate/internal/profile"
	"ovate/internal/surface"
	"ovate/internal/ui"
	v1 "ovate/internal/v1"
)

// This file makes what answers requests: one handler for each part of the paths.

// newHandler answers requests with the engine that there is at the time of each.
func (s *Server) newHandler() http.Handler {
	c, pages := s.config.HTTP, s.newPages()
	o := front.Options{
		Hosts: c.Hosts, Origins: c.Origins, Proxies: c.Proxies, HSTS: c.HSTS, Limits: front.Limits{Total: c.RequestsPerSecond, PerClient: c.RequestsPerSecondPerClient},
		Auth: s.access.chain, Audit: s.audit, Log: s.log, Parts: s.ownParts(pages), Rest: rest(s.newAPI(), pages), Room: s.bodies, Pages: ui.Paths(), Tell: pages.Refuse,
	}
	if s.access.sessions != nil {
		o.Login, o.Keep = ui.LoginPath, pages.Keep
	}
	return s.telemetry.Requests(front.New(o))
}

// ownParts are those of this server beside Druid's API.
func (s *Server) ownParts(pages http.Handler) map[string]http.Handler {
	parts := map[string]http.Handler{
		"api":     s.newV1(),
		"metrics": s.access.protected(s.telemetry.Handler()),
		"livez":   health.Live(),
		"readyz": health.Ready(health.Options{
			Leads:  func() bool { return s.leads.Engine() != nil },
			Leader: s.otherLeader,
			Reach:  s.reachStore,
			Log:    s.log,
		}),
	}
	if s.config.Pprof {
		parts["debug"] = s.access.protected(profile.Handler())
	}
	for _, first := range ui.Paths() {
		parts[first] = pages
	}
	parts[strings.TrimPrefix(ui.LoginPath, "/")] = s.access.before(pages)
	if s.access.handler != nil || len(s.access.logins) > 0 {
		parts["druid-ext"] = s.access.before(s.access.handler)
	}
	return parts
}

// rest answers what no part does: a browser that asks for a page which is not there gets one that says so, and all else is Druid's.
func rest(druid, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if r.Method == http.MethodGet && first != "druid" && first != "status" && strings.Contains(r.Header.Get("Accept"), "text/html") {
			pages.ServeHTTP(w, r)
			return
		}
		druid.ServeHTTP(w, r)
	})
}

// newAPI is Druid's surface.
func (s *Server) newAPI() http.Handler {
	c := s.config
	options := api.Options{
		Server: s.surface(),
		Engine: func() *api.Engine {
			e := s.leads.Engine()
			if e == nil {
				return nil
			}
			answers := &api.Engine{
				Tasks: e.Queue(), Locks: e.Queue().Locks(), Workers: e.Queue(), Segments: e.Segments(), Compaction: e.Compaction(), Supervisors: e.Supervisors(),
			}
			if w := e.Workers(); w != nil {
				answers.WorkerRule = w
			}
			return answers
		},
		Service:    c.Service,
		Version:    DruidVersion,
		Properties: c.Properties(),
		BodyLimit:  c.HTTP.MaxBodySize,
		Room:       s.bodies,
		MaxWaits:   mostWaits,
	}
	if s.cluster != nil {
		options.Coordinator, options.Discovered = s.cluster.coordinator, s.cluster.discovered
	}
	return api.New(options)
}

// surface is what all of them have of this server.
func (s *Server) surface() surface.Server {
	return surface.Server{
		Leader:  s.leads.Leader,
		URL:     s.node().URL,
		Serving: s.life.serving,
		MayRead: s.kit.MayRead,
		Places:  s.places(),
		Inputs:  auth.Inputs{Kept: s.config.Auth.InputSources, Sent: s.uploads.For},
		Log:     s.log,
	}
}

// newV1 is our own surface.
func (s *Server) newV1() http.Handler {
	return v1.New(v1.Options{
		Server: s.surface(),
		Engine: func() *v1.Engine {
			e := s.leads.Engine()
			if e == nil {
				return nil
			}
			return &v1.Engine{Tasks: e.Queue(), Orphans: e, Submissions: e.Submissions(), Labels: e.Labels(), Hooks: e.Hooks(), Supervisors: e.Supervisors()}
		},
		Inventory:    s.kit.Inventory,
		Rates:        s.trends.rates,
		Lags:         s.trends.lags,
		Metadata:     s.metadata(),
		BodyLimit:    s.config.HTTP.MaxBodySize,
		Room:         s.bodies,
		Audience:     s.audience,
		Uploads:      s.uploads,
		Preview:      s.preview,
		Sessions:     s.access.sessions,
		PrivateHooks: s.config.Webhooks.AllowPrivate,
	})
}

// newPages is the web page.
func (s *Server) newPages() *ui.UI {
	return ui.New(ui.Options{
		Server: s.surface(),
		Engine: func() *ui.Engine {
			e := s.leads.Engine()
			if e == nil {
				return nil
			}
			shows := &ui.Engine{Tasks: e.Queue(), Locks: e.Queue().Locks(), Supervisors: e.Supervisors(), Segments: e.Segments(), Submissions: e.Submissions(), Labels: e.Labels(), Hooks: e.Hooks()}
			if w := e.Workers(); w != nil {
				shows.WorkerRule = w
			}
			return shows
		},
		Inventory:   s.kit.Inventory,
		Rates:       s.trends.rates,
		Lags:        s.trends.lags,
		Config:      s.config,
		Version:     DruidVersion,
		Description: v1.Description(),
		Audience:    s.audience,
		Sessions:    s.access.sessions,
		Uploads:     s.uploads,
		Preview:     s.preview,
		Logins:      s.access.links(),
	})
}
