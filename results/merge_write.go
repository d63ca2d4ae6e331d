package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bench"
)

// write makes the file: a copy of what is there, and in it the runs that have changed.
func (m *merge) write(ctx context.Context, runs []*mergedRun) (err error) {
	for _, s := range m.stores {
		if s.path == m.out {
			if err := s.copyTo(ctx, m.made()); err != nil {
				return err
			}
		}
	}
	s, err := Open(ctx, m.made())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, r := range runs {
		if !r.changed {
			continue
		}
		if r.before != nil {
			if err := s.RemoveRun(ctx, r.id); err != nil {
				return err
			}
		}
		if err := s.build(ctx, r); err != nil {
			return fmt.Errorf("merge run %s: %w", r.id, err)
		}
	}
	return nil
}

// copyTo copies all of a database to a new file.
func (s *Store) copyTo(ctx context.Context, path string) error {
	return s.housekeeping(ctx, "copy", func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "VACUUM INTO ?", path)
		return err
	})
}

// build writes a run.
func (s *Store) build(ctx context.Context, r *mergedRun) error {
	if r.whole != nil {
		return s.take(ctx, r.whole)
	}
	numbers := slices.Sorted(maps.Keys(r.shards))
	first := r.shards[numbers[0]]
	header, start := first.header, first.shard.StartedAt
	header.Version, header.Home, header.Workers = first.shard.Version, first.shard.Home,
		first.shard.Workers
	for _, p := range r.shards {
		if p.shard.StartedAt.Before(start) {
			start = p.shard.StartedAt
		}
	}
	tell := func(at time.Time, p bench.Payload) error {
		_, err := s.Append(ctx, bench.Event{RunID: r.id, Time: at, Payload: p})
		return err
	}
	if err := tell(start, header); err != nil {
		return err
	}
	for _, i := range numbers {
		p := r.shards[i]
		if err := tell(p.shard.StartedAt, p.shard); err != nil {
			return err
		}
		if err := s.take(ctx, p); err != nil {
			return err
		}
	}
	end, at := r.ended()
	if err := tell(at, end); err != nil {
		return err
	}
	for _, e := range r.more {
		if err := tell(e.Time, e.Payload); err != nil {
			return err
		}
	}
	return nil
}

// ended is how the run has ended, by its shards: as the worst of them.
func (r *mergedRun) ended() (end bench.RunEnded, at time.Time) {
	worst := []bench.RunState{bench.RunDone, bench.RunDecided, bench.RunDeadline,
		bench.RunInterrupted, bench.RunRunning, bench.RunBudget, bench.RunFailed}
	end.State = bench.RunDone
	for _, i := range slices.Sorted(maps.Keys(r.shards)) {
		p := r.shards[i].shard
		for _, t := range []time.Time{p.StartedAt, p.EndedAt} {
			if t.After(at) {
				at = t
			}
		}
		if slices.Index(worst, p.State) > slices.Index(worst, end.State) {
			end = bench.RunEnded{State: p.State, Error: fmt.Sprintf("shard %d: %s", i, p.State)}
			if p.Error != "" {
				end.Error += ": " + p.Error
			}
		}
	}
	if end.State == bench.RunRunning { // whose process is not this one's to know
		end.State = bench.RunInterrupted
	}
	if m := r.merged(); len(m.Missing) > 0 {
		end = bench.RunEnded{State: bench.RunInterrupted, Error: fmt.Sprintf("shards that are missing: "+
			"%s of %d", numbered(m.Missing), m.Shards)}
	}
	return end, at
}

// numbered is a list of numbers.
func numbered(all []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ", "), "[]")
}
