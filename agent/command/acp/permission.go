package acp

import (
	"encoding/json"
	"slices"

	"bench"
)

// Request is a program's request for permission: the tool call that it is for, and what
// may be answered.
type Request struct {
	Tool    Update // what it says of the call
	Options []Option
}

// Option is an answer that a program offers.
type Option struct {
	ID   string `json:"optionId"`
	Kind string `json:"kind"`
}

// ParseRequest reads the parameters of session/request_permission.
func ParseRequest(params json.RawMessage) (Request, *Error) {
	var p struct {
		Tool    map[string]json.RawMessage `json:"toolCall"`
		Options []json.RawMessage          `json:"options"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return Request{}, &Error{Code: CodeInvalidParams, Message: err.Error()}
	}
	r := Request{Tool: Update{Kind: UpdateToolMore, body: p.Tool}}
	for _, raw := range p.Options {
		var o Option
		if json.Unmarshal(raw, &o) == nil && o.ID != "" {
			r.Options = append(r.Options, o)
		}
	}
	return r, nil
}

// kindsOf are the kinds of options that an answer may be, the best first.
func kindsOf(p bench.Permission) []string {
	switch p {
	case bench.AllowAlways:
		return []string{"allow_always", "allow_once"}
	case bench.Reject:
		return []string{"reject_once", "reject_always"}
	case bench.AllowOnce:
	}
	return []string{"allow_once", "allow_always"}
}

// Choose is the option that says what a configuration wants; nil if none is offered.
func (r Request) Choose(p bench.Permission) *Option {
	for _, kind := range kindsOf(p) {
		i := slices.IndexFunc(r.Options, func(o Option) bool { return o.Kind == kind })
		if i >= 0 {
			return &r.Options[i]
		}
	}
	return nil
}

// Selected is the answer that chooses an option; of none, that the request is cancelled.
func Selected(o *Option) any {
	if o == nil {
		return doc{"outcome": doc{"outcome": "cancelled"}}
	}
	return doc{"outcome": doc{"outcome": "selected", "optionId": o.ID}}
}

// NotServed refuses a request for what is not offered.
func NotServed(method string) *Error {
	return &Error{Code: CodeMethodNotFound, Message: "Method not found: " + method}
}
