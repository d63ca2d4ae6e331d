package results

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench"
)

var update = flag.Bool("update", false, "rewrite testdata/columns.txt")

// allFields is a run in which every field of every event has a value of its own.
// In the last variant the run and its trial are resumed.
func allFields(v *values) []bench.Event {
	var events []bench.Event
	header := v.header()
	key := header.Trials[0]
	add := func(agent, suffix string, p bench.Payload, change func(bench.Payload) bench.Payload) {
		p, bodies := v.payload(p, suffix)
		if change != nil {
			p = change(p)
		}
		e := bench.Event{RunID: "r", Agent: agent, Payload: p, Bodies: bodies}
		e.Time = v.time("time of " + string(p.Type()) + suffix)
		if agent != "" {
			e.Trial = key
		}
		events = append(events, e)
	}
	phase := func(p bench.Phase) {
		add("main", " "+string(p), bench.PhaseStarted{}, func(bench.Payload) bench.Payload {
			return bench.PhaseStarted{Phase: p}
		})
	}
	add("", "", bench.RunStarted{}, func(bench.Payload) bench.Payload { return header })
	add("", "", bench.Image{}, nil)
	phase(bench.PhasePrepare)
	for _, p := range []bench.Phase{bench.PhasePrepare, bench.PhaseGrade} {
		add("main", " "+string(p), bench.TrialPlaced{}, func(x bench.Payload) bench.Payload {
			placed := x.(bench.TrialPlaced)
			placed.Phase = p
			return placed
		})
	}
	phase(bench.PhaseSolve)
	for _, agent := range []string{"main", "t0001"} {
		add(agent, " "+agent, bench.AgentStarted{}, func(p bench.Payload) bench.Payload {
			s := p.(bench.AgentStarted)
			if s.Role = bench.RoleMain; agent != "main" {
				s.Role = bench.RoleSidekick
			}
			return s
		})
		add(agent, " "+agent, bench.LLMCallStarted{}, func(p bench.Payload) bench.Payload {
			s := p.(bench.LLMCallStarted) // all of it goes when the call has ended
			s.CallID = "llm_call " + agent + ".CallID"
			return s
		})
		add(agent, " "+agent, bench.LLMCall{}, nil)
	}
	add("main", "", bench.RouteChosen{}, nil)
	add("main", "", bench.DelegationSpawned{}, ofDelegation)
	add("main", "", bench.DelegationStarted{}, ofDelegation)
	add("main", "", bench.ToolCall{}, nil)
	add("main", "", bench.BudgetNotice{}, nil)
	add("main", "", bench.Outage{}, nil)
	add("main", "", bench.WorkspaceDelta{}, ofDelegation)
	add("main", "", bench.WorkspaceFault{}, ofDelegation)
	add("main", "", bench.DelegationEnded{}, ofDelegation)
	add("main", "", bench.TrialResumed{}, nil)
	add("main", "", bench.AgentResumed{}, func(p bench.Payload) bench.Payload {
		r := p.(bench.AgentResumed)
		r.Still = 0 // else it has a dead time of its own: see TestStill
		return r
	})
	add("main", "", bench.AgentEnded{}, nil)
	phase(bench.PhaseExtract)
	add("main", "", bench.Patch{}, nil)
	phase(bench.PhaseGrade)
	add("main", "", grade(), func(p bench.Payload) bench.Payload {
		g := p.(bench.Grade)
		g.Tests[0].Test = g.FailToPass.Success[0] // the others are in no list
		return g
	})
	add("main", "", bench.Notice{}, nil)
	add("main", "", bench.TrialEnded{}, nil)
	events = append(events, otherTrials(v, header)...)
	if v.resumes() {
		add("", "", bench.RunResumed{}, func(p bench.Payload) bench.Payload {
			r := p.(bench.RunResumed)
			r.Trials = nil
			return r
		})
	} else { // the image is there already
		add("", "", bench.Image{}, nil)
	}
	key = header.Trials[len(header.Trials)-1]
	add("main", "", bench.TrialImported{}, func(p bench.Payload) bench.Payload {
		i := p.(bench.TrialImported)
		i.Outcome = bench.OutcomeInfraGrading
		i.Roles[0].Role, i.Roles[1].Role = bench.RoleMain, bench.RoleSidekick
		return i
	})
	add("", "", bench.RunEnded{}, nil)
	add("", "", bench.BaselineNamed{}, nil)
	add("", "", bench.ShardMerged{}, func(p bench.Payload) bench.Payload {
		s := p.(bench.ShardMerged)
		s.Trials = header.Trials
		return s
	})
	add("", "", bench.BodiesDropped{}, nil)
	return events
}

// resumes reports whether the run of this variant is resumed.
func (v *values) resumes() bool { return v.variant == variants-1 }

// header is a plan of ten trials of one task by one of two configurations, and of
// one by the other.
func (v *values) header() bench.RunStarted {
	p, _ := v.payload(bench.RunStarted{}, "")
	h := p.(bench.RunStarted)
	h.Trials = nil
	for attempt := 1; attempt <= 10; attempt++ {
		h.Trials = append(h.Trials, bench.TrialKey{
			Configuration: h.Configurations[0].Name, InstanceID: h.Tasks[0].InstanceID, Attempt: attempt,
		})
	}
	h.Trials = append(h.Trials, bench.TrialKey{
		Configuration: h.Configurations[1].Name, InstanceID: h.Tasks[0].InstanceID, Attempt: 1,
	})
	return h
}

