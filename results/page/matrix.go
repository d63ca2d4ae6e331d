package page

import (
	"slices"

	"bench"
)

// matrix is tasks by configurations.
type matrix struct {
	Header []string
	Rows   []matrixRow
	Repos  []string
}

// matrixRow is one task.
type matrixRow struct {
	Task, Repo string
	Cells      [][]mark // by configuration, an attempt each
	// Kinds are the filters that it passes: regression, improvement, different,
	// error.
	Kinds []string
}

// mark is one attempt.
type mark struct {
	ID, Symbol, Class, Tip string
}

func (b *builder) matrix() (m matrix) {
	for _, c := range b.comparison.Configurations {
		m.Header = append(m.Header, c.Name)
	}
	index := map[string]int{}
	for _, t := range b.trials {
		i, ok := index[t.Key.InstanceID]
		if !ok {
			i = len(m.Rows)
			index[t.Key.InstanceID] = i
			m.Rows = append(m.Rows, matrixRow{
				Task: t.Key.InstanceID, Repo: t.Repo, Cells: make([][]mark, len(m.Header)),
			})
			if !slices.Contains(m.Repos, t.Repo) {
				m.Repos = append(m.Repos, t.Repo)
			}
		}
		row := &m.Rows[i]
		row.Cells[t.Column] = append(row.Cells[t.Column], markOf(t))
	}
	base := b.baseline()
	for i := range m.Rows {
		m.Rows[i].Kinds = m.Rows[i].kinds(base)
	}
	slices.Sort(m.Repos)
	return m
}

// baseline is the column that the others are compared with; −1 without one.
func (b *builder) baseline() int {
	for i, c := range b.comparison.Configurations {
		if len(b.comparison.Pairs) > 0 && c.Name == b.comparison.Pairs[0].Baseline {
			return i
		}
	}
	return -1
}

// markOf is how a trial stands in the matrix.
func markOf(t *trial) mark {
	m := mark{ID: t.ID, Tip: outcome(t.Trial) + ", " + bench.Spending(t.Cost, t.Unreported)}
	switch {
	case t.Outcome == "":
		m.Symbol, m.Class = "…", "open"
	case t.Blame == bench.BlameInfra, t.Blame == bench.BlameUser, t.Resolved == nil:
		m.Symbol, m.Class = "!", "error"
	case *t.Resolved:
		m.Symbol, m.Class = "✓", "yes"
	default:
		m.Symbol, m.Class = "✗", "no"
	}
	return m
}

// kinds compares the cells of a task with that of the baseline.
func (r matrixRow) kinds(base int) (out []string) {
	add := func(kind string) {
		if !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	for i, cell := range r.Cells {
		for _, m := range cell {
			if m.Class == "error" {
				add("error")
			}
		}
		if base < 0 || i == base || len(cell) == 0 || len(r.Cells[base]) == 0 {
			continue
		}
		switch a, b := resolved(r.Cells[base]), resolved(cell); {
		case b < a:
			add("regression")
			add("different")
		case b > a:
			add("improvement")
			add("different")
		}
	}
	return out
}

// resolved is the share of attempts that are.
func resolved(marks []mark) float64 {
	n := 0.0
	for _, m := range marks {
		if m.Class == "yes" {
			n++
		}
	}
	return n / float64(len(marks))
}
