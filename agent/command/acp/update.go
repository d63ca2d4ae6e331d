package acp

import (
	"encoding/json"
	"strings"
)

// Update is what a program tells of its turn: the parameters of session/update.
type Update struct {
	Kind UpdateKind
	body map[string]json.RawMessage
}

// UpdateKind says what an update tells.
type UpdateKind string

// The kinds of updates that the protocol has.
const (
	UpdateUser     UpdateKind = "user_message_chunk"
	UpdateMessage  UpdateKind = "agent_message_chunk"
	UpdateThought  UpdateKind = "agent_thought_chunk"
	UpdateTool     UpdateKind = "tool_call"
	UpdateToolMore UpdateKind = "tool_call_update"
	UpdatePlan     UpdateKind = "plan"
	UpdateCommands UpdateKind = "available_commands_update"
	UpdateMode     UpdateKind = "current_mode_update"
	UpdateOptions  UpdateKind = "config_option_update"
	UpdateInfo     UpdateKind = "session_info_update"
	UpdateUsage    UpdateKind = "usage_update"
)

// ParseUpdate reads the parameters of session/update. What it reads of them is read
// field by field, as the protocol demands: one that has another form is as good as none.
func ParseUpdate(params json.RawMessage) (Update, bool) {
	var p struct {
		Update map[string]json.RawMessage `json:"update"`
	}
	if json.Unmarshal(params, &p) != nil {
		return Update{}, false
	}
	u := Update{Kind: UpdateKind(word(p.Update["sessionUpdate"])), body: p.Update}
	return u, u.Kind != ""
}

// word is a text; empty if it is none.
func word(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s) // what is no text leaves it empty
	return s
}

// Message is the message that a chunk belongs to, where the program says so.
func (u Update) Message() string { return word(u.body["messageId"]) }

// Text is what a chunk says.
func (u Update) Text() string { return blockText(u.body["content"]) }

// Mode is the mode that the session is in now. Some programs use another name for it.
func (u Update) Mode() string {
	if mode := word(u.body["currentModeId"]); mode != "" {
		return mode
	}
	return word(u.body["modeId"])
}

// Step is an entry of a plan.
type Step struct {
	Content string `json:"content"`
	Status  string `json:"status"`
}

// Plan is what the program means to do. Each plan replaces the one before it.
func (u Update) Plan() (steps []Step) {
	var entries []json.RawMessage
	_ = json.Unmarshal(u.body["entries"], &entries)
	for _, e := range entries {
		var s Step
		if json.Unmarshal(e, &s) == nil {
			steps = append(steps, s)
		}
	}
	return steps
}

// Usage is what a program says of its context and its cost so far.
type Usage struct {
	Used, Size int64 // tokens
	Cost       *Cost // nil: it does not say
}

// Cost is an amount in a currency.
type Cost struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
}

// Usage is what the update says of it.
func (u Update) Usage() (out Usage) {
	_ = json.Unmarshal(u.body["used"], &out.Used)
	_ = json.Unmarshal(u.body["size"], &out.Size)
	_ = json.Unmarshal(u.body["cost"], &out.Cost)
	return out
}

// block is a piece of content, as far as it can be read.
type block struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	URI      string `json:"uri"`
	Resource struct {
		URI  string `json:"uri"`
		Text string `json:"text"`
	} `json:"resource"`

	// Of what tools produce.
	Content json.RawMessage `json:"content"`
	Path    string          `json:"path"`
	Old     string          `json:"oldText"`
	New     string          `json:"newText"`
}

// blockText is a piece of content as text. Of what is none its kind is told.
func blockText(raw json.RawMessage) string {
	var b block
	if json.Unmarshal(raw, &b) != nil {
		return ""
	}
	switch b.Type {
	case "", "text":
		return b.Text
	case "content":
		return blockText(b.Content)
	case "diff":
		return "--- " + b.Path + "\n" + prefixed("-", b.Old) + prefixed("+", b.New)
	case "resource":
		if b.Resource.Text != "" {
			return b.Resource.Text
		}
		return "[" + b.Resource.URI + "]"
	case "resource_link":
		return "[" + b.URI + "]"
	}
	return "[" + b.Type + "]"
}

// prefixed has a mark before each line.
func prefixed(mark, text string) string {
	if text == "" {
		return ""
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(mark + line)
	}
	if !strings.HasSuffix(text, "\n") {
		out.WriteByte('\n')
	}
	return out.String()
}
