package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
)

// logOnly are the payloads that no table shows.
var logOnly = map[bench.EventType]bool{bench.EventWorkspaceDelta: true}

// projections says which query changes its answer when an event of a type is
// appended.
var projections = map[bench.EventType]string{
	bench.EventRunStarted:        "SELECT count(*) FROM runs",
	bench.EventRunResumed:        "SELECT count(*) FROM runs WHERE sidekick_workers > 0",
	bench.EventRunEnded:          "SELECT count(*) FROM runs WHERE state = 'done'",
	bench.EventPhaseStarted:      "SELECT count(*) FROM trials WHERE phase <> 'queued'",
	bench.EventTrialEnded:        "SELECT count(*) FROM trials WHERE outcome IS NOT NULL",
	bench.EventTrialResumed:      "SELECT count(*) FROM trials WHERE phase = 'queued'",
	bench.EventTrialImported:     "SELECT count(*) FROM imported_trials",
	bench.EventTrialPlaced:       "SELECT count(*) FROM trials WHERE host IS NOT NULL",
	bench.EventAgentResumed:      "SELECT count(*) FROM pauses",
	bench.EventAgentStarted:      "SELECT count(*) FROM agents",
	bench.EventAgentEnded:        "SELECT count(*) FROM agents WHERE ended_at IS NOT NULL",
	bench.EventLLMCallStarted:    "SELECT count(*) FROM llm_calls WHERE open",
	bench.EventLLMCall:           "SELECT count(*) FROM llm_calls WHERE NOT open",
	bench.EventToolCall:          "SELECT count(*) FROM tool_calls",
	bench.EventRouteChosen:       "SELECT count(*) FROM routes",
	bench.EventDelegationSpawned: "SELECT count(*) FROM delegations",
	bench.EventDelegationStarted: "SELECT count(*) FROM delegations WHERE started_at IS NOT NULL",
	bench.EventDelegationEnded:   "SELECT count(*) FROM delegations WHERE ended_at IS NOT NULL",
	bench.EventBudgetNotice:      "SELECT count(*) FROM budgets",
	bench.EventWorkspaceFault:    "SELECT count(*) FROM workspace_faults",
	bench.EventPatch:             "SELECT count(*) FROM trials WHERE patch_bytes IS NOT NULL",
	bench.EventGrade:             "SELECT count(*) FROM grades",
	bench.EventImage:             "SELECT count(*) FROM images",
	bench.EventNotice:            "SELECT count(*) FROM notices",
	bench.EventOutage:            "SELECT count(*) FROM outages WHERE to_at IS NOT NULL",
	bench.EventBaselineNamed:     "SELECT count(*) FROM baselines",
	bench.EventShardMerged:       "SELECT count(*) FROM shards",
	bench.EventBodiesDropped:     "SELECT count(*) FROM trials WHERE bodies_dropped_at IS NOT NULL",
}

