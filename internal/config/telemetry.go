package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Log is how the server's own log is written.
type Log struct {
	JSON  bool
	Level slog.Level
}

// Emitter is where Druid's events go, and which ones there are beside those of what happens.
type Emitter struct {
	Logging  bool
	LogLevel slog.Level // of druid.emitter.logging
	HTTP     bool

	// For HTTP.
	URL            string
	FlushPeriod    time.Duration
	FlushCount     int
	MaxBatch       int64 // bytes
	MaxQueue       int   // batches that wait
	Timeout        time.Duration
	Lines, Gzip    bool
	User, Password string

	Monitors []string // those of Monitors that run
	Period   time.Duration
}

// Monitors are those that an Overlord has here, by the last word of the names of their classes.
const (
	TaskCountStats     = "TaskCountStatsMonitor"
	TaskSlotCountStats = "TaskSlotCountStatsMonitor"
	ServiceStatus      = "ServiceStatusMonitor"
)

// telemetryKeys say what the server tells of itself, and to whom.
func telemetryKeys() []key {
	const e = "druid.emitter."
	return []key{
		{"ovate.log.format", "text", func(c *Config, v string) error {
			var format string
			err := setOneOf(&format, v, "lines of text, or an object each", "text", "json")
			c.Log.JSON = format == "json"
			return err
		}},
		{"ovate.log.level", "info", func(c *Config, v string) error { return setLevel(&c.Log.Level, v) }},
		{"ovate.pprof.enabled", "false", func(c *Config, v string) error { return setBool(&c.Pprof, v) }},

		{"druid.emitter", "noop", func(c *Config, v string) error { c.setEmitters("druid.emitter", strings.TrimSpace(v)); return nil }},
		{e + "composing.emitters", "", optional((*Config).setComposing)},
		{e + "logging.logLevel", "info", func(c *Config, v string) error { return setLevel(&c.Emitter.LogLevel, v) }},
		{e + "http.recipientBaseUrl", "", (*Config).setRecipient},
		{e + "http.flushMillis", "60000", func(c *Config, v string) error { return setMillis(&c.Emitter.FlushPeriod, v) }},
		{e + "http.flushCount", "500", func(c *Config, v string) error { return setInt(&c.Emitter.FlushCount, v, 1, math.MaxInt32) }},
		{e + "http.flushTimeOut", "10000", func(c *Config, v string) error { return setMillis(&c.Emitter.Timeout, v) }},
		{e + "http.maxBatchSize", "5242880", func(c *Config, v string) error { return setSize(&c.Emitter.MaxBatch, v, 1024) }},
		{e + "http.batchQueueSizeLimit", "50", func(c *Config, v string) error { return setInt(&c.Emitter.MaxQueue, v, 1, 10_000) }},
		{e + "http.batchingStrategy", "ARRAY", func(c *Config, v string) error {
			var strategy string
			err := setOneOf(&strategy, v, "ONLY_EVENTS leaves nothing between events, which nobody can read", "array", "newlines")
			c.Emitter.Lines = strategy == "newlines"
			return err
		}},
		{e + "http.contentEncoding", "", optional(func(c *Config, v string) error {
			var encoding string
			c.Emitter.Gzip = true
			return setOneOf(&encoding, v, "leave it out to send batches as they are", "gzip")
		})},
		{e + "http.basicAuthentication", "", (*Config).setBasicAuthentication},

		{"druid.monitoring.emissionPeriod", "PT1M", func(c *Config, v string) error {
			if err := setDuration(&c.Emitter.Period, v); err != nil || c.Emitter.Period >= time.Second {
				return err
			}
			return errors.New("must be PT1S or longer")
		}},
		{"druid.monitoring.monitors", "[]", (*Config).setMonitors},
	}
}

func setLevel(level *slog.Level, v string) error {
	switch strings.ToLower(v) {
	case "debug", "info", "warn", "error":
		return level.UnmarshalText([]byte(v))
	}
	return errors.New("must be debug, info, warn or error")
}

// setEmitters takes the name of an emitter.
func (c *Config) setEmitters(property, name string) {
	switch name {
	case "", "noop", "composing":
	case "logging":
		c.Emitter.Logging = true
	case "http":
		c.Emitter.HTTP = true
	case "prometheus":
		c.remark(property, "has no effect here: no extension is needed for Prometheus, which finds the metrics at /metrics (docs/metrics.md)")
	default:
		c.remark(property, fmt.Sprintf("emitter %s has no effect here: there are noop, logging, http, and composing of these", name))
	}
}

// setComposing takes the emitters that are used together.
func (c *Config) setComposing(v string) error {
	var names []string
	if err := setList(&names, v); err != nil {
		return err
	}
	if strings.TrimSpace(c.settings["druid.emitter"].Value) != "composing" {
		return nil
	}
	for _, name := range names {
		c.setEmitters("druid.emitter.composing.emitters", strings.TrimSpace(name))
	}
	return nil
}

func (c *Config) setRecipient(v string) error {
	if v == "" {
		if c.Emitter.HTTP {
			return errors.New("must be the URL to which events are to be posted, as druid.emitter asks for http")
		}
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("must be a URL like http://HOST:PORT/PATH")
	}
	c.Emitter.URL = v
	return nil
}

// setBasicAuthentication takes USER:PASSWORD, as Druid does, in a PasswordProvider or as it is.
func (c *Config) setBasicAuthentication(v string) error {
	if v == "" {
		return nil
	}
	var provider struct{ Type, Password string }
	if json.Unmarshal([]byte(v), &provider) == nil && provider.Password != "" {
		v = provider.Password
	}
	c.Emitter.User, c.Emitter.Password, _ = strings.Cut(v, ":")
	return nil
}

// setMonitors takes names of classes.
func (c *Config) setMonitors(v string) error {
	var classes, none []string
	if err := setList(&classes, v); err != nil {
		return err
	}
	for _, class := range classes {
		switch name := class[strings.LastIndexByte(class, '.')+1:]; name {
		case TaskCountStats, TaskSlotCountStats, ServiceStatus:
			if !slices.Contains(c.Emitter.Monitors, name) {
				c.Emitter.Monitors = append(c.Emitter.Monitors, name)
			}
		default:
			none = append(none, name)
		}
	}
	if none != nil {
		c.remark("druid.monitoring.monitors", fmt.Sprintf("%s has no effect here: there are %s, %s and %s; what others tell of the process is at /metrics",
			strings.Join(none, ", "), TaskCountStats, TaskSlotCountStats, ServiceStatus))
	}
	return nil
}

// remark notes what about a property may not be meant.
func (c *Config) remark(property, what string) {
	c.remarks = append(c.remarks, Remark{c.settings[property], what})
}
