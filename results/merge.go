package results

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"bench"
)

// Merged is what became of a run when databases were merged.
type Merged struct {
	ID      string
	Before  bool  // it was there already
	Changed bool  // it is new, or there is more of it
	Shards  int   // that it was divided into; 0 if it was not
	Missing []int // shards that none of the databases has
	Open    []int // shards that are not done
	// Versions are those of bench that wrote its shards.
	Versions []string
}

// Merge puts the runs of databases together in one file, with what that has already.
// Shards of a run become one run, as if one process had done it; other runs are carried
// over as they are. Nothing is written unless all of it can be: an error leaves the file as
// it was, as does a process that dies. The same databases again, or earlier states of
// them, change nothing. Nobody may write to the file meanwhile.
func Merge(ctx context.Context, out string, in []string) ([]Merged, error) {
	if file, err := filepath.EvalSymlinks(out); err == nil {
		out = file // a link stays one
	}
	m := &merge{out: out, dir: out + ".merging"}
	if err := os.RemoveAll(m.dir); err != nil { // of a process that died
		return nil, fmt.Errorf("merge into %s: %w", out, err)
	}
	defer os.RemoveAll(m.dir)
	merged, err := m.do(ctx, in)
	if err := errors.Join(err, m.close()); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(merged, func(r Merged) bool { return r.Changed }) {
		return merged, nil
	}
	return merged, m.replace(ctx)
}

// merge is one under way.
type merge struct {
	out, dir string
	parts    []*part // of all runs, those of the file itself first
	stores   []*Store
}

func (m *merge) close() error {
	var errs []error
	for _, s := range m.stores {
		errs = append(errs, s.Close())
	}
	m.stores = nil
	return errors.Join(errs...)
}

// made is the file that is written, before it takes its place.
func (m *merge) made() string { return filepath.Join(m.dir, filepath.Base(m.out)) }

// do writes that file, if anything has changed.
func (m *merge) do(ctx context.Context, in []string) (merged []Merged, err error) {
	if err := os.Mkdir(m.dir, 0o755); err != nil {
		return nil, fmt.Errorf("merge into %s: %w", m.out, err)
	}
	if _, err := os.Stat(m.out); !errors.Is(err, fs.ErrNotExist) {
		in = append([]string{m.out}, in...)
	}
	for i, path := range in {
		if err := m.read(ctx, path, i); err != nil {
			return nil, err
		}
	}
	runs, err := m.runs(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		merged = append(merged, r.merged())
	}
	if slices.ContainsFunc(runs, func(r *mergedRun) bool { return r.changed }) {
		err = m.write(ctx, runs)
	}
	return merged, err
}

// mergedRun is a run as it will be: the parts that it is made of.
type mergedRun struct {
	id      string
	whole   *part         // copied as it is
	shards  map[int]*part // by number; nil if it has none
	before  *part         // any part of it that was in the file; nil if none was
	changed bool
	more    []bench.Event // baselines that were named after it was merged
}

// runs puts the parts of each run together.
func (m *merge) runs(ctx context.Context) (runs []*mergedRun, err error) {
	of := map[string][]*part{}
	for _, p := range m.parts {
		if of[p.run] == nil {
			runs = append(runs, &mergedRun{id: p.run})
		}
		of[p.run] = append(of[p.run], p)
	}
	for _, r := range runs {
		if err := r.join(ctx, m.out, of[r.id]); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// join chooses among the parts of a run, which may be there several times: in earlier
// states, and merged.
func (r *mergedRun) join(ctx context.Context, out string, parts []*part) error {
	if err := oneRun(parts); err != nil {
		return err
	}
	byShard := map[int][]*part{}
	for _, p := range parts {
		byShard[p.shard.Index] = append(byShard[p.shard.Index], p)
		if p.db.Path() == out {
			r.before, r.more = p, p.more
		}
	}
	chosen := map[int]*part{}
	for i, same := range byShard {
		last, err := latest(ctx, same)
		if err != nil {
			return err
		}
		chosen[i] = last
		r.changed = r.changed || last.db.Path() != out
	}
	databases := map[*Store]bool{}
	for _, p := range parts {
		databases[p.db] = true
	}
	if chosen[0] != nil {
		r.whole = chosen[0]
		return nil
	}
	r.shards = chosen
	if len(databases) == 1 && parts[0].log > 0 {
		r.whole = parts[0].entire()
		return nil
	}
	for _, p := range parts {
		if r.changed && p.resumed {
			return bench.Usagef("run %s was resumed in %s after it had been merged, and other databases "+
				"have more of it: merge without them, or into another file", r.id, p.name)
		}
	}
	return nil
}

// merged is what is told of it.
func (r *mergedRun) merged() Merged {
	m := Merged{ID: r.id, Before: r.before != nil, Changed: r.changed}
	for _, i := range slices.Sorted(maps.Keys(r.shards)) {
		p := r.shards[i]
		m.Shards = p.header.Shard.Count
		if p.shard.State != bench.RunDone {
			m.Open = append(m.Open, i)
		}
		if v := p.shard.Version; !slices.Contains(m.Versions, v) {
			m.Versions = append(m.Versions, v)
		}
	}
	for i := 1; i <= m.Shards; i++ {
		if r.shards[i] == nil {
			m.Missing = append(m.Missing, i)
		}
	}
	return m
}

// replace puts the file that was written in its place, once all of it has been read again.
func (m *merge) replace(ctx context.Context) error {
	if err := m.sound(ctx); err != nil {
		return fmt.Errorf("merge into %s: %w", m.out, err)
	}
	if LeftOpen(m.out) {
		return fmt.Errorf("merge into %s: another process has it open", m.out)
	}
	if err := os.Rename(m.made(), m.out); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(m.out))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// sound reads all of the file that was written.
func (m *merge) sound(ctx context.Context) error {
	if err := sound(ctx, m.made()); err != nil {
		return err
	}
	s, err := OpenReadOnly(ctx, m.made())
	if err != nil {
		return err
	}
	h, err := s.Check(ctx)
	if err == nil && len(h.Faults) > 0 {
		err = damage(errors.New(h.Faults[0]))
	}
	return errors.Join(err, s.Close())
}
