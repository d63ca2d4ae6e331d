package bench

import (
	"cmp"
	"time"
)

// Machine is what a task asks of the machines that it is run on. Zero values leave it to
// the configuration.
type Machine struct {
	CPUs    float64  `json:"cpus,omitempty"`
	Memory  int64    `json:"memory,omitempty"` // bytes
	Offline bool     `json:"offline,omitempty"`
	Env     []string `json:"env,omitempty"` // KEY=value, for every process
}

// Verifier judges the tasks of Harbor's folders: its script runs in a fresh sandbox and
// writes down a reward. The word is Harbor's.
type Verifier struct {
	// Folder is the task's, an absolute path: tests and solution are read from it.
	// Content is the hash of its files.
	Folder  string `json:"folder"`
	Content string `json:"content"`

	// Separate: the verifier has an image of its own, which is handed the patch as a file
	// and applies it itself. Otherwise the patch is applied to the task's own image.
	Separate bool   `json:"separate,omitempty"`
	Image    string `json:"image,omitempty"`  // of a separate one; "": built from Source
	Source   Source `json:"source,omitzero"`  // of a separate one
	Upload   bool   `json:"upload,omitempty"` // the folder's tests are put to /tests
	// Machine is what the verifier's sandbox gets, and Env what its script alone gets.
	Machine Machine  `json:"machine,omitzero"`
	Env     []string `json:"env,omitempty"`

	// Patch is the file that holds the patch, an absolute path in the agent's sandbox and
	// in the verifier's. Collect makes it when an agent has ended; if it is empty the patch
	// is the difference to the baseline.
	Patch   string    `json:"patch"`
	Collect []Collect `json:"collect,omitempty"`

	// Solved: the folder has a solution. Solution is the environment of its script.
	Solved   bool     `json:"solved,omitempty"`
	Solution []string `json:"solution,omitempty"`
}

// Collect is a script that is run in an agent's sandbox when the agent has ended.
type Collect struct {
	Name    string        `json:"name"`
	Script  string        `json:"script"` // for bash
	Timeout time.Duration `json:"timeout"`
}

// Verifier is that of a task which is judged by one, or nil.
func (t Task) Verifier() *Verifier {
	if t.Judging == nil {
		return nil
	}
	return t.Judging.Verifier
}

// HasSolution reports whether the dataset has a patch that resolves the task, or what
// makes one.
func (t Task) HasSolution() bool {
	v := t.Verifier()
	return t.Patch != "" || v != nil && v.Solved
}

// InVerifier is the task as a verifier's sandbox is made for it.
func (t Task) InVerifier() Task {
	v := t.Verifier()
	t.Machine = v.Machine
	if v.Separate {
		t.Image, t.Source = v.Image, v.Source
	}
	return t
}

// Portable is a task without the paths of this machine: what it is wherever its dataset
// lies. Content is what stands for a repository or a tree.
func (t Task) Portable(content string) Task {
	t.Source.Repository, t.Source.Tree, t.Source.Context = "", content, ""
	if v := t.Verifier(); v != nil {
		judging, verifier := *t.Judging, *v
		verifier.Folder, verifier.Source.Context = "", ""
		judging.Verifier, t.Judging = &verifier, &judging
	}
	return t
}

// TimeoutOf is how long the tests of a task may take where others have limit.
func (t Task) TimeoutOf(limit time.Duration) time.Duration {
	if t.Judging == nil {
		return limit
	}
	return cmp.Or(t.Judging.Timeout, limit)
}

// WallOf is how long an agent may work on a task that a configuration gives limit: the
// shorter of both, where 0 is none.
func (t Task) WallOf(limit time.Duration) time.Duration {
	if limit == 0 || t.Wall == 0 {
		return cmp.Or(limit, t.Wall)
	}
	return min(limit, t.Wall)
}
