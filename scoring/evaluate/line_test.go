package evaluate

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bench"
)

// TestLine: lines are what encoding/json would write, whatever tests are
// called.
func TestLine(t *testing.T) {
	t.Parallel()
	names := []string{
		"", "a.py::t[x-1]", `say "a"\b`, "tab\tnul\x00 del\x7f", "é 🙂 \u2028", "<a&b>", "broken\xff",
	}
	for _, name := range names {
		l := lineOf(name, bench.Grade{
			Rules: "v5", Found: true, Resolved: new(bool), Status: "NO", Error: name, Flags: []string{name},
			FailToPass:  bench.Verdicts{Success: []string{name, "b"}, Failure: []string{}},
			PassToPass:  bench.Verdicts{Success: []string{}, Failure: []string{name}},
			InfraReason: name,
			Tests:       []bench.TestStatus{{Test: name, Status: "PASSED"}, {Test: "b", Status: name}},
		})
		l.path, l.statusMap = name, true
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(struct {
			Path       string         `json:"path"`
			InstanceID string         `json:"instance_id"`
			Rules      string         `json:"rules"`
			Found      bool           `json:"found"`
			Resolved   bool           `json:"resolved"`
			Status     string         `json:"status"`
			Size       int            `json:"status_map_size"`
			FailToPass bench.Verdicts `json:"FAIL_TO_PASS"`
			PassToPass bench.Verdicts `json:"PASS_TO_PASS"`
			Infra      string         `json:"infra_reason"`
			Flags      []string       `json:"flags"`
			Error      string         `json:"error"`
			StatusMap  [][2]string    `json:"status_map"`
		}{
			name, name, "v5", true, false, "NO", 2, l.grade.FailToPass, l.grade.PassToPass, name,
			[]string{name}, name, [][2]string{{name, "PASSED"}, {"b", name}},
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(l.Append(nil))); diff != "" {
			t.Error(diff)
		}
	}
}
