package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bench"
	"bench/scoring/evaluate"
)

// Networks remembers of which tasks the tests were verified without a network, in a
// directory with a file for each; without a directory it remembers nothing. It is safe
// for concurrent use, also by processes.
type Networks struct{ Dir string }

// The words in the files.
const (
	withoutNetwork = "none\n"
	withNetwork    = "bridge\n"
)

// Offline reports whether a task was verified without a network, and whether anything
// is known of it. A task that has changed since is unknown.
func (n Networks) Offline(task bench.Task, rules string) (offline, known bool) {
	if n.Dir == "" {
		return false, false
	}
	b, err := os.ReadFile(n.file(task, rules))
	return string(b) == withoutNetwork, err == nil
}

// Remember records whether a task was verified without a network.
func (n Networks) Remember(task bench.Task, rules string, offline bool) error {
	text := withNetwork
	if offline {
		text = withoutNetwork
	}
	if n.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(n.Dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(n.Dir, ".new-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), n.file(task, rules))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("remember how %s was verified: %w", task.InstanceID, err)
	}
	return nil
}

// file is named after what decides how the tests of a task end.
func (n Networks) file(task bench.Task, rules string) string {
	if task.Source.Tree != "" { // whose commit is not always known
		task.BaseCommit = ""
	}
	task = task.Portable("")
	task.ProblemStatement, task.Hints = "", ""
	b, _ := json.Marshal(task) // strings and numbers
	sum := sha256.Sum256(append(b, rules...))
	return filepath.Join(n.Dir, hex.EncodeToString(sum[:16]))
}

// Retry makes the checks anew for which again is true, and returns their evaluations;
// the others stay as they are.
func Retry(checks []*Check, runs int, again func(*Check) bool) (work []*evaluate.Evaluation) {
	var tasks []bench.Task
	for _, k := range checks {
		if again(k) {
			tasks = append(tasks, k.Task)
		}
	}
	fresh, work := New(tasks, runs)
	for i, k := range checks {
		if again(k) {
			checks[i], fresh = fresh[0], fresh[1:]
		}
	}
	return work
}
