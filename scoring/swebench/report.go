package swebench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"bench"
)

// reportEntry is the value of an instance in report.json, with its fields in
// the official order.
type reportEntry struct {
	PatchIsNone  bool         `json:"patch_is_None"`
	PatchExists  bool         `json:"patch_exists"`
	PatchApplied bool         `json:"patch_successfully_applied"`
	Resolved     bool         `json:"resolved"`
	Infra        *bool        `json:"infra_failure,omitempty"`        // version 5
	InfraReason  string       `json:"infra_failure_reason,omitempty"` // version 5
	TestsStatus  *testsStatus `json:"tests_status,omitempty"`
}

// testsStatus has the lists of a log that could be read. The last two are
// always empty.
type testsStatus struct {
	FailToPass bench.Verdicts `json:"FAIL_TO_PASS"`
	PassToPass bench.Verdicts `json:"PASS_TO_PASS"`
	FailToFail bench.Verdicts `json:"FAIL_TO_FAIL"`
	PassToFail bench.Verdicts `json:"PASS_TO_FAIL"`
}

// ReportJSON returns the official report.json of an instance. hasPatch is false
// for a prediction whose patch is null, which is judged without its log. A
// grade without a verdict has no report.json: the harness counts it as error.
func ReportJSON(instanceID string, hasPatch bool, g bench.Grade) ([]byte, error) {
	e := reportEntry{PatchIsNone: !hasPatch, PatchExists: hasPatch}
	if g.Rules != string(V4) {
		e.Infra = new(bool)
	}
	if hasPatch {
		if g.Resolved == nil {
			return nil, fmt.Errorf("report of %s: the grade has no verdict", instanceID)
		}
		e.PatchApplied, e.Resolved = g.Found, *g.Resolved
		if e.Infra != nil && !g.Found {
			*e.Infra, e.InfraReason = isEnvironment(g.InfraReason), g.InfraReason
		}
		if g.Found {
			e.TestsStatus = &testsStatus{
				FailToPass: nonNil(g.FailToPass), PassToPass: nonNil(g.PassToPass),
				FailToFail: emptyVerdicts(), PassToFail: emptyVerdicts(),
			}
		}
	}
	return pythonJSON(map[string]reportEntry{instanceID: e})
}

// isEnvironment reports whether a reason found in a log is one that a patch
// cannot cause.
func isEnvironment(reason string) bool {
	for _, s := range infraSigns {
		if s.reason == reason {
			return s.environment
		}
	}
	return false
}

// nonNil makes the lists of v print as [] rather than null.
func nonNil(v bench.Verdicts) bench.Verdicts {
	if v.Success == nil {
		v.Success = []string{}
	}
	if v.Failure == nil {
		v.Failure = []string{}
	}
	return v
}

// pythonJSON writes v as Python's json.dumps(v, indent=4) does: nothing but
// ASCII, and no escapes for HTML.
func pythonJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "    ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	data := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r < utf8.RuneSelf:
			out = append(out, data[:n]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		data = data[n:]
	}
	return out, nil
}
