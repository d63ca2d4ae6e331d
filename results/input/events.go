package input

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
)

// Header is what is known of a run besides its trials.
type Header struct {
	RunID    string
	Name     string
	Version  string    // of bench
	At       time.Time // when the trials were made
	Baseline string    // empty if none is declared
}

// Events are those of the run: its beginning, one for each trial and its patch,
// and its end.
func (s Set) Events(h Header) (events []bench.Event) {
	var files []string
	for _, f := range s.Files {
		files = append(files, filepath.Base(f))
	}
	start := bench.RunStarted{
		Name: h.Name, Version: h.Version, Imported: strings.Join(files, ", "), Baseline: h.Baseline,
		Configurations: s.Configurations, Tasks: s.tasks(), DatasetFingerprint: s.fingerprint(),
		Simulated: slices.ContainsFunc(s.Configurations, bench.Configuration.Simulated),
	}
	for _, t := range s.Trials {
		start.Trials = append(start.Trials, t.Key)
	}
	add := func(key bench.TrialKey, p bench.Payload, bodies ...bench.Body) {
		events = append(events, bench.Event{
			RunID: h.RunID, Time: h.At, Trial: key, Payload: p, Bodies: bodies,
		})
	}
	add(bench.TrialKey{}, start)
	for _, t := range s.Trials {
		if t.Patch != nil {
			diff := bench.Body(*t.Patch)
			add(t.Key, bench.Patch{Diff: diff.Hash(), Bytes: len(diff), Files: filesOf(*t.Patch)}, diff)
		}
		add(t.Key, t.TrialImported)
	}
	add(bench.TrialKey{}, bench.RunEnded{State: bench.RunDone})
	return events
}

// repository finds that of a task in the usual form of ids: owner__name-number.
var repository = regexp.MustCompile(`^([^_].*?)__(.+)-[^-]+$`)

// tasks are those of the trials, in order of appearance. Nothing is known of them
// but what their ids say.
func (s Set) tasks() (tasks []bench.TaskRef) {
	seen := map[string]bool{}
	for _, t := range s.Trials {
		id := t.Key.InstanceID
		if seen[id] {
			continue
		}
		seen[id] = true
		ref := bench.TaskRef{InstanceID: id}
		if m := repository.FindStringSubmatch(id); m != nil {
			ref.Repo = m[1] + "/" + m[2]
		}
		tasks = append(tasks, ref)
	}
	return tasks
}

// fingerprint tells runs of the same tasks.
func (s Set) fingerprint() string {
	var ids []string
	for _, t := range s.tasks() {
		ids = append(ids, t.InstanceID)
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return hex.EncodeToString(sum[:])
}

// filesOf counts the files of a diff that git made.
func filesOf(diff string) (n int) {
	for line := range strings.Lines(diff) {
		if strings.HasPrefix(line, "diff --git ") {
			n++
		}
	}
	return n
}
