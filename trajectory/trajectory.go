// Package trajectory reads what agents of other programs did, turn by turn, and has
// the types of the forms in which bench writes the same.
//
//  1. atif.go and mini.go are the documents of the two forms.
//  2. Read takes either for a Trajectory: read_atif.go, read_mini.go.
package trajectory

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bench"
)

// Trajectory is what one agent did, and what is known of it. What is nil is not known.
type Trajectory struct {
	Format    string // ATIF-v1.7, mini-swe-agent-1.1
	ID        string // of a sub-agent
	Instance  string // empty if the file does not say
	Model     string // likewise
	Workdir   string // where the agent's files lay; empty if nobody told it
	Turns     []Turn
	Usage     *bench.Usage // of this agent
	Cost      *bench.USD   // with that of sub-agents
	Calls     *int64
	Patch     *string
	Status    string       // of the end, in the other program's word
	Subagents []Trajectory // in the order in which they began
	Bench     *BenchExtra  // of files that bench wrote
}

// Turn is one answer of the model.
type Turn struct {
	Model     string // empty: the trajectory's
	Text      string
	Reasoning string
	Calls     []Call
	Usage     *bench.Usage
	Cost      *bench.USD
}

// Call is a tool call. Arguments is an object of JSON, or what the model sent instead.
type Call struct {
	ID        string
	Name      string
	Arguments string
	Answer    *Answer // nil if the file has none
}

// Answer is what a tool told the model.
type Answer struct {
	Text   string
	Failed *bool // its command ended with another exit code than 0; nil if nobody says
}

// BenchExtra is what bench adds to files of both forms, which have no place for it.
type BenchExtra struct {
	RunID         string        `json:"run_id"`
	Configuration string        `json:"configuration"`
	Kind          bench.Kind    `json:"kind"`
	InstanceID    string        `json:"instance_id"`
	Attempt       int           `json:"attempt"`
	Outcome       bench.Outcome `json:"outcome,omitempty"` // none: it has not ended
	Resolved      *bool         `json:"resolved"`
	Simulated     bool          `json:"simulated"`
	WallSeconds   *float64      `json:"wall_s,omitempty"`
	// Unreported is an estimate, in USD, of what was not reported. The cost of the
	// trial is a lower bound if there is any.
	Unreported bench.USD `json:"unreported_cost_usd,omitempty"`
	// Roles are what the agents of each role used.
	Roles []bench.RoleUsage `json:"roles,omitempty"`
	Patch string            `json:"patch,omitempty"` // where the form has no place for one
}

// maxFile bounds the files that are read.
const maxFile = 1 << 30

// Read reads a file of either form. Mistakes name the file and the field.
func Read(path string) (Trajectory, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Trajectory{}, bench.UsageError(err)
	}
	if info.Size() > maxFile {
		return Trajectory{}, bench.Usagef("%s has more than %d bytes", path, maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Trajectory{}, bench.UsageError(err)
	}
	t, err := Parse(data)
	if err != nil {
		return Trajectory{}, bench.Usagef("%s: %w", path, err)
	}
	if name, ok := strings.CutSuffix(filepath.Base(path), ".traj.json"); ok && t.Instance == "" {
		t.Instance = name
	}
	return t, nil
}

// Parse reads a document of either form.
func Parse(data []byte) (Trajectory, error) {
	var which struct {
		Schema string          `json:"schema_version"`
		Format string          `json:"trajectory_format"`
		Steps  json.RawMessage `json:"steps"`
	}
	if err := json.Unmarshal(data, &which); err != nil {
		return Trajectory{}, explain(err)
	}
	switch {
	case strings.HasPrefix(which.Schema, "ATIF-v1."):
		return parseATIF(data)
	case which.Format == MiniFormat:
		return parseMini(data)
	case which.Schema != "":
		return Trajectory{}, fmt.Errorf("schema_version: expected ATIF-v1.x, found %q", which.Schema)
	case which.Format != "":
		return Trajectory{}, fmt.Errorf("trajectory_format: expected %s, found %q: older files have "+
			"no usage of single calls", MiniFormat, which.Format)
	}
	return Trajectory{}, fmt.Errorf("it has neither schema_version (ATIF-v1.x) nor "+
		"trajectory_format (%s)", MiniFormat)
}

// explain says where a document is not what it should be.
func explain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: expected %s, found %s", cmp.Or(wrong.Field, "the document"),
			wanted(wrong), wrong.Value)
	}
	return fmt.Errorf("no JSON: %w", err)
}

// wanted is what a Go type is called in JSON.
func wanted(wrong *json.UnmarshalTypeError) string {
	switch name := wrong.Type.String(); {
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case strings.Contains(name, "int"), strings.Contains(name, "float"):
		return "a number"
	case name == "string":
		return "a text"
	case name == "bool":
		return "true or false"
	}
	return "an object"
}

// benchExtra is what bench wrote into a file, nil if another program wrote it.
func benchExtra(raw any) *BenchExtra {
	if raw == nil {
		return nil
	}
	data, err := json.Marshal(raw)
	if err != nil { // it came out of JSON
		return nil
	}
	var extra BenchExtra
	if json.Unmarshal(data, &extra) != nil || extra.InstanceID == "" {
		return nil
	}
	return &extra
}
