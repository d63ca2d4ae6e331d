package taskgraph

import (
	"container/heap"
)

// Order returns all tasks, each after what it needs. Among tasks that could
// run, the one with the highest priority is first, then the alphabet decides.
// The error is a *CycleError or wraps ErrUnknown.
func (g *Graph) Order() ([]string, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	waiting := make(map[string]int, len(g.tasks)) // unfulfilled needs
	ready := &queue{graph: g}
	for _, name := range g.Names() {
		waiting[name] = len(g.tasks[name].Needs)
		if waiting[name] == 0 {
			heap.Push(ready, name)
		}
	}
	dependants := g.dependants()
	order := make([]string, 0, len(g.tasks))
	for ready.Len() > 0 {
		name := heap.Pop(ready).(string)
		order = append(order, name)
		delete(waiting, name)
		for _, d := range dependants[name] {
			if waiting[d]--; waiting[d] == 0 {
				heap.Push(ready, d)
			}
		}
	}
	if len(waiting) > 0 {
		return nil, g.cycle(waiting)
	}
	return order, nil
}

// queue is a heap of the tasks that could run now.
type queue struct {
	graph *Graph
	names []string
}

func (q *queue) Len() int      { return len(q.names) }
func (q *queue) Swap(i, j int) { q.names[i], q.names[j] = q.names[j], q.names[i] }
func (q *queue) Push(x any)    { q.names = append(q.names, x.(string)) }

func (q *queue) Less(i, j int) bool {
	a, b := q.graph.tasks[q.names[i]], q.graph.tasks[q.names[j]]
	if a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	return a.Name < b.Name
}

func (q *queue) Pop() any {
	last := len(q.names) - 1
	name := q.names[last]
	q.names = q.names[:last]
	return name
}
