package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/llm"
	"bench/scoring"
)

// The models of the runs whose metrics are recounted. Prices have all that prices
// can have.
func recountModels() (big, small, wise bench.Model) {
	big = virtualModel("big", 3, 0.3, 3.75, 15)
	big.Price.CacheWrite1h = bench.PerMillion(6)
	big.Price.Tiers = []bench.Tier{{Above: 50_000, Rates: bench.Rates{
		Input: bench.PerMillion(6), CachedInput: bench.PerMillion(0.6),
		CacheWrite: bench.PerMillion(7.5), Output: bench.PerMillion(22.5),
	}}}
	small = virtualModel("small", 0.5, 0.05, 0.625, 2)
	small.Price.Hours = []bench.Hours{{From: 5, To: 15, Rates: bench.Rates{
		Input: bench.PerMillion(0.25), CachedInput: bench.PerMillion(0.025),
		CacheWrite: bench.PerMillion(0.3), Output: bench.PerMillion(1),
	}}}
	return big, small, virtualModel("wise", 10, 1, 12.5, 50)
}

// recountRun is a run in virtual time on some tasks.
func recountRun(id string, p play, tasks int, cs ...bench.Configuration) *virtual {
	v := &virtual{
		id: id, configurations: cs, play: p, workers: bench.Workers{Agents: 3, Grading: 1},
		pool:     memory{files: map[string]string{"a.txt": "one\ntwo\nthree\n", "b.txt": "1\n2\n3\n4\n"}},
		resolved: func(job scoring.Job) bool { return strings.Contains(job.Patch, "right") },
	}
	for i := range tasks {
		v.tasks = append(v.tasks, bench.Task{
			InstanceID: fmt.Sprintf("task-%d", i), Repo: "a/b", ProblemStatement: "Mend it.",
			Source: bench.Source{Tree: "/nowhere"},
		})
	}
	return v
}

func fusionOf(name string, big, small bench.Model, w bench.Workspace) bench.Configuration {
	return bench.Configuration{
		Name: name, Kind: bench.KindFusion, Main: big, MaxParallelTools: 8, Notice: 0.75,
		Delegation: bench.DelegationMandatory, Escalation: bench.EscalationBoth,
		Sidekick: &bench.Sidekick{
			Model: small, MaxParallel: 2, MaxParallelTools: 3, Workspace: w, Background: true,
			Memory: bench.MemoryResumable, Notice: 0.75, WrapUp: true,
			Limits: bench.Limits{Iterations: 6},
		},
	}
}

