package bench_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bench"
)

// Shards divide tasks evenly by time, each has one at least, and neither the order of the
// tasks nor who asks makes a difference.
func TestDivide(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		takes, shards := map[string]time.Duration{}, 1+rng.IntN(12)
		var longest, total time.Duration
		for i := range shards + rng.IntN(200) {
			d := time.Duration(rng.ExpFloat64() * float64(10*time.Minute))
			takes[fmt.Sprintf("t-%d", i)] = d
			longest, total = max(longest, d), total+d
		}
		of := bench.Divide(takes, shards)
		loads, tasks := map[int]time.Duration{}, map[int]int{}
		for id, shard := range of {
			loads[shard] += takes[id]
			tasks[shard]++
		}
		if len(of) != len(takes) || len(tasks) != shards {
			t.Fatalf("%d of %d tasks, %d of %d shards", len(of), len(takes), len(tasks), shards)
		}
		for shard, load := range loads {
			if shard < 1 || shard > shards || load > total/time.Duration(shards)+longest {
				t.Errorf("shard %d of %d has %s of %s, the longest task is %s", shard, shards, load, total, longest)
			}
		}
		if again := bench.Divide(takes, shards); fmt.Sprint(again) != fmt.Sprint(of) {
			t.Error("it is divided otherwise the second time")
		}
	}
	of := bench.Divide(map[string]time.Duration{"a": 0, "b": 0, "c": 0, "d": 0, "e": 0}, 2)
	if fmt.Sprint(of) != "map[a:1 b:2 c:1 d:2 e:1]" {
		t.Errorf("tasks of which nothing is known: %v", of)
	}
}

// The shares of all shards are never more than the whole.
func TestShare(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		whole := bench.Limits{Cost: bench.USD(rng.Int64N(1e15)), Tokens: rng.Int64N(1e12), Iterations: 7}
		all, left := 0, 1+rng.IntN(100_000)
		parts := []int{}
		for all = left; left > 0; {
			n := 1 + rng.IntN(left)
			parts, left = append(parts, n), left-n
		}
		var sum bench.Limits
		for _, n := range parts {
			share := whole.Share(n, all)
			sum.Cost, sum.Tokens = sum.Cost+share.Cost, sum.Tokens+share.Tokens
			if share.Iterations != 7 {
				t.Fatalf("%+v: iterations are no sum", share)
			}
		}
		if sum.Cost > whole.Cost || sum.Cost < whole.Cost-bench.USD(len(parts)) || sum.Tokens > whole.Tokens {
			t.Errorf("%d shares of %+v come to %+v", len(parts), whole, sum)
		}
	}
	if none := (bench.Limits{}).Share(3, 10); none != (bench.Limits{}) {
		t.Errorf("a share of no limit is %+v", none)
	}
}

// The fingerprint is that of the whole run and of its division, whichever shard asks.
func TestPlanOfShards(t *testing.T) {
	t.Parallel()
	header := bench.RunStarted{Config: "c", Tasks: []bench.TaskRef{{InstanceID: "a"}, {InstanceID: "b"}}}
	of := map[string]int{"a": 1, "b": 2}
	first := bench.NewShard(header, 1, 2, of)
	if again := bench.NewShard(header, 2, 2, of); again.Plan != first.Plan || again.String() != "2/2" {
		t.Errorf("%+v and %+v", first, again)
	}
	if other := bench.NewShard(header, 1, 2, map[string]int{"a": 2, "b": 1}); other.Plan == first.Plan {
		t.Error("another division has the same fingerprint")
	}
	header.Limits.Cost = 1
	if other := bench.NewShard(header, 1, 2, of); other.Plan == first.Plan {
		t.Error("another run has the same fingerprint")
	}
	var whole *bench.Shard
	if whole.Part() || (&bench.Shard{Count: 2}).Part() || !first.Part() {
		t.Error("what is a part of a run")
	}
}

// A run that was merged has the trials of its shards, new attempts included.
func TestRunOfShards(t *testing.T) {
	t.Parallel()
	k := bench.TrialKey{Configuration: "c", InstanceID: "a", Attempt: 1}
	again := k
	again.Attempt = 2
	r := bench.NewRun("r")
	for i, p := range []bench.Payload{
		bench.RunStarted{Trials: []bench.TrialKey{k}},
		bench.ShardMerged{Index: 1, Trials: []bench.TrialKey{k, again}},
	} {
		if err := r.Apply(bench.Event{Seq: int64(i + 1), Payload: p}); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.Trials) != 2 || len(r.Header.Trials) != 2 || r.Header.Trials[1] != again {
		t.Errorf("%+v", r.Header.Trials)
	}
}
