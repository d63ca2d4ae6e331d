package otlp

import (
	"strconv"
	"time"

	"bench"
)

// The types are those of opentelemetry-proto 1 as JSON: ids in hexadecimal digits, and
// integers of 64 bits in quotes.
type tracesData struct {
	ResourceSpans []resourceSpans `json:"resourceSpans"`
}

type resourceSpans struct {
	Resource   resource     `json:"resource"`
	ScopeSpans []scopeSpans `json:"scopeSpans"`
	SchemaURL  string       `json:"schemaUrl"`
}

type resource struct {
	Attributes attributes `json:"attributes"`
}

type scopeSpans struct {
	Scope scope  `json:"scope"`
	Spans []span `json:"spans"`
}

type scope struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type span struct {
	TraceID    string     `json:"traceId"`
	SpanID     string     `json:"spanId"`
	ParentID   string     `json:"parentSpanId,omitempty"`
	Name       string     `json:"name"`
	Kind       int        `json:"kind"`
	Start      nanos      `json:"startTimeUnixNano"`
	End        nanos      `json:"endTimeUnixNano"`
	Attributes attributes `json:"attributes,omitempty"`
	Status     *status    `json:"status,omitempty"`
}

// The kinds of spans.
const (
	internal = 1
	client   = 3 // of a call to another program
)

// status is there where something failed.
type status struct {
	Message string `json:"message,omitempty"`
	Code    int    `json:"code"`
}

// failed is the code of spans that did.
const failed = 2

// nanos is a time.
type nanos time.Time

// MarshalJSON implements json.Marshaler.
func (n nanos) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatInt(time.Time(n).UnixNano(), 10)), nil
}

type attributes []attribute

type attribute struct {
	Key   string `json:"key"`
	Value value  `json:"value"`
}

type value struct {
	String *string  `json:"stringValue,omitempty"`
	Bool   *bool    `json:"boolValue,omitempty"`
	Int    *string  `json:"intValue,omitempty"`
	Double *float64 `json:"doubleValue,omitempty"`
	Array  *values  `json:"arrayValue,omitempty"`
}

type values struct {
	Values []value `json:"values"`
}

// text adds a text that is not empty.
func (a *attributes) text(key, text string) {
	if text != "" {
		*a = append(*a, attribute{key, value{String: &text}})
	}
}

func (a *attributes) yes(key string, on bool) {
	*a = append(*a, attribute{key, value{Bool: &on}})
}

func (a *attributes) count(key string, n int64) {
	text := strconv.FormatInt(n, 10)
	*a = append(*a, attribute{key, value{Int: &text}})
}

// some adds a number that is not 0.
func (a *attributes) some(key string, n int64) {
	if n != 0 {
		a.count(key, n)
	}
}

func (a *attributes) number(key string, f float64) {
	*a = append(*a, attribute{key, value{Double: &f}})
}

// texts adds a list of one text that is not empty.
func (a *attributes) texts(key, text string) {
	if text != "" {
		*a = append(*a, attribute{key, value{Array: &values{[]value{{String: &text}}}}})
	}
}

// dollars adds a cost.
func (a *attributes) dollars(key string, usd bench.USD) { a.number(key, usd.Float()) }