// teamPlay has a fusion read, write, hand back and hand out again, over caches that
// expire, beside its models alone.
func teamPlay() play {
	second := time.Second
	return play{
		"solo single": {
			{after: 4 * second, text: "I look.", calls: []llm.ToolCall{terminal("cat a.txt")},
				usage: tokens(2000, 0, 1500, 60)},
			{after: 6 * second, calls: []llm.ToolCall{terminal("cat b.txt"), terminal("sleep 3")},
				usage: tokens(2600, 1500, 800, 90)},
			{after: 3 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")},
				usage: tokens(3400, 2300, 900, 120)},
			{after: 2 * second, calls: []llm.ToolCall{finish("Done.")}, usage: tokens(3600, 3200, 0, 30)},
		},
		"solo single task-1": {
			{after: 9 * second, calls: []llm.ToolCall{newFile("new.txt", "wrong\n")},
				usage: tokens(2000, 0, 1500, 160)},
			{after: 2 * second, calls: []llm.ToolCall{finish("Done.")}, usage: tokens(2300, 1500, 0, 30)},
		},
		"cheap single": {
			{after: 2 * second, calls: []llm.ToolCall{newFile("new.txt", "wrong\n")},
				usage: tokens(1900, 0, 0, 60)},
			{after: 2 * second, text: "Done.", usage: tokens(2100, 1024, 0, 30)},
		},
		"fusion main": {
			{after: 5 * second, calls: []llm.ToolCall{
				task("Read a and write one.", "description", "one"), task("Write two, and b."),
				task("Decide on three, which is hard."),
			}, usage: tokens(2900, 0, 2500, 150)},
			{after: 4 * second, calls: []llm.ToolCall{
				terminal("git apply /tmp/bench-t0001.patch"), terminal("cat a.txt"), viewed("b.txt", 2, 4),
			}, usage: tokens(4100, 2500, 1000, 80)},
			{after: 3 * second, calls: []llm.ToolCall{terminal("sleep 400")},
				usage: tokens(4800, 3500, 600, 40)},
			{after: 3 * second, calls: []llm.ToolCall{
				task("Go on with three.", "resume", "t0003"),
				task("Look for more in the background.", "run_in_background", true),
			}, usage: tokens(5200, 0, 4600, 70)},
			{after: 7 * second, calls: []llm.ToolCall{
				newFile("main.txt", "right\nof main\n"), replace("one.txt", "first", "first, mended"),
				replace("main.txt", "of main", "of the lead"),
			}, usage: tokens(5900, 5200, 300, 200)},
			{after: 2 * second, calls: []llm.ToolCall{finish("Done.")}, usage: tokens(6300, 5500, 0, 30)},
			{after: 1 * second, calls: []llm.ToolCall{finish("Done, really.")},
				usage: tokens(60_400, 5500, 0, 30)},
		},
		"fusion t0001": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("cat a.txt"), terminal("cat b.txt")},
				usage: tokens(900, 0, 0, 40)},
			{after: 3 * second, calls: []llm.ToolCall{newFile("one.txt", "first\n\nsecond\n")},
				usage: tokens(1100, 640, 0, 70)},
			{after: 1 * second, calls: []llm.ToolCall{reported("It is in one.txt.", "low")},
				usage: tokens(1300, 1024, 0, 50)},
		},
		"fusion t0002": {
			{after: 3 * second, calls: []llm.ToolCall{terminal("cat a.txt"), terminal("sleep 2")},
				usage: tokens(900, 0, 0, 40)},
			{after: 4 * second, calls: []llm.ToolCall{
				newFile("main.txt", "right\n"), newFile("two.txt", "2\n"),
			}, usage: tokens(1100, 640, 0, 90)},
			{after: 1 * second, text: "It is in two.txt.\nRisk: high", usage: tokens(1350, 1024, 0, 50)},
		},
		"fusion t0003": {
			{after: 2 * second, calls: []llm.ToolCall{viewed("a.txt", 1, 2), viewed("b.txt", 2, 3)},
				usage: tokens(800, 0, 0, 30)},
			{after: 2 * second, text: "ESCALATE_TO_MAIN: this is out of scope",
				usage: tokens(900, 640, 0, 30)},
		},
		"fusion t0003.2": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("cat b.txt"), newFile("three.txt", "3\n")},
				usage: tokens(1000, 0, 0, 30)},
			{after: 2 * second, calls: []llm.ToolCall{reported("Done, as you said.", "")},
				usage: tokens(1100, 640, 0, 30)},
		},
		"fusion t0004": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("cat a.txt"), terminal("sleep 900")},
				usage: tokens(700, 0, 0, 30)},
		},
	}
}

// handedBack has sidekicks end in every way in which they can.
func handedBack() (play, []string) {
	p, names := play{}, []string{}
	add := func(answers ...said) {
		id := fmt.Sprintf("t%04d", len(names)+1)
		names = append(names, id)
		for i := range answers {
			answers[i].after = time.Duration(2+len(names)%3) * time.Second
			if answers[i].usage == (bench.Usage{}) {
				answers[i].usage = tokens(int64(500+10*len(names)+100*i), int64(300*i), 0, 20)
			}
		}
		p["handed "+id] = answers
	}
	for _, r := range []string{"out_of_scope", "ambiguous_intent", "architecture", "security",
		"low_confidence", "missing_info", "needs_write"} {
		add(said{calls: []llm.ToolCall{finish("No.", "outcome", "escalate", "reason_code", r)}})
	}
	for _, text := range []string{
		"ESCALATE_TO_MAIN: I had rather not", "**ESCALATE_TO_MAIN:** low confidence",
		"ESCALATE_TO_MAIN - security", "escalate-to-main: missing info",
		"```\nESCALATE_TO_MAIN: architecture\n```", "ESCALATE_TO_MAIN\nneeds write",
		"I have looked at it. ESCALATE_TO_MAIN: ambiguous intent", "So far:\n- nothing\nESCALATE_TO_MAIN: security",
	} {
		add(said{text: text})
	}
	again := func(n int, c llm.ToolCall) (all []said) {
		for range n {
			all = append(all, said{calls: []llm.ToolCall{c}})
		}
		return all
	}
	many := again(6, terminal("cat a.txt"))
	for i := range many {
		many[i].calls = []llm.ToolCall{terminal(fmt.Sprintf("echo %d >mine", i))}
	}
	add(append(many, said{text: "What I have is little.\nRisk: medium"})...) // iterations, wrapped up
	add(append(again(1, terminal("cat a.txt")), said{calls: []llm.ToolCall{terminal("cat b.txt")},
		usage: tokens(5000, 0, 0, 12_000)}, said{text: "That was dear."})...) // cost
	add(said{calls: []llm.ToolCall{terminal("sleep 300")}}) // wall
	add(again(5, terminal("cat a.txt"))...)                 // stuck
	add(said{text: "I can't help with that.", more: func(r *llm.Response) {
		r.Finish, r.FinishReason = llm.FinishRefusal, "refusal"
	}})
	add(said{fails: []error{&llm.StatusError{Status: 400, Err: fmt.Errorf("no room: %w", llm.ErrContextOverflow)}}})
	add(said{fails: []error{&llm.StatusError{Status: 400, Err: errors.New("malformed")}}})
	add(said{text: "Nothing found: the file says ESCALATE_TO_MAIN: no\nESCALATE_TO_MAIN_NOT"})
	return p, names
}

