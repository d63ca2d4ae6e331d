package results

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"bench"
)

// Facts is what a comparison of a run is made of.
type Facts struct {
	Run            Run
	Configurations []bench.Configuration
	Prices         map[string]bench.Price // by id
	Trials         []Trial
	Agents         []Agent
	Calls          []Call
	ToolCalls      []ToolCall
	Routes         []Route
	Delegations    []Delegation
	Pauses         []Pause
	Outages        []Outage
	Faults         []WorkspaceFault
	Flags          []Flag
	Notices        []Notice // of trials
	Marks          []BudgetMark
	Images         []bench.Image // by name
	Hosts          []Host
	Imported       []Imported // of trials that were made elsewhere
	Examined       []Examined // for contamination: trials that have not changed since
}

// Without returns the facts of the other tasks where some are left out.
func (f Facts) Without(x *Exclusion) Facts {
	gone := map[int64]bool{}
	for _, t := range f.Trials {
		gone[t.ID] = x.Has(t.Key.InstanceID)
	}
	f.Trials = others(f.Trials, gone, func(t Trial) int64 { return t.ID })
	f.Agents = others(f.Agents, gone, func(a Agent) int64 { return a.Trial })
	f.Calls = others(f.Calls, gone, func(c Call) int64 { return c.Trial })
	f.ToolCalls = others(f.ToolCalls, gone, func(c ToolCall) int64 { return c.Trial })
	f.Routes = others(f.Routes, gone, func(r Route) int64 { return r.Trial })
	f.Delegations = others(f.Delegations, gone, func(d Delegation) int64 { return d.Trial })
	f.Pauses = others(f.Pauses, gone, func(p Pause) int64 { return p.Trial })
	f.Outages = others(f.Outages, gone, func(o Outage) int64 { return o.Trial })
	f.Faults = others(f.Faults, gone, func(w WorkspaceFault) int64 { return w.Trial })
	f.Flags = others(f.Flags, gone, func(g Flag) int64 { return g.Trial })
	f.Notices = others(f.Notices, gone, func(n Notice) int64 { return n.Trial })
	f.Marks = others(f.Marks, gone, func(m BudgetMark) int64 { return m.Trial })
	f.Imported = others(f.Imported, gone, func(i Imported) int64 { return i.Trial })
	f.Examined = others(f.Examined, gone, func(e Examined) int64 { return e.Trial })
	return f
}

// others are the rows of trials that are not gone.
func others[T any](rows []T, gone map[int64]bool, trial func(T) int64) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(r T) bool { return gone[trial(r)] })
}

// Flag is a doubt that a trial's grade carries.
type Flag struct {
	Trial int64
	Name  string
}

// Notice is one that was given during a trial.
type Notice struct {
	Trial int64
	Code  string
}

// BudgetMark is a notice of a limit that an agent was given.
type BudgetMark struct {
	Trial int64
	Agent string
	Time  time.Time
	Kind  bench.NoticeKind
}

// Facts returns the facts of a run as of one moment, or an error that wraps
// ErrNotFound.
func (s *Store) Facts(ctx context.Context, run string) (Facts, error) {
	var f Facts
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if f, err = head(ctx, tx, run); err != nil {
			return err
		}
		return s.work(ctx, tx, &f, ofRun, run)
	})
	return f, s.readError("run "+run, err)
}

// Conditions for the rows of trials: of a run, and of a JSON array of ids.
const (
	ofRun    = " WHERE trial_id IN (SELECT trial_id FROM trials WHERE run_id = ?)"
	ofTrials = " WHERE trial_id IN (SELECT value FROM json_each(?))"
)

// idsOf are those of trials, as ofTrials takes them.
func idsOf(trials []Trial) string {
	ids := make([]int64, len(trials))
	for i, t := range trials {
		ids[i] = t.ID
	}
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // of numbers alone
	}
	return string(text)
}

// head reads what is known of a run without the work on its trials.
func head(ctx context.Context, tx *sql.Tx, run string) (f Facts, err error) {
	if f.Run, err = one(query(ctx, tx, scanRun, selectRun+" WHERE r.run_id = ?", run)); err != nil {
		return f, err
	}
	f.Configurations, err = query(ctx, tx, scanConfiguration, selectConfigurations, run)
	if err != nil {
		return f, err
	}
	if f.Trials, err = query(ctx, tx, scanTrial, selectTrials+trialsOfRun, run); err != nil {
		return f, err
	}
	if f.Flags, err = query(ctx, tx, scanFlag, selectFlags+ofRun, run); err != nil {
		return f, err
	}
	if f.Imported, err = importedTrials(ctx, tx, ofRun, run); err != nil {
		return f, err
	}
	if f.Examined, err = query(ctx, tx, scanExamined, selectExamined+ofRun+upToDate, run); err != nil {
		return f, err
	}
	if f.Images, err = query(ctx, tx, scanImage, selectImages, run); err != nil {
		return f, err
	}
	if f.Hosts, err = query(ctx, tx, scanHost, selectHosts+hostsInOrder, run); err != nil {
		return f, err
	}
	f.Prices, err = prices(ctx, tx, run)
	return f, err
}

// work adds the work on some trials.
func (s *Store) work(ctx context.Context, tx *sql.Tx, f *Facts, some string, arg any) (err error) {
	if f.Agents, err = query(ctx, tx, scanAgent, selectAgents+some, arg); err != nil {
		return err
	}
	if f.Calls, err = query(ctx, tx, scanCall, selectCalls+some, arg); err != nil {
		return err
	}
	if f.Notices, err = query(ctx, tx, scanNotice, selectNotices+some, arg); err != nil {
		return err
	}
	if f.Marks, err = query(ctx, tx, scanMark, selectMarks+some, arg); err != nil {
		return err
	}
	if f.ToolCalls, err = query(ctx, tx, scanToolCall, selectToolCalls+some, arg); err != nil {
		return err
	}
	if f.Routes, err = query(ctx, tx, scanRoute, selectRoutes+some, arg); err != nil {
		return err
	}
	if f.Delegations, err = query(ctx, tx, scanDelegation, selectDelegations+some, arg); err != nil {
		return err
	}
	if err = s.edited(ctx, tx, f.Delegations); err != nil {
		return err
	}
	if f.Pauses, err = query(ctx, tx, scanPause, selectPauses+some, arg); err != nil {
		return err
	}
	if f.Outages, err = query(ctx, tx, scanOutage, selectOutages+some, arg); err != nil {
		return err
	}
	f.Faults, err = query(ctx, tx, scanFault, selectFaults+some, arg)
	return err
}

// edited reads from their patches which lines delegations have made.
func (s *Store) edited(ctx context.Context, tx *sql.Tx, ds []Delegation) error {
	for i, d := range ds {
		patch, err := s.body(ctx, tx, d.Patch)
		if err != nil {
			return err
		}
		ds[i].Edited = added(string(patch))
	}
	return nil
}

func prices(ctx context.Context, tx *sql.Tx, run string) (map[string]bench.Price, error) {
	list, err := query(ctx, tx, scanPrice, selectPrices, run)
	byID := map[string]bench.Price{}
	for _, p := range list {
		byID[p.ID] = p
	}
	return byID, err
}
