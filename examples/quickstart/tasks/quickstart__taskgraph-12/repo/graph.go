// Package taskgraph orders tasks by what they need.
package taskgraph

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// ErrUnknown reports a task that needs one nobody added.
var ErrUnknown = errors.New("unknown task")

// Task is a unit of work.
type Task struct {
	Name     string
	Needs    []string
	Priority int           // higher runs earlier among those that could run
	Cost     time.Duration // expected
}

// Graph is a set of tasks. The zero value is empty and usable.
type Graph struct {
	tasks map[string]Task
}

// Add puts a task into the graph. Names are unique.
func (g *Graph) Add(t Task) error {
	if t.Name == "" {
		return errors.New("task without a name")
	}
	if _, ok := g.tasks[t.Name]; ok {
		return fmt.Errorf("task %s: added twice", t.Name)
	}
	if g.tasks == nil {
		g.tasks = map[string]Task{}
	}
	t.Needs = slices.Compact(slices.Sorted(slices.Values(t.Needs)))
	g.tasks[t.Name] = t
	return nil
}

// Names lists the tasks in alphabetical order.
func (g *Graph) Names() []string { return slices.Sorted(maps.Keys(g.tasks)) }

// check finds needs that nothing fulfils.
func (g *Graph) check() error {
	for _, name := range g.Names() {
		for _, need := range g.tasks[name].Needs {
			if _, ok := g.tasks[need]; !ok {
				return fmt.Errorf("task %s needs %s: %w", name, need, ErrUnknown)
			}
		}
	}
	return nil
}

// dependants maps a task to those that need it, in alphabetical order.
func (g *Graph) dependants() map[string][]string {
	of := make(map[string][]string, len(g.tasks))
	for _, name := range g.Names() {
		for _, need := range g.tasks[name].Needs {
			of[need] = append(of[need], name)
		}
	}
	return of
}
