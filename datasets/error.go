package datasets

import (
	"fmt"
	"strings"

	"bench"
)

// maxErrors is how many mistakes are described; the rest is counted.
const maxErrors = 20

// Error is one mistake in a dataset.
type Error struct {
	Where    string // "rows.jsonl:3", "rows.parquet: row 3" or "tasks/x/task.yaml"
	Instance string // instance id of the row, if it has one
	Field    string // "" for the row as a whole
	Message  string
}

// Error is "rows.jsonl:3: base_commit: … (instance x)".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Where + ": ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Instance != "" {
		fmt.Fprintf(&b, " (instance %s)", e.Instance)
	}
	return b.String()
}

// Errors are the mistakes of a dataset in the order of its rows, the first
// twenty of them.
type Errors struct {
	Errors []error // *Error, or strictyaml.Errors of a task folder
	More   int     // further ones
}

// Error lists the mistakes, one per line; those that take several lines are
// set off by empty ones.
func (e *Errors) Error() string {
	texts, between := make([]string, 0, len(e.Errors)+1), "\n"
	for _, err := range e.Errors {
		texts = append(texts, err.Error())
		if strings.Contains(texts[len(texts)-1], "\n") {
			between = "\n\n"
		}
	}
	if e.More > 0 {
		texts = append(texts, fmt.Sprintf("and %d more mistakes", e.More))
	}
	return strings.Join(texts, between)
}

// ExitStatus is 2: all of them are mistakes in what the user gave.
func (e *Errors) ExitStatus() int { return int(bench.ExitUsage) }

// Unwrap gives errors.As access to the single mistakes.
func (e *Errors) Unwrap() []error { return e.Errors }

// Add notes a mistake.
func (e *Errors) Add(err error) {
	if len(e.Errors) < maxErrors {
		e.Errors = append(e.Errors, err)
		return
	}
	e.More++
}

// addAll notes the mistakes of another list.
func (e *Errors) addAll(other *Errors) {
	for _, err := range other.Errors {
		e.Add(err)
	}
	e.More += other.More
}

// OrNil is the errors, nil if there are none.
func (e *Errors) OrNil() error {
	if len(e.Errors) == 0 {
		return nil
	}
	return e
}