// story is one event of every type, in an order that makes sense, with every
// field filled.
func story(t *testing.T) []bench.Event {
	t.Helper()
	h := resultstest.Header(resultstest.Spec{RunID: "r", Tasks: 1})
	key := h.Trials[len(h.Trials)-1] // fusion
	var events []bench.Event
	for i, p := range []bench.Payload{
		h, bench.Image{}, bench.PhaseStarted{}, bench.AgentStarted{}, bench.LLMCallStarted{},
		bench.LLMCall{}, bench.RouteChosen{}, bench.DelegationSpawned{}, bench.DelegationStarted{}, bench.ToolCall{}, bench.BudgetNotice{},
		bench.WorkspaceDelta{}, bench.WorkspaceFault{}, bench.DelegationEnded{}, bench.TrialResumed{}, bench.AgentResumed{},
		bench.AgentEnded{}, bench.Patch{}, bench.Grade{}, bench.Outage{}, bench.Notice{}, bench.TrialEnded{},
		bench.TrialImported{}, bench.TrialPlaced{},
		bench.RunResumed{}, bench.RunEnded{}, bench.BaselineNamed{}, bench.ShardMerged{}, bench.BodiesDropped{},
	} {
		v := reflect.New(reflect.TypeOf(p)).Elem()
		v.Set(reflect.ValueOf(p))
		if i > 0 {
			fill(v, i)
		}
		e := bench.Event{RunID: "r", Time: time.UnixMilli(int64(1e12 + i)).UTC(), Payload: v.Interface().(bench.Payload)}
		switch p := e.Payload.(type) {
		case bench.RunStarted, bench.Image, bench.BaselineNamed, bench.BodiesDropped:
		case bench.RunResumed:
			p.Trials = nil
			e.Payload = p
		case bench.ShardMerged:
			p.Trials = h.Trials
			e.Payload = p
		case bench.RunEnded:
			p.State, e.Payload = bench.RunDone, bench.RunEnded{State: bench.RunDone, Error: p.Error}
		default:
			e.Trial, e.Agent = key, "main"
		}
		switch p := e.Payload.(type) { // they speak of the same delegation
		case bench.DelegationSpawned:
			p.DelegationID, p.Activation = "t0001", 1
			e.Payload = p
		case bench.DelegationStarted:
			p.DelegationID, p.Activation = "t0001", 1
			e.Payload = p
		case bench.DelegationEnded:
			p.DelegationID, p.Activation = "t0001", 1
			e.Payload = p
		case bench.WorkspaceFault:
			p.DelegationID, p.Activation = "t0001", 1
			e.Payload = p
		}
		events = append(events, e)
	}
	return events
}

// fill gives every field below v a value of its own.
func fill(v reflect.Value, seed int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("s" + string(rune('a'+seed%26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(1000 + seed))
	case reflect.Float64:
		v.SetFloat(float64(seed) + 0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), seed)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), seed+i)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1e9+int64(seed), 123456789).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), seed+i)
		}
	}
}

// Every payload has a projection or is log only, and comes back from the log
// as it went in.
func TestEveryEvent(t *testing.T) {
	t.Parallel()
	s := open(t)
	stored := map[bench.EventType]bool{}
	for i, want := range story(t) {
		kind := want.Payload.Type()
		stored[kind] = true
		check := projections[kind]
		if (check == "") != logOnly[kind] {
			t.Errorf("%s: neither projected nor log only", kind)
			continue
		}
		var before, after int64
		if check != "" {
			before = count(t, s, check)
		}
		if _, err := s.Append(t.Context(), want); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if check != "" {
			if after = count(t, s, check); after == before {
				t.Errorf("%s: %s does not see it", kind, check)
			}
		}
		want.Seq = int64(i + 1)
		for got, err := range s.Events(t.Context(), "r", want.Seq) {
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, %v\nwant %+v", kind, got, err, want)
			}
		}
	}
	for _, p := range bench.Payloads {
		if !stored[p.Type()] {
			t.Errorf("%s: add it to the story of this test", p.Type())
		}
	}
}

func TestUnknownEventType(t *testing.T) {
	t.Parallel()
	s, _ := started(t)
	_, err := s.tx.conn.ExecContext(t.Context(),
		"INSERT INTO events (run_id, seq, time, type, payload) VALUES ('r', 2, 0, 'later', '{}')")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Events(t.Context(), "r", 2) {
		if err == nil || !strings.Contains(err.Error(), `event 2 of run r from`) ||
			!strings.Contains(err.Error(), `unknown event type "later"`) {
			t.Errorf("got %v", err)
		}
	}
}

