package bench

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// Shard is the part of a run that one process does, with a database of its own.
type Shard struct {
	Index int `json:"index,omitempty"` // from 1; 0 is all of them, merged
	Count int `json:"count"`
	// Plan is the fingerprint of the whole run, and of who does what of it.
	Plan string `json:"plan"`
	// The rest is that of the whole run; a run that is merged has it in its header.
	Limits Limits     `json:"limits,omitzero"`
	Tasks  []TaskRef  `json:"tasks,omitempty"`
	Trials []TrialKey `json:"trials,omitempty"`
}

// Part reports whether the run is a part of one.
func (s *Shard) Part() bool { return s != nil && s.Index > 0 }

// String is the shard as it is asked for, such as 3/10.
func (s *Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// ShardMerged is one shard of a run that was put together again. The events of its trials
// follow.
type ShardMerged struct {
	Index     int        `json:"index"`
	Version   string     `json:"version"` // of bench
	Home      string     `json:"home,omitempty"`
	Workers   Workers    `json:"workers"`
	Limits    Limits     `json:"limits"` // its share
	State     RunState   `json:"state"`
	Error     string     `json:"error,omitempty"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   time.Time  `json:"ended_at,omitzero"`
	Seq       int64      `json:"seq"`    // of the last event of its log
	Trials    []TrialKey `json:"trials"` // those added when it was resumed included
}

// Divide says which shard does which task, from 1. Shards take about the same time, as far
// as is known how long tasks take; the order of the tasks does not matter.
func Divide(takes map[string]time.Duration, shards int) map[string]int {
	ids := slices.SortedFunc(maps.Keys(takes), func(a, b string) int {
		return cmp.Or(cmp.Compare(takes[b], takes[a]), cmp.Compare(a, b))
	})
	type load struct {
		takes time.Duration
		tasks int
	}
	loads := make([]load, shards)
	of := make(map[string]int, len(ids))
	for _, id := range ids { // the longest first, each to who has the least
		least := 0
		for i, l := range loads {
			if cmp.Or(cmp.Compare(l.takes, loads[least].takes), l.tasks-loads[least].tasks) < 0 {
				least = i
			}
		}
		loads[least].takes += takes[id]
		loads[least].tasks++
		of[id] = least + 1
	}
	return of
}

// Share is the part of a run's limits that some of its trials have. The shares of all
// shards are no more than the whole.
func (l Limits) Share(trials, all int) Limits {
	part := func(n int64) int64 {
		if n <= 0 || all <= 0 {
			return n
		}
		x := new(big.Int).Mul(big.NewInt(n), big.NewInt(int64(trials)))
		return x.Quo(x, big.NewInt(int64(all))).Int64()
	}
	l.Cost, l.Tokens = USD(part(int64(l.Cost))), part(l.Tokens)
	return l
}

// NewShard is a shard of a run: header is that of the whole, of says which shard does
// which task.
func NewShard(header RunStarted, index, count int, of map[string]int) *Shard {
	divided := make([]int, len(header.Tasks))
	for i, t := range header.Tasks {
		divided[i] = of[t.InstanceID]
	}
	text, err := json.Marshal([]any{header.Config, header.DatasetFingerprint, header.Seed,
		header.Limits, header.Configurations, header.Tasks, header.Trials, count, divided})
	if err != nil {
		panic(fmt.Sprintf("encode the plan: %v", err)) // plain values always encode
	}
	sum := sha256.Sum256(text)
	return &Shard{Index: index, Count: count, Plan: hex.EncodeToString(sum[:]),
		Limits: header.Limits, Tasks: header.Tasks, Trials: header.Trials}
}
