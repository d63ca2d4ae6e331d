package swebench_test

import (
	"slices"
	"testing"

	"bench"
	"bench/scoring/swebench"
)

// TestReward: the last reward of a log decides, whatever was printed before it.
func TestReward(t *testing.T) {
	t.Parallel()
	task := bench.Task{
		InstanceID: "x", FailToPass: []string{swebench.RewardTest},
		Judging: &bench.Judging{Set: "harbor", Verifier: &bench.Verifier{}},
	}
	for log, want := range map[string]struct {
		resolved, found, forged bool
	}{
		"ok\n>>>>> Reward: reward.txt\n1\n\n":                                    {resolved: true, found: true},
		"ok\n>>>>> Reward: reward.txt\n1.0\n":                                    {resolved: true, found: true},
		"ok\n>>>>> Reward: reward.txt\n0.99\n":                                   {found: true},
		"ok\n>>>>> Reward: reward.txt\n-1\n":                                     {found: true},
		"ok\n>>>>> Reward: reward.txt\nNaN\n":                                    {},
		"ok\n>>>>> Reward: reward.txt\n\n":                                       {},
		"ok\n>>>>> Reward: none\n\n":                                             {},
		"ok\n":                                                                   {},
		"\n>>>>> Reward: reward.json\n{\"reward\": 1, \"p\": 0}\n":               {resolved: true, found: true},
		"\n>>>>> Reward: reward.json\n{\"passed\": 1}\n":                         {resolved: true, found: true},
		"\n>>>>> Reward: reward.json\n{\"a\": 1, \"b\": 1}\n":                    {},
		"\n>>>>> Reward: reward.json\n{\"reward\": true}\n":                      {},
		"\n>>>>> Reward: reward.txt\n1\n\n>>>>> Reward: reward.txt\n0\n":         {found: true, forged: true},
		"\n>>>>> Reward: reward.txt\n1\n\n>>>>> Reward: none\n\n":                {forged: true},
		"\n>>>>> Reward: reward.json\n{}\n\n>>>>> Reward: reward.txt\n1 extra\n": {forged: true},
	} {
		g, err := swebench.Judge(task, swebench.V5, []byte(log))
		if err != nil || g.Resolved == nil {
			t.Fatalf("%q: %v, %+v", log, err, g)
		}
		forged := slices.Contains(g.Flags, swebench.FlagForgedMarkers)
		if *g.Resolved != want.resolved || g.Found != want.found || forged != want.forged {
			t.Errorf("%q: resolved %v, found %v, forged %v", log, *g.Resolved, g.Found, forged)
		}
		if n := len(g.FailToPass.Success) + len(g.FailToPass.Failure); g.Found && n != 1 {
			t.Errorf("%q: %+v", log, g.FailToPass)
		}
	}
}
