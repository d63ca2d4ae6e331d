package fusion

import (
	"embed"

	"bench"
	"bench/agent"
)

//go:embed prompts/*.tmpl
var files embed.FS

var prompts = agent.ParsePrompts(files)

func render(name string, data any) string { return prompts.Render(name, data) }

// promptData are the parts of a configuration that prompts speak of.
type promptData struct {
	Parallel         int // sidekicks at once; 0: one after the other
	MaxParallelTools int // of a sidekick
	Iterations       int64
	Tools            int64 // iterations that can be spent on tools
	Cheaper          bool  // than main, per token of output
	Mandatory        bool
	Snapshot, Free   bool // the workspace mode; neither is shared_locked
	ReadOnly         bool
	Resumable        bool
	Persistent       bool
	Background       bool
	Issue, Fork      bool // what a sidekick knows beside its brief
	Short            bool // briefs
	Costs            bool // main sees them
	Strict           bool
	Escalation       bool // of any kind
	Voluntary        bool
	Sentinel         string
	Offline          bool // agents reach no network
}

func promptDataOf(c bench.Configuration) promptData {
	s := c.Sidekick
	escalation := c.Escalation.Voluntary() || c.Escalation.Forced()
	return promptData{
		Parallel: parallel(c), MaxParallelTools: s.MaxParallelTools,
		Iterations: s.Limits.Iterations, Tools: max(1, s.Limits.Iterations-1),
		Cheaper:    s.Model.Price.Output < c.Main.Price.Output,
		Mandatory:  c.Delegation == bench.DelegationMandatory,
		Snapshot:   s.Workspace == bench.WorkspaceSnapshot || s.Workspace == "",
		Free:       s.Workspace == bench.WorkspaceSharedFree,
		ReadOnly:   s.ReadOnly,
		Resumable:  s.Memory == bench.MemoryResumable,
		Persistent: s.Memory == bench.MemoryPersistent,
		Background: s.Background,
		Issue:      s.Context == bench.ContextIssue, Fork: s.Context == bench.ContextFork,
		Short:      s.Brief == bench.BriefShort,
		Costs:      c.ShowCosts,
		Strict:     c.Strict && escalation,
		Escalation: escalation,
		Voluntary:  c.Escalation.Voluntary(), Sentinel: sentinel,
		Offline: c.Offline,
	}
}

// parallel is how many sidekicks can be at work at the same time, 0 if no more
// than one.
func parallel(c bench.Configuration) int {
	s := c.Sidekick
	n := min(s.MaxParallel, c.MaxParallelTools)
	if n < 2 || s.Workspace == bench.WorkspaceSharedLocked || s.Memory == bench.MemoryPersistent {
		return 0
	}
	return n
}

// mainSuffix is what main is told beyond what a single agent is.
func mainSuffix(c bench.Configuration) string { return render("main.tmpl", promptDataOf(c)) }

// sidekickPrompt is the system prompt of a sidekick.
func sidekickPrompt(c bench.Configuration) string {
	return render("sidekick.tmpl", promptDataOf(c))
}

// taskDescription is what main is told of the tool task.
func taskDescription(c bench.Configuration) string { return render("description", promptDataOf(c)) }
