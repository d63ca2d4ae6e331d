package engines

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
)

// scenario is a run that is simulated.
type scenario struct {
	engines, slots            int
	instances, arms, attempts int
	cached                    bool // every image is on one engine already
	lost                      int  // engines that are gone after an hour
	known                     bool // an earlier run says how long tasks take
}

// pullTime is how long the first trial of an instance on an engine waits for its image.
const pullTime = time.Minute

func (s scenario) plan() (plan []bench.TrialKey) {
	for i := range s.instances {
		for n := range s.arms * s.attempts {
			plan = append(plan, bench.TrialKey{
				Configuration: fmt.Sprintf("c%d", n%s.arms), InstanceID: fmt.Sprintf("i%04d", i),
				Attempt: 1 + n/s.arms,
			})
		}
	}
	return plan
}

// durations are drawn as they were measured of 629 trajectories of mini-swe-agent: half
// of the trials below 370 s, nine tenths below 763 s, one in a hundred above 2,992 s, none
// above 8,622 s. The spread is the instances'; of one instance two thirds of the trials
// are within a quarter of its own median.
// Earlier are those of a run before, of the same tasks.
func durations(
	plan []bench.TrialKey, r, before *rand.Rand,
) (trials, earlier map[bench.TrialKey]time.Duration) {
	const median, sigma, spread, longest = 370, 0.5, 0.22, 8622
	seconds := func(s float64) time.Duration {
		return time.Duration(min(longest, s) * float64(time.Second))
	}
	trials, earlier = map[bench.TrialKey]time.Duration{}, map[bench.TrialKey]time.Duration{}
	own := 0.0
	for i, key := range plan {
		if i == 0 || key.InstanceID != plan[i-1].InstanceID {
			own = median * math.Exp(r.NormFloat64()*sigma)
			if r.Float64() < 0.02 {
				own *= 6 // the tail is longer than that of the distribution
			}
		}
		trials[key] = seconds(own * math.Exp(r.NormFloat64()*spread))
		earlier[key] = seconds(own * math.Exp(before.NormFloat64()*spread))
	}
	return trials, earlier
}

// ending is a trial under way.
type ending struct {
	at    time.Duration
	place int
	trial bench.TrialKey
	took  time.Duration
}

type endings []ending

func (e endings) Len() int           { return len(e) }
func (e endings) Less(i, j int) bool { return e[i].at < e[j].at }
func (e endings) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *endings) Push(x any)        { *e = append(*e, x.(ending)) }
func (e *endings) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// outcome is what came of a simulation.
type outcome struct {
	wall, bound time.Duration
	pulls       int
	engines     map[string]int // of instances: on how many their trials ran
}

// simulate runs a plan on a virtual clock.
func (s scenario) simulate(seed uint64) outcome {
	plan := s.plan()
	took, earlier := durations(plan, rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2)))
	var total, longest time.Duration
	own := map[string]time.Duration{}
	for key, d := range took {
		total += d
		own[key.InstanceID] += d
		longest = max(longest, d)
	}
	for _, d := range own { // on an engine of its own
		longest = max(longest, d/time.Duration(s.slots))
	}
	out := outcome{engines: map[string]int{}}
	out.bound = max(longest, total/time.Duration(s.engines*s.slots))
	has := map[string]bool{} // place and instance
	name := func(at int, instance string) string { return fmt.Sprint(at, " ", instance) }
	p := &placement{places: make([]place, s.engines)}
	for at := range p.places {
		p.places[at].slots = s.slots
	}
	p.add(plan...)
	for i, in := range p.queue {
		if at := i * 7 % s.engines; s.cached {
			in.cached, has[name(at, in.name)] = []int{at}, true
		}
	}
	if s.known {
		takes := map[string]time.Duration{}
		for key, d := range earlier {
			takes[key.InstanceID] += d
		}
		p.longestFirst(takes)
	}
	ran := map[string]bool{}
	var now time.Duration
	var running endings
	gone := false
	for len(p.queue) > 0 || len(running) > 0 {
		for {
			key, at, ok := p.next()
			if !ok {
				break
			}
			e := ending{now + took[key], at, key, took[key]}
			if where := name(at, key.InstanceID); !ran[where] {
				ran[where] = true
				out.engines[key.InstanceID]++
				if !has[where] {
					has[where] = true
					out.pulls++
					e.at += pullTime
				}
			}
			heap.Push(&running, e)
		}
		e := heap.Pop(&running).(ending)
		now = e.at
		p.leave(e.place)
		if !gone && s.lost > 0 && now > time.Hour {
			gone = true
			for at := range s.lost {
				p.places[at].gone = true
			}
			left := running[:0]
			for _, r := range running { // what ran there is taken up again elsewhere
				if r.place >= s.lost {
					left = append(left, r)
					continue
				}
				p.add(r.trial)
			}
			running = slices.Clone(left)
			heap.Init(&running)
		}
	}
	out.wall = now
	return out
}