// Money: the calls, the trials, the views and the events tell the same sums,
// to the nano-dollar.
func TestCostsAgree(t *testing.T) {
	t.Parallel()
	spec := resultstest.Spec{RunID: "r", Tasks: 12, Seed: 9, Faults: true}
	s := filled(t, spec)
	type sums map[string]bench.USD
	trials, agents, configurations := sums{}, sums{}, sums{}
	var total bench.USD
	delegated := 0
	prices := map[string]bench.Price{}
	for _, c := range resultstest.Configurations(false) {
		prices[c.Main.Price.ID] = c.Main.Price
		if c.Sidekick != nil {
			prices[c.Sidekick.Model.Price.ID] = c.Sidekick.Model.Price
		}
	}
	for e, err := range s.Events(t.Context(), "r", 0) {
		if err != nil {
			t.Fatal(err)
		}
		switch p := e.Payload.(type) {
		case bench.LLMCall:
			if want := p.Usage.Cost(prices[p.PriceID]); p.Cost != want {
				t.Errorf("event %d: cost %d, tokens say %d", e.Seq, p.Cost, want)
			}
			total += p.Cost
			trials[e.Trial.String()] += p.Cost
			agents[e.Trial.String()+" "+e.Agent] += p.Cost
			configurations[e.Trial.Configuration] += p.Cost
		case bench.DelegationEnded:
			delegated++
			if want := agents[e.Trial.String()+" "+p.Child]; p.Cost != want {
				t.Errorf("delegation %s of %s: %d, its calls say %d", p.DelegationID, e.Trial, p.Cost, want)
			}
		}
	}
	if total == 0 || delegated == 0 {
		t.Fatal("the run is too dull for this test")
	}
	if n := bench.USD(count(t, s, "SELECT sum(cost) FROM llm_calls")); n != total {
		t.Errorf("llm_calls: %d, want %d", n, total)
	}
	if n := bench.USD(count(t, s, "SELECT sum(cost) FROM trials")); n != total {
		t.Errorf("trials: %d, want %d", n, total)
	}
	agree(t, s, "v_trials", `SELECT configuration || '/' || instance_id || '#' || attempt, cost_usd
		FROM v_trials WHERE cost_usd > 0`, trials)
	agree(t, s, "v_agents", `SELECT configuration || '/' || instance_id || '#' || attempt || ' ' || agent_id,
		cost_usd FROM v_agents WHERE cost_usd > 0`, agents)
	agree(t, s, "v_configurations", "SELECT configuration, cost_usd FROM v_configurations", configurations)
	agree(t, s, "roles", `SELECT configuration, main_cost_usd + sidekick_cost_usd FROM v_configurations`,
		configurations)
	agree(t, s, "v_delegations", `SELECT configuration || '/' || instance_id || '#' || attempt || ' ' ||
		child_agent_id, cost_usd FROM v_delegations`, only(agents, "sidekick"))
	run, err := s.Run(t.Context(), "r")
	if err != nil || run.Cost != total {
		t.Errorf("Run: %v, %v, want %v", run.Cost, err, total)
	}
}

// What main cost is neither its advisor's nor the choosing model's, and with calls of an
// unknown role it is not known.
func TestMainsCost(t *testing.T) {
	t.Parallel()
	s := filled(t, resultstest.Spec{RunID: "r", Tasks: 1})
	db, err := sql.Open("sqlite", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const costs = "SELECT coalesce(main_cost_usd, -1), coalesce(sidekick_cost_usd, -1), cost_usd " +
		"FROM v_configurations WHERE configuration = 'fusion'"
	for _, role := range []string{"sidekick", "advisor", "router", "unknown"} {
		var main, sidekick, all float64
		_, err := db.Exec("UPDATE agents SET role = ? WHERE role NOT IN ('main', 'single')", role)
		if err == nil {
			err = db.QueryRow(costs).Scan(&main, &sidekick, &all)
		}
		ok := main > 0 && main < all && sidekick == 0
		switch role {
		case "sidekick":
			ok = main > 0 && sidekick > 0 && math.Abs(main+sidekick-all) < 1e-9
		case "unknown":
			ok = main == -1 && sidekick == -1
		}
		if err != nil || !ok {
			t.Errorf("%s: main %v, sidekick %v, all %v, %v", role, main, sidekick, all, err)
		}
	}
}

func only[V any](m map[string]V, part string) map[string]V {
	out := map[string]V{}
	for k, v := range m {
		if strings.Contains(k, part) {
			out[k] = v
		}
	}
	return out
}

// agree compares a view's dollars with sums of nano-dollars.
func agree(t *testing.T, s *Store, what, query string, want map[string]bench.USD) {
	t.Helper()
	rows, err := s.reader.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var key string
		var usd float64
		if err := rows.Scan(&key, &usd); err != nil {
			t.Fatal(err)
		}
		if math.Abs(usd-want[key].Float()) > 1e-9 {
			t.Errorf("%s: %s: $%.9f, want $%.9f", what, key, usd, want[key].Float())
		}
	}
	if err := rows.Err(); err != nil || n != len(want) {
		t.Errorf("%s: %d rows, want %d (%v)", what, n, len(want), err)
	}
}