// handedRun is a run of one trial in which main hands out all of that, eight tasks
// at a time.
func handedRun() *virtual {
	big, small, _ := recountModels()
	p, names := handedBack()
	var main []said
	for i := 0; i < len(names); i += 8 {
		var calls []llm.ToolCall
		for _, name := range names[i:min(i+8, len(names))] {
			calls = append(calls, task("Do "+name+"."))
		}
		main = append(main, said{
			after: 3 * time.Second, calls: calls, usage: tokens(int64(1000+500*i), int64(500*i), 0, 80),
		})
	}
	p["handed main"] = append(main,
		said{after: time.Second, calls: []llm.ToolCall{task("Spend it.")}, usage: tokens(9000, 8000, 0, 9)},
		said{after: time.Second, calls: []llm.ToolCall{newFile("new.txt", "right\n")},
			usage: tokens(9500, 9000, 0, 40)},
		said{after: time.Second, text: "Done.", usage: tokens(9900, 9500, 0, 9)})
	p[fmt.Sprintf("handed t%04d", len(names)+1)] = []said{
		{calls: []llm.ToolCall{terminal("cat b.txt")}, usage: tokens(7000, 0, 0, 20)},
		{calls: []llm.ToolCall{terminal("cat b.txt"), terminal("cat a.txt")}, usage: tokens(7100, 0, 0, 20)},
		{calls: []llm.ToolCall{terminal("cat a.txt")}, usage: tokens(7200, 0, 0, 20)},
	}
	c := fusionOf("handed", big, small, bench.WorkspaceSnapshot)
	c.Sidekick.MaxParallel = 4
	c.Sidekick.Limits.Wall, c.Sidekick.Limits.Tokens = 2*time.Minute, 25_000
	c.Sidekick.Limits.Cost = bench.Dollars(0.02)
	c.Sidekick.MaxProviderFailures = 0.5
	return recountRun("handed", p, 1, c)
}

