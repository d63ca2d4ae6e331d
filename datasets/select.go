package datasets

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench/internal/strictyaml"
)

// Selection chooses tasks: IDs, Filter and Exclude choose, then Shuffle orders,
// then Slice cuts. The order is otherwise that of the source.
type Selection struct {
	IDs     []string // instance ids; all if empty
	Filter  string   // regular expression that instance ids match somewhere
	Exclude []string // instance ids, and .yaml or .json files of Exclusions
	Slice   string   // "A:B", as in Python
	Shuffle bool
	Seed    int64 // of the shuffle
}

// picker is a selection ready for use.
type picker struct {
	ids      map[string]bool // nil: all
	filter   *regexp.Regexp  // nil: all
	exclude  map[string]Exclusion
	excluded []Exclusion // of the tasks that ids and filter choose
	from, to *int        // nil: open
	shuffle  bool
	seed     int64
}

func (s Selection) compile() (*picker, error) {
	p := &picker{shuffle: s.Shuffle, seed: s.Seed}
	if len(s.IDs) > 0 {
		p.ids = map[string]bool{}
		for _, id := range s.IDs {
			p.ids[id] = true
		}
	}
	if s.Filter != "" {
		re, err := regexp.Compile(s.Filter)
		if err != nil {
			return nil, fmt.Errorf("filter tasks: %w", err)
		}
		p.filter = re
	}
	exclude, err := readExclusions(s.Exclude)
	if err != nil {
		return nil, err
	}
	p.exclude = exclude
	if s.Slice == "" {
		return p, nil
	}
	a, b, ok := strings.Cut(s.Slice, ":")
	from, errA := bound(a)
	to, errB := bound(b)
	if !ok || errA != nil || errB != nil {
		return nil, fmt.Errorf("slice tasks: expected A:B, such as :50 or 100:200, found %q", s.Slice)
	}
	p.from, p.to = from, to
	return p, nil
}

func bound(s string) (*int, error) {
	if s == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(s)
	return &n, err
}

// wants reports whether a task is chosen. One whose id cannot be read may be,
// unless ids are named: those have to be found.
func (p *picker) wants(id string) bool {
	if id == "" {
		return p.ids == nil
	}
	if p.ids != nil && !p.ids[id] || p.filter != nil && !p.filter.MatchString(id) {
		return false
	}
	if e, ok := p.exclude[id]; ok {
		if !slices.Contains(p.excluded, e) { // two rows may have the id
			p.excluded = append(p.excluded, e)
		}
		return false
	}
	return true
}

// finish orders and cuts the chosen tasks. all are the ids of the source.
func (p *picker) finish(tasks []found, all map[string]string) ([]found, error) {
	if err := p.known(all); err != nil {
		return nil, err
	}
	if len(tasks) == 0 && len(p.excluded) > 0 {
		return nil, fmt.Errorf("all %d instances that ids and filter choose are excluded",
			len(p.excluded))
	}
	if len(tasks) == 0 {
		return nil, errors.New("no instance id matches ids and filter")
	}
	if p.shuffle {
		shuffle(tasks, p.seed)
	}
	n := len(tasks)
	from, to := clamp(p.from, 0, n), clamp(p.to, n, n)
	if from >= to {
		return nil, fmt.Errorf("the slice leaves nothing of %d tasks", n)
	}
	return slices.Clip(tasks[from:to]), nil
}

// known refuses ids that the source does not have, with what may be meant.
func (p *picker) known(all map[string]string) error {
	for id := range p.ids {
		if _, ok := all[id]; ok {
			delete(p.ids, id)
		}
	}
	if unknown := slices.Sorted(maps.Keys(p.ids)); len(unknown) > 0 {
		return fmt.Errorf("no instance %s%s", strings.Join(unknown, ", "), meant(unknown[0], all))
	}
	for _, id := range slices.Sorted(maps.Keys(p.exclude)) {
		if _, ok := all[id]; !ok {
			return fmt.Errorf("exclude: no instance %s%s%s", id, p.exclude[id].from(), meant(id, all))
		}
	}
	return nil
}

// meant is a hint at the id that one could be a slip of.
func meant(id string, all map[string]string) string {
	if near := strictyaml.Near(id, slices.Sorted(maps.Keys(all))); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// clamp is an end of a slice as Python reads it: negative counts from the end,
// and what lies outside is cut off.
func clamp(i *int, open, n int) int {
	switch {
	case i == nil:
		return open
	case *i < 0:
		return max(0, n+*i)
	}
	return min(*i, n)
}

// shuffle orders tasks by SHA-256(seed, instance id). Whether a task comes
// before another depends on nothing but the seed and the two ids: not on the
// order of the file, not on what else is selected, and on no random number
// generator that another version of Go could change. The first 50 of a
// shuffled set are among the first 100.
func shuffle(tasks []found, seed int64) {
	type keyed struct {
		key [sha256.Size]byte
		found
	}
	all := make([]keyed, len(tasks))
	for i, t := range tasks {
		b := binary.BigEndian.AppendUint64(nil, uint64(seed))
		all[i] = keyed{sha256.Sum256(append(b, t.task.InstanceID...)), t}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		return cmp.Or(slices.Compare(a.key[:], b.key[:]),
			cmp.Compare(a.task.InstanceID, b.task.InstanceID))
	})
	for i := range all {
		tasks[i] = all[i].found
	}
}
