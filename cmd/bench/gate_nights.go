package main

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"bench"
	"bench/results"
	"bench/results/nights"
)

// confirming ends the names of runs that repeat tasks of others, which are no nights.
const confirming = " (confirm)"

// judge reads the nights and judges the last one.
func (f *gateFlags) judge(
	ctx context.Context, s *results.Store, id string,
) (v nights.Verdict, err error) {
	name, base, err := baselineOf(ctx, s, f.baseline)
	if err != nil {
		return v, err
	}
	if err := withTrials(ctx, s, id); err != nil {
		return v, err
	}
	run, err := s.Run(ctx, id)
	if err != nil {
		return v, err
	}
	if err := f.canBeJudged(base, run); err != nil {
		return v, err
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return v, err
	}
	all, left, err := readNights(ctx, s, slices.Concat(
		[]results.Run{base}, f.between(runs, base, run), []results.Run{run}), f.exclude)
	if err != nil {
		return v, err
	}
	last := len(all) - 1
	v = nights.Judge(all[0], all[1:last], all[last], f.Options)
	if len(v.Configurations) == 0 {
		return v, bench.Usagef("run %s has no configuration of the baseline %s, which has: %s", id,
			base.ID, strings.Join(v.Missing, ", "))
	}
	v.Name, v.Excluded = name.Name, left
	v.Changed = name.Name != "" && base.UpdatedAt.After(name.NamedAt)
	return v, nil
}

// canBeJudged refuses runs of which nothing can be said, before any work is done.
func (f *gateFlags) canBeJudged(base, run results.Run) error {
	switch {
	case base.ID == run.ID:
		return bench.Usagef("run %s is the baseline itself", run.ID)
	case byStart(run, base) < 0:
		return bench.Usagef("run %s is older than the baseline %s", run.ID, base.ID)
	case base.EndedAt.IsZero():
		return bench.Usagef("the baseline %s has not ended: %s", base.ID, resumed(f.db, base.ID).goOn)
	case f.confirm > 0 && run.Imported != "":
		return bench.Usagef("--confirm: run %s was imported from %s, and has no config to run its "+
			"tasks again with", run.ID, run.Imported)
	}
	return nil
}

// baselineOf is the run of a baseline, and what it is known by.
func baselineOf(
	ctx context.Context, s *results.Store, name string,
) (b results.Baseline, run results.Run, err error) {
	all, err := s.Baselines(ctx)
	if err != nil {
		return b, run, err
	}
	id := name
	if i := slices.IndexFunc(all, func(x results.Baseline) bool { return x.Name == name }); i >= 0 {
		b, id = all[i], all[i].RunID
	}
	run, err = s.Run(ctx, id)
	if errors.Is(err, results.ErrNotFound) {
		ids, err := runIDs(ctx, s)
		if err != nil {
			return b, run, err
		}
		return b, run, bench.Usagef("no baseline %s, and no run: name one with bench gate baseline %s "+
			"RUN; %s has the runs: %s", name, name, s.Path(), strings.Join(ids, ", "))
	}
	return b, run, err
}

// between are the nights from the baseline to a run, in the order in which they were
// started.
func (f *gateFlags) between(runs []results.Run, base, last results.Run) (all []results.Run) {
	chosen := func(r results.Run) bool {
		if f.history != "" {
			return regexp.MustCompile("^(?:" + f.history + ")$").MatchString(r.ID)
		}
		// The name of an imported run is by default that of its file.
		return r.Name == last.Name || r.Imported != "" && last.Imported != ""
	}
	for _, r := range runs {
		later := byStart(base, r) < 0 && byStart(r, last) < 0
		if later && isNight(r, last) && chosen(r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, byStart)
	return all
}

// isNight reports whether a run may be one of the nights of which another is the last.
func isNight(r, last results.Run) bool {
	return !r.EndedAt.IsZero() && r.Simulated == last.Simulated && r.Replay == nil &&
		!strings.HasSuffix(r.Name, confirming)
}

func byStart(a, b results.Run) int {
	return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
}

// readNights reads what is measured of the trials of runs, without the tasks that are as
// contaminated as exclude in any of them; if it is empty, all.
func readNights(
	ctx context.Context, s *results.Store, runs []results.Run, exclude string,
) (all []nights.Night, left *results.Exclusion, err error) {
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	if left, err = exclusion(ctx, s, ids, exclude); err != nil {
		return nil, nil, err
	}
	for _, r := range runs {
		if err := errors.Join(ofItsOwn(ctx, s, r), ofFixedSize(r)); err != nil {
			return nil, nil, err
		}
		trials, err := s.Measured(ctx, r.ID)
		if err != nil {
			return nil, nil, err
		}
		trials = slices.DeleteFunc(trials, func(m results.Measured) bool {
			return left.Has(m.Key.InstanceID)
		})
		all = append(all, nights.Night{Run: r, Trials: trials})
	}
	return all, left, nil
}