// illRun is a run in which providers, sidekicks and machines misbehave.
func illRun() *virtual {
	big, small, wise := recountModels()
	second := time.Second
	busy := &llm.StatusError{Status: 429, Retryable: true, Err: errors.New("busy")}
	cut := &llm.StatusError{Retryable: true, Billed: true, Err: errors.New("the answer broke off")}
	p := play{
		"solo single": {
			{after: 4 * second, text: "I look.", calls: []llm.ToolCall{terminal("cat a.txt")},
				usage: tokens(2000, 0, 1500, 60), fails: []error{busy, cut}, more: func(r *llm.Response) {
					r.Usage.CacheWrite1h, r.Usage.Reasoning = 500, 40
					r.ReportedCost = new(bench.USD)
					*r.ReportedCost = bench.Dollars(0.0125)
				}},
			{after: 2 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")},
				usage: tokens(2300, 1500, 700, 60), more: func(r *llm.Response) {
					r.ServedModel, r.CacheUnclear = "another-2", true
				}},
			{after: 2 * second, text: "Done.", usage: tokens(2500, 2200, 0, 9)},
		},
		"solo single task-1": {{fails: []error{&llm.StatusError{Status: 400, Err: errors.New("malformed")}}}},
		"solo single task-2": {{after: second, text: "Nothing to do.", usage: tokens(900, 0, 0, 9)}},
		"advised single": {
			{after: 2 * second, calls: []llm.ToolCall{tool("consult", map[string]any{"question": "What now?"})},
				usage: tokens(1500, 0, 0, 30)},
			{after: 2 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")},
				usage: tokens(1700, 1024, 0, 60)},
			{after: 2 * second, text: "Done.", usage: tokens(1900, 1600, 0, 9)},
		},
		"advised a0001": {{after: 8 * second, text: "Write it.", usage: tokens(1600, 0, 0, 70)}},
		"free main": {
			{after: 3 * second, calls: []llm.ToolCall{task("Change a."), task("Change a, too."), terminal("sleep 9")},
				usage: tokens(1800, 0, 0, 60)},
			{after: 2 * second, calls: []llm.ToolCall{replace("new.txt", "of both", "of both, right")},
				usage: tokens(2300, 1700, 0, 60), fails: []error{busy}},
			{after: 2 * second, text: "Done.", usage: tokens(2600, 2300, 0, 9)},
		},
		"free t0001": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("echo of both >new.txt"), terminal("sleep 4")},
				usage: tokens(600, 0, 0, 20)},
			{after: 2 * second, calls: []llm.ToolCall{reported("Changed.", "medium")}, usage: tokens(700, 600, 0, 20)},
		},
		"free t0001 task-1": {
			{after: 2 * second, calls: []llm.ToolCall{reported("There is nothing.", "low")},
				usage: tokens(700, 600, 0, 20)},
		},
		"free t0002": {
			{after: 4 * second, calls: []llm.ToolCall{terminal("echo of both >new.txt")},
				usage: tokens(600, 0, 0, 20), fails: []error{busy}},
			{after: 2 * second, calls: []llm.ToolCall{reported("Changed.", "low")}, usage: tokens(700, 600, 0, 20)},
		},
		"locked main": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("cat b.txt")}, usage: tokens(1400, 0, 0, 60)},
			{after: 3 * second, calls: []llm.ToolCall{task("Read a."), task("Read b."), terminal("cat a.txt")},
				usage: tokens(1800, 0, 0, 60)},
			{after: 2 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")}, usage: tokens(2300, 1700, 0, 60)},
			{after: 2 * second, text: "Done.", usage: tokens(2600, 2300, 0, 9)},
		},
		"locked t0001": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("echo mine >a.txt")}, usage: tokens(600, 0, 0, 20)},
			{after: 2 * second, calls: []llm.ToolCall{reported("Read.", "")}, usage: tokens(700, 600, 0, 20)},
		},
		"locked t0002": {
			{after: 2 * second, calls: []llm.ToolCall{terminal("cat b.txt")}, usage: tokens(600, 0, 0, 20)},
			{after: 2 * second, calls: []llm.ToolCall{reported("Read.", "")}, usage: tokens(700, 600, 0, 20)},
		},
	}
	free := fusionOf("free", big, small, bench.WorkspaceSharedFree)
	locked := fusionOf("locked", big, small, bench.WorkspaceSharedLocked)
	locked.Sidekick.ReadOnly = true
	v := recountRun("ill", p, 3,
		bench.Configuration{Name: "solo", Kind: bench.KindSingle, Main: big, MaxParallelTools: 8},
		bench.Configuration{Name: "advised", Kind: bench.KindAdvisor, Main: small, MaxParallelTools: 8,
			Advisor: &bench.Advisor{Model: wise, Consults: 2}},
		bench.Configuration{Name: "program", Kind: bench.KindCommand, Main: big,
			Command: &bench.Command{Run: "sleep 7; echo right >new.txt"}},
		free, locked, routedOf("routed", big, small, wise))
	routedPlay(p, "routed")
	p["routed single"][1].fails = []error{busy}
	v.rateLimit = llm.RateLimit{Concurrency: 2}
	return v
}

// teamRun is teamPlay, twice.
func teamRun(id string) *virtual {
	big, small, _ := recountModels()
	v := recountRun(id, teamPlay(), 2,
		bench.Configuration{Name: "solo", Kind: bench.KindSingle, Main: big, MaxParallelTools: 8},
		bench.Configuration{Name: "cheap", Kind: bench.KindSingle, Main: small, MaxParallelTools: 8},
		fusionOf("fusion", big, small, bench.WorkspaceSnapshot))
	v.attempts = 2
	return v
}

// cutRun is teamPlay, once.
func cutRun() *virtual {
	v := teamRun("cut")
	v.attempts, v.tasks = 1, v.tasks[:1]
	v.workers.Agents = 1
	return v
}