// grade has lists of different lengths.
func grade() bench.Grade {
	return bench.Grade{
		FailToPass: bench.Verdicts{Success: make([]string, 1), Failure: make([]string, 2)},
		PassToPass: bench.Verdicts{Success: make([]string, 3), Failure: make([]string, 4)},
	}
}

// otherTrials end in ways that give every count of a configuration a value of
// its own.
func otherTrials(v *values, h bench.RunStarted) (events []bench.Event) {
	yes, no := true, false
	for i, end := range []bench.TrialEnded{
		{Outcome: bench.OutcomeResolved, Resolved: &yes}, {Outcome: bench.OutcomeResolved, Resolved: &yes},
		{Outcome: bench.OutcomeResolved, Resolved: &yes}, {Outcome: bench.OutcomeUnresolved, Resolved: &no},
		{Outcome: bench.OutcomeInfraLLM}, {Outcome: bench.OutcomeInfraLLM}, {Outcome: bench.OutcomeCancelled},
	} {
		events = append(events, bench.Event{
			RunID: "r", Time: v.time(fmt.Sprintf("time of trial_ended %d", i+2)), Trial: h.Trials[i+1], Payload: end,
		})
	}
	return events
}

// ofDelegation makes an event speak of the one delegation there is.
func ofDelegation(p bench.Payload) bench.Payload {
	switch p := p.(type) {
	case bench.DelegationSpawned:
		p.DelegationID, p.Activation = "t0001", 7
		return p
	case bench.DelegationStarted:
		p.DelegationID, p.Activation, p.Child = "t0001", 7, "t0001"
		return p
	case bench.DelegationEnded:
		p.DelegationID, p.Activation, p.Child = "t0001", 7, "t0001"
		return p
	case bench.WorkspaceFault:
		p.DelegationID, p.Activation = "t0001", 7
		return p
	}
	return p
}

// Every column of every table and view, and every field that is read back from
// them, has the value of the field of an event that it is named after. The
// golden file says which that is; where a bool decides, or the run is resumed, it
// has a value per variant.
func TestColumns(t *testing.T) {
	t.Parallel()
	var dumps [variants][]string
	for n := range variants {
		v, s := newValues(t, n), open(t)
		for _, e := range allFields(v) {
			if _, err := s.Append(t.Context(), e); err != nil {
				t.Fatalf("%s: %v", e.Payload.Type(), err)
			}
		}
		dumps[n] = append(dump(t, s, v), read(t, s, v)...)
	}
	var out strings.Builder
	for i, line := range dumps[0] {
		fmt.Fprintln(&out, merged(t, line, dumps[1][i], dumps[2][i]))
	}
	const path = "testdata/columns.txt"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, golden := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(golden)) {
		if i >= len(got) || i >= len(golden) || got[i] != golden[i] {
			t.Fatalf("line %d of %s differs: if that is meant, run go test ./results -run TestColumns "+
				"-update and read the difference\n got: %q\nwant: %q", i+1, path, rest(got, i), rest(golden, i))
		}
	}
}

func rest(lines []string, i int) []string { return lines[min(i, len(lines)):min(i+3, len(lines))] }

// merged is a line with its value in each variant.
func merged(t *testing.T, lines ...string) string {
	t.Helper()
	name, first, ok := strings.Cut(lines[0], " = ")
	all := []string{first}
	for _, l := range lines[1:] {
		other, value, _ := strings.Cut(l, " = ")
		if other != name {
			t.Fatalf("variants differ in more than values: %q and %q", lines[0], l)
		}
		all = append(all, value)
	}
	switch {
	case !ok:
		return name
	case len(slices.Compact(slices.Clone(all))) == 1:
		return lines[0]
	}
	return name + " = " + strings.Join(all, " | ")
}

// dump lists every value of every table and view, and fails for columns that no
// row fills.
func dump(t *testing.T, s *Store, v *values) (lines []string) {
	t.Helper()
	objects := columns(t, s)
	delete(objects, "trial_sums")    // follows from no event: whoever sums up fills it
	delete(objects, "contamination") // likewise: whoever examines does, or has before an import
	names := make([]string, 0, len(objects))
	for name := range objects {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		rows := table(t, s, name)
		for i, column := range objects[name] {
			if !slices.ContainsFunc(rows, func(row []any) bool { return row[i] != nil }) {
				t.Errorf("%s.%s is NULL in every row", name, column)
			}
		}
		for _, row := range rows {
			lines = append(lines, "")
			for i, column := range objects[name] {
				value := v.name(row[i])
				if column == "payload" { // TestEveryEvent compares it
					value = "the event"
				}
				lines = append(lines, fmt.Sprintf("%s.%s = %s", name, column, value))
			}
		}
	}
	return lines
}

// read lists what the queries of a run and of its first trial return.
func read(t *testing.T, s *Store, v *values) (lines []string) {
	t.Helper()
	key := v.header().Trials[0]
	detail, err := s.Detail(t.Context(), "r", key)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	lines = append(lines, "")
	lines = append(lines, v.lines(reflect.ValueOf(detail), "Detail")...)
	return append(append(lines, ""), v.lines(reflect.ValueOf(facts), "Facts")...)
}

// table reads all rows of a table or view.
func table(t *testing.T, s *Store, name string) (all [][]any) {
	t.Helper()
	rows, err := s.reader.Query("SELECT * FROM " + name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, to := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
