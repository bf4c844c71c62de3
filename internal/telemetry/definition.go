package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Definition is what is documented of a metric.
type Definition struct {
	Name, Type string // counter, gauge or histogram
	Labels     []string
	// Druid is the name of the metric that Druid's Overlord emits; empty if it has none.
	Druid string
	Help  string
}

// seconds are the bounds of histograms of what takes from less than a millisecond to a minute, and longSeconds of what may take hours.
var (
	seconds     = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60}
	longSeconds = []float64{.01, .1, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600}
	sizes       = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
)

// maker registers metrics, and notes their definitions.
type maker struct {
	registry    *prometheus.Registry
	definitions []Definition
	readings    []*reading // what read has made
}

func (m *maker) note(typ, name, druid, help string, labels []string) {
	m.definitions = append(m.definitions, Definition{Name: name, Type: typ, Labels: labels, Druid: druid, Help: help})
}

func (m *maker) counter(name, druid, help string, labels ...string) *prometheus.CounterVec {
	m.note("counter", name, druid, help, labels)
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *maker) gauge(name, druid, help string, labels ...string) *prometheus.GaugeVec {
	m.note("gauge", name, druid, help, labels)
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *maker) histogram(name, druid, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	m.note("histogram", name, druid, help, labels)
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(v)
	return v
}

// read makes a metric whose values are read when somebody asks for them. Who reads them describes all of the readings.
func (m *maker) read(typ, name, druid, help string, labels ...string) *reading {
	m.note(typ, name, druid, help, labels)
	r := &reading{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
	if typ == "counter" {
		r.typ = prometheus.CounterValue
	}
	m.readings = append(m.readings, r)
	return r
}

// reading is a metric whose values are read when somebody asks for them.
type reading struct {
	desc *prometheus.Desc
	typ  prometheus.ValueType
}

func (r *reading) send(into chan<- prometheus.Metric, value float64, labels ...string) {
	into <- prometheus.MustNewConstMetric(r.desc, r.typ, value, labels...)
}
