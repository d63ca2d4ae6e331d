package acp

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Status is how far a tool call is.
type Status string

// The statuses. A call without one is pending.
const (
	StatusPending   Status = "pending"
	StatusRunning   Status = "in_progress"
	StatusCompleted Status = "completed"
	StatusFailed    Status = "failed"
)

// Over reports whether a call with the status has ended.
func (s Status) Over() bool { return s == StatusCompleted || s == StatusFailed }

// ToolKind says what sort of thing a tool does.
type ToolKind string

// The kinds whose calls change files. A call without a kind is of the kind other.
const (
	KindEdit   ToolKind = "edit"
	KindDelete ToolKind = "delete"
	KindMove   ToolKind = "move"
	KindRead   ToolKind = "read"
	KindOther  ToolKind = "other"
)

// Writes reports whether tools of the kind change the files that they name.
func (k ToolKind) Writes() bool { return k == KindEdit || k == KindDelete || k == KindMove }

// Location is a file that a tool call works on, and a line of it; 0 is none.
type Location struct {
	Path string `json:"path"`
	Line int    `json:"line"`
}

// Tool is a tool call, as the program has told of it so far.
type Tool struct {
	ID        string
	Title     string
	Kind      ToolKind
	Status    Status
	Locations []Location
	Input     string // as JSON; empty if it was not told
	Output    string // what it gave back as a text, or else as JSON, or else what it shows
	Dropped   int64  // bytes left out of Output

	Start time.Time // when it began to run, or else when it was first heard of
	End   time.Time // when it was over; zero if it is not
}

// mostKept bounds what is kept of what goes into a call, and of what comes out of it.
const mostKept = 200_000

// ToolID is the call that an update is about; empty if it is about none.
func (u Update) ToolID() string { return word(u.body["toolCallId"]) }

// Into takes over what an update says of a tool call. What it does not speak of stays,
// and a call that is over stays as it is.
func (u Update) Into(t *Tool, now time.Time) {
	if t.Start.IsZero() {
		t.ID, t.Kind, t.Status, t.Start = u.ToolID(), KindOther, StatusPending, now
	}
	if t.Status.Over() {
		return
	}
	if title := word(u.body["title"]); title != "" {
		t.Title = cut(title)
	}
	if kind := word(u.body["kind"]); kind != "" {
		t.Kind = ToolKind(kind)
	}
	if list, ok := locations(u.body["locations"]); ok {
		t.Locations = list
	}
	if raw := u.body["rawInput"]; given(raw) {
		t.Input = cut(compact(raw))
	}
	u.output(t)
	if status := Status(word(u.body["status"])); status != "" && status != t.Status {
		t.Status = status
		switch {
		case status == StatusRunning:
			t.Start = now
		case status.Over():
			t.End = now
		}
	}
}

// output takes over what a call gave back; where that is not told, what it shows.
func (u Update) output(t *Tool) {
	text := ""
	switch raw := u.body["rawOutput"]; {
	case given(raw) && raw[0] == '"':
		text = word(raw)
	case given(raw):
		text = compact(raw)
	default:
		var shown []json.RawMessage
		_ = json.Unmarshal(u.body["content"], &shown)
		var parts []string
		for _, s := range shown {
			parts = append(parts, blockText(s))
		}
		text = strings.Join(parts, "\n")
	}
	if text != "" {
		t.Output = cut(text)
		t.Dropped = int64(len(text) - len(t.Output))
	}
}

// locations reads a list of which each part counts that can be read.
func locations(raw json.RawMessage) (out []Location, ok bool) {
	var list []json.RawMessage
	if !given(raw) || json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	for _, e := range list {
		var l Location
		if json.Unmarshal(e, &l) == nil && l.Path != "" {
			l.Line = max(0, l.Line)
			out = append(out, l)
		}
	}
	return out, true
}

// given reports whether a field is there. An empty object stands for input that is
// still to come.
func given(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != "{}"
}

// compact is JSON without blanks.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// cut is the beginning of a text that is kept.
func cut(s string) string {
	if len(s) <= mostKept {
		return s
	}
	return strings.ToValidUTF8(s[:mostKept], "")
}
