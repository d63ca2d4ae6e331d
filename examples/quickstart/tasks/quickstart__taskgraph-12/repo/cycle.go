package taskgraph

import (
	"maps"
	"slices"
	"strings"
)

// CycleError reports tasks that need one another. Path starts with the
// alphabetically first task of the cycle; each task needs the one after it, and
// the last needs the first.
type CycleError struct {
	Path []string
}

func (e *CycleError) Error() string {
	return "tasks need one another: " + strings.Join(append(e.Path, e.Path[0]), " -> ")
}

// cycle describes why the tasks in waiting could not be ordered.
func (g *Graph) cycle(waiting map[string]int) error {
	return &CycleError{Path: slices.Sorted(maps.Keys(waiting))}
}
