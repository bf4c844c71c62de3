package otlp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// What follows is ExportTraceServiceRequest of OTLP 1 in its JSON encoding: ids are hexadecimal, 64-bit integers are texts, enums are numbers.
type (
	request struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resourceOf   `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resourceOf struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	span struct {
		TraceID           string     `json:"traceId"`
		SpanID            string     `json:"spanId"`
		TraceState        string     `json:"traceState,omitempty"`
		ParentSpanID      string     `json:"parentSpanId,omitempty"`
		Flags             uint32     `json:"flags"`
		Name              string     `json:"name"`
		Kind              int        `json:"kind"`
		Start             string     `json:"startTimeUnixNano"`
		End               string     `json:"endTimeUnixNano"`
		Attributes        []keyValue `json:"attributes,omitempty"`
		DroppedAttributes int        `json:"droppedAttributesCount,omitempty"`
		Events            []event    `json:"events,omitempty"`
		DroppedEvents     int        `json:"droppedEventsCount,omitempty"`
		Links             []link     `json:"links,omitempty"`
		DroppedLinks      int        `json:"droppedLinksCount,omitempty"`
		Status            *status    `json:"status,omitempty"`
	}
	event struct {
		Time              string     `json:"timeUnixNano"`
		Name              string     `json:"name"`
		Attributes        []keyValue `json:"attributes,omitempty"`
		DroppedAttributes int        `json:"droppedAttributesCount,omitempty"`
	}
	link struct {
		TraceID           string     `json:"traceId"`
		SpanID            string     `json:"spanId"`
		TraceState        string     `json:"traceState,omitempty"`
		Attributes        []keyValue `json:"attributes,omitempty"`
		DroppedAttributes int        `json:"droppedAttributesCount,omitempty"`
		Flags             uint32     `json:"flags"`
	}
	status struct {
		Message string `json:"message,omitempty"`
		Code    int    `json:"code"`
	}
	keyValue struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	// value is an AnyValue: one of these, or none.
	value struct {
		String *string    `json:"stringValue,omitempty"`
		Bool   *bool      `json:"boolValue,omitempty"`
		Int    *string    `json:"intValue,omitempty"`
		Double any        `json:"doubleValue,omitempty"`
		Array  *array     `json:"arrayValue,omitempty"`
		Map    *keyValues `json:"kvlistValue,omitempty"`
		Bytes  *string    `json:"bytesValue,omitempty"`
	}
	array struct {
		Values []value `json:"values"`
	}
	keyValues struct {
		Values []keyValue `json:"values"`
	}
)

// Codes of a status. OpenTelemetry's API has others for the same.
const (
	statusOK    = 1
	statusError = 2
)

// Flags beside those of W3C, which are the lowest eight bits.
const (
	isRemoteKnown = 0x100
	isRemote      = 0x200
)

// encode makes the body of a request of spans.
func encode(spans []sdk.ReadOnlySpan) ([]byte, error) {
	type place struct {
		resource attribute.Distinct
		scope    instrumentation.Scope
	}
	var r request
	resources, scopes := map[attribute.Distinct]int{}, map[place]int{}
	for _, s := range spans {
		of := s.Resource().Equivalent()
		at, there := resources[of]
		if !there {
			at = len(r.ResourceSpans)
			resources[of] = at
			r.ResourceSpans = append(r.ResourceSpans, resourceSpans{Resource: resourceOf{attributesOf(s.Resource())}})
		}
		all := &r.ResourceSpans[at].ScopeSpans
		in := place{of, s.InstrumentationScope()}
		within, there := scopes[in]
		if !there {
			within = len(*all)
			scopes[in] = within
			*all = append(*all, scopeSpans{Scope: scope{in.scope.Name, in.scope.Version}})
		}
		(*all)[within].Spans = append((*all)[within].Spans, spanOf(s))
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode %d spans: %w", len(spans), err)
	}
	return body, nil
}

func attributesOf(r *resource.Resource) []keyValue { return keyValuesOf(r.Attributes()) }

func spanOf(s sdk.ReadOnlySpan) span {
	is := s.SpanContext()
	out := span{
		TraceID: is.TraceID().String(), SpanID: is.SpanID().String(), TraceState: is.TraceState().String(),
		Name: s.Name(), Kind: int(s.SpanKind()), // the numbers are OTLP's
		Start: nanos(s.StartTime()), End: nanos(s.EndTime()),
		Attributes: keyValuesOf(s.Attributes()), DroppedAttributes: s.DroppedAttributes(), DroppedEvents: s.DroppedEvents(), DroppedLinks: s.DroppedLinks(),
		Status: statusOf(s.Status()),
	}
	parent := s.Parent()
	out.Flags = uint32(is.TraceFlags()) | remoteFlags(parent)
	if parent.HasSpanID() {
		out.ParentSpanID = parent.SpanID().String()
	}
	for _, e := range s.Events() {
		out.Events = append(out.Events, event{nanos(e.Time), e.Name, keyValuesOf(e.Attributes), e.DroppedAttributeCount})
	}
	for _, l := range s.Links() {
		to := l.SpanContext
		out.Links = append(out.Links, link{
			to.TraceID().String(), to.SpanID().String(), to.TraceState().String(), keyValuesOf(l.Attributes), l.DroppedAttributeCount,
			uint32(to.TraceFlags()) | remoteFlags(to),
		})
	}
	return out
}

// remoteFlags tell whether a span is one of another program.
func remoteFlags(of trace.SpanContext) uint32 {
	if of.IsRemote() {
		return isRemoteKnown | isRemote
	}
	return isRemoteKnown
}

func statusOf(s sdk.Status) *status {
	switch s.Code {
	case codes.Ok:
		return &status{Code: statusOK}
	case codes.Error:
		return &status{s.Description, statusError}
	}
	return nil
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func keyValuesOf(attributes []attribute.KeyValue) []keyValue {
	var all []keyValue
	for _, a := range attributes {
		all = append(all, keyValue{string(a.Key), valueOf(a.Value)})
	}
	return all
}

func valueOf(v attribute.Value) value {
	switch v.Type() {
	case attribute.BOOL:
		b := v.AsBool()
		return value{Bool: &b}
	case attribute.INT64:
		n := strconv.FormatInt(v.AsInt64(), 10)
		return value{Int: &n}
	case attribute.FLOAT64:
		return value{Double: doubleOf(v.AsFloat64())}
	case attribute.STRING:
		s := v.AsString()
		return value{String: &s}
	case attribute.BYTESLICE:
		s := base64.StdEncoding.EncodeToString(v.AsByteSlice())
		return value{Bytes: &s}
	case attribute.BOOLSLICE:
		return arrayOf(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		return arrayOf(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		return arrayOf(v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		return arrayOf(v.AsStringSlice(), attribute.StringValue)
	case attribute.SLICE:
		return arrayOf(v.AsSlice(), func(v attribute.Value) attribute.Value { return v })
	case attribute.MAP:
		return value{Map: &keyValues{keyValuesOf(v.AsMap())}}
	}
	return value{}
}

func arrayOf[T any](all []T, as func(T) attribute.Value) value {
	values := make([]value, 0, len(all))
	for _, one := range all {
		values = append(values, valueOf(as(one)))
	}
	return value{Array: &array{values}}
}

// doubleOf is a number, or a text for those that JSON has not.
func doubleOf(f float64) any {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return f
}