// A resumed run starts and ends again, and may add attempts.
func TestRunIsResumed(t *testing.T) {
	t.Parallel()
	s, h := started(t)
	next := time.UnixMilli(2e12).UTC()
	add := func(e bench.Event) {
		t.Helper()
		e.RunID, e.Time = "r", next
		if _, err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	state := func(want bench.RunState) {
		t.Helper()
		r, err := s.Run(t.Context(), "r")
		if err != nil || r.State != want || r.EndedAt.IsZero() != (want == bench.RunRunning) {
			t.Errorf("got %s, ended %v, %v, want %s", r.State, r.EndedAt, err, want)
		}
		if r.StartedAt.Equal(next) {
			t.Error("the beginning moved")
		}
	}
	state(bench.RunRunning)
	add(bench.Event{Payload: bench.RunEnded{State: bench.RunInterrupted}})
	state(bench.RunInterrupted)
	again := h.Trials[0]
	again.Attempt = 2
	add(bench.Event{Trial: again, Payload: bench.PhaseStarted{Phase: bench.PhasePrepare}})
	state(bench.RunRunning)
	add(bench.Event{Payload: bench.RunEnded{State: bench.RunInterrupted}})
	add(bench.Event{Payload: h})
	state(bench.RunRunning)
	trials, err := s.Trials(t.Context(), "r")
	if err != nil || len(trials) != len(h.Trials)+1 {
		t.Errorf("%d trials, want %d (%v)", len(trials), len(h.Trials)+1, err)
	}
}

func TestGradeIsReplaced(t *testing.T) {
	t.Parallel()
	s, h := started(t)
	no := false
	grade := func(g bench.Grade) {
		t.Helper()
		e := bench.Event{RunID: "r", Time: time.UnixMilli(9), Trial: h.Trials[0], Payload: g}
		if _, err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	grade(bench.Grade{Rules: "v4", Resolved: &no, FailToPass: bench.Verdicts{Success: []string{"a", "a"}}})
	grade(bench.Grade{
		Rules: "v5", Resolved: &no, Flags: []string{"odd"}, FailToPass: bench.Verdicts{Failure: []string{"b"}},
		PassToPass: bench.Verdicts{Success: []string{"b", "c"}},
		Tests:      []bench.TestStatus{{Test: "b", Status: "FAILED"}, {Test: "d", Status: "XFAIL"}},
	})
	d, err := s.Detail(t.Context(), "r", h.Trials[0])
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := []TestResult{
		{"FAIL_TO_PASS", "b", "FAILED", &no}, {"PASS_TO_PASS", "b", "FAILED", &yes},
		{"PASS_TO_PASS", "c", "", &yes}, {"other", "d", "XFAIL", nil},
	}
	if !reflect.DeepEqual(d.Tests, want) {
		got, _ := json.Marshal(d.Tests)
		t.Errorf("tests: got %s", got)
	}
	if g := d.Grade; g == nil || g.Rules != "v5" || g.F2PFailure != 1 || g.P2PSuccess != 2 || g.Flags[0] != "odd" {
		t.Errorf("grade: got %+v", d.Grade)
	}
	f, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if want := []Flag{{Trial: d.Trial.ID, Name: "odd"}}; !slices.Equal(f.Flags, want) {
		t.Errorf("flags: got %v, want %v", f.Flags, want)
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	spec := resultstest.Spec{RunID: "r", Tasks: 6, Seed: 4, Faults: true}
	s := filled(t, spec)
	ctx := t.Context()
	h := resultstest.Header(spec)

	run, err := s.Run(ctx, "r")
	if err != nil {
		t.Fatal(err)
	}
	if run.Trials != 18 || run.Ended != 18 || run.Tasks != 6 || run.Configurations != 3 ||
		run.State != bench.RunDone || run.Limits != h.Limits || run.Workers != h.Workers {
		t.Errorf("run: %+v", run)
	}
	cs, err := s.Configurations(ctx, "r")
	if err != nil || !reflect.DeepEqual(cs, h.Configurations) {
		t.Errorf("configurations: %+v, %v", cs, err)
	}
	trials, err := s.Trials(ctx, "r")
	if err != nil {
		t.Fatal(err)
	}
	for i, trial := range trials {
		if trial.Key != h.Trials[i] {
			t.Errorf("trial %d: %s, planned %s", i, trial.Key, h.Trials[i])
		}
	}
	f, err := s.Facts(ctx, "r")
	if err != nil || len(f.Trials) != 18 || len(f.Prices) != 2 {
		t.Fatalf("facts: %d trials, %d prices, %v", len(f.Trials), len(f.Prices), err)
	}
	if p := f.Prices[h.Configurations[0].Main.Price.ID]; !reflect.DeepEqual(p, h.Configurations[0].Main.Price) {
		t.Errorf("price: %+v", p)
	}
	for _, key := range h.Trials {
		detail(t, s, f, key)
	}
	if _, err := s.Run(ctx, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown run: %v", err)
	}
	if _, err := s.Facts(ctx, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("facts of an unknown run: %v", err)
	}
	if _, err := s.Detail(ctx, "r", bench.TrialKey{Configuration: "solo"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown trial: %v", err)
	}
}

// detail checks that a trial seen alone is the trial as seen in its run.
func detail(t *testing.T, s *Store, f Facts, key bench.TrialKey) {
	t.Helper()
	d, err := s.Detail(t.Context(), "r", key)
	if err != nil {
		t.Fatal(err)
	}
	var calls, tools, delegations int
	for _, c := range f.Calls {
		if c.Trial == d.Trial.ID {
			calls++
		}
	}
	for _, c := range f.ToolCalls {
		if c.Trial == d.Trial.ID {
			tools++
		}
	}
	for _, c := range f.Delegations {
		if c.Trial == d.Trial.ID {
			delegations++
		}
	}
	if len(d.Calls) != calls || len(d.ToolCalls) != tools || len(d.Delegations) != delegations {
		t.Errorf("%s: %d calls, %d tool calls, %d delegations, want %d, %d, %d",
			key, len(d.Calls), len(d.ToolCalls), len(d.Delegations), calls, tools, delegations)
	}
	if len(f.Images) != 1 || d.Trial.Outcome != bench.OutcomeInfraSandbox && d.Image != f.Images[0] {
		t.Errorf("%s: image %v, the run's are %v", key, d.Image, f.Images)
	}
	if (d.Trial.Patch == "") != (d.Patch == "") || (d.Grade != nil) != (len(d.Tests) > 0) {
		t.Errorf("%s: patch or grade missing", key)
	}
	for _, a := range d.Agents {
		if body, err := s.Body(t.Context(), a.SystemPrompt); err != nil || len(body) == 0 {
			t.Errorf("%s: system prompt of %s: %v", key, a.ID, err)
		}
	}
}