// TestPlacement: a simulated run of some hours lasts little longer than it must, and pulls
// little more than each image once. A shorter one ends when its longest task does, which
// only an earlier run tells beforehand. The table is that of docs/engines.md.
func TestPlacement(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| Engines × slots | Tasks × trials | Images | Wall | Bound | Wall / bound | " +
		"Pulls per image | Tasks on one engine |\n|---|---|---|---|---|---|---|---|\n")
	for _, c := range []struct {
		name string
		s    scenario
	}{
		{"on none", scenario{engines: 100, slots: 4, instances: 500, arms: 4, attempts: 5}},
		{"each on one", scenario{
			engines: 100, slots: 4, instances: 500, arms: 4, attempts: 5, cached: true,
		}},
		{"on none", scenario{engines: 100, slots: 8, instances: 2500, arms: 4, attempts: 1}},
		{"on none; an earlier run says how long tasks take", scenario{
			engines: 100, slots: 8, instances: 2500, arms: 4, attempts: 1, known: true,
		}},
		{"on none; an earlier run says how long tasks take", scenario{
			engines: 100, slots: 4, instances: 500, arms: 4, attempts: 5, known: true,
		}},
		{"on none", scenario{engines: 3, slots: 8, instances: 500, arms: 4, attempts: 5}},
		{"on none; 5 engines gone after 1 h", scenario{
			engines: 100, slots: 4, instances: 500, arms: 4, attempts: 5, lost: 5,
		}},
	} {
		o := c.s.simulate(7)
		alone := 0
		for _, n := range o.engines {
			if n == 1 {
				alone++
			}
		}
		perImage := float64(o.pulls) / float64(c.s.instances)
		ratio := float64(o.wall) / float64(o.bound)
		fmt.Fprintf(&table, "| %d × %d | %d × %d | %s | %s | %s | %.2f | %.2f | %.0f %% |\n",
			c.s.engines, c.s.slots, c.s.instances, c.s.arms*c.s.attempts, c.name,
			o.wall.Round(time.Minute), o.bound.Round(time.Minute), ratio, perImage,
			100*float64(alone)/float64(c.s.instances))
		if c.s.lost == 0 && (c.s.known || o.bound > 2*time.Hour) && (ratio > 1.1 || perImage > 1.2) {
			t.Errorf("%+v: wall / bound %.3f, pulls per image %.3f", c.s, ratio, perImage)
		}
	}
	doc, err := os.ReadFile("../../docs/engines.md")
	if err != nil || !strings.Contains(string(doc), table.String()) {
		t.Errorf("docs/engines.md lacks this table (%v):\n%s", err, table.String())
	}
}

// TestPlacementOrder: what decides between trials and between engines.
func TestPlacementOrder(t *testing.T) {
	t.Parallel()
	key := func(i string, n int) bench.TrialKey { return bench.TrialKey{InstanceID: i, Attempt: n} }
	p := &placement{places: []place{
		{slots: 1}, {slots: 2}, {slots: 2},
	}}
	p.add(key("a", 1), key("a", 2), key("a", 3), key("a", 4), key("a", 5), key("b", 1), key("c", 1))
	p.all["a"].cached, p.all["b"].cached = []int{1}, []int{2}
	var got []string
	step := func() {
		key, at, ok := p.next()
		if !ok {
			got = append(got, "none")
			return
		}
		got = append(got, fmt.Sprintf("%s%d on %d", key.InstanceID, key.Attempt, at))
	}
	for range 6 { // a's engine is full after two: the others go on, and then one helps with a
		step()
	}
	p.places[1].gone = true // a has another one
	p.add(key("d", 1))
	p.leave(2)
	step()
	p.leave(0)
	step()
	p.leave(2) // one round is no reason to move
	p.add(key("d", 2))
	step()
	step()
	want := []string{
		"a1 on 1", "a2 on 1", "b1 on 2", "c1 on 0", "a3 on 2", "none", "a4 on 2", "d1 on 0", "a5 on 2",
		"none",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestLongestFirst: instances of which nothing is known stay behind, in their order.
func TestLongestFirst(t *testing.T) {
	t.Parallel()
	p := &placement{places: []place{{slots: 9}}}
	for _, name := range []string{"a", "b", "c", "d"} {
		p.add(bench.TrialKey{InstanceID: name})
	}
	p.longestFirst(map[string]time.Duration{"b": time.Minute, "d": time.Hour})
	got := ""
	for range 4 {
		key, _, _ := p.next()
		got += key.InstanceID
	}
	if got != "dbac" {
		t.Error(got)
	}
}
