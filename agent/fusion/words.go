package fusion

import (
	"embed"
	"fmt"
	"strings"
	"text/template"

	"bench"
)

//go:embed prompts/*.tmpl
var files embed.FS

var prompts = template.Must(
	template.New("").Option("missingkey=error").ParseFS(files, "prompts/*.tmpl"))

// words renders one of the templates in prompts. They are part of the program
// and every one is rendered by a test, so one that does not render is a bug.
func words(name string, data any) string {
	var b strings.Builder
	if err := prompts.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("render prompt %s: %v", name, err))
	}
	return strings.TrimRight(b.String(), "\n")
}

// knobs are the parts of a configuration that prompts speak of.
type knobs struct {
	Parallel         int // sidekicks at once; 0: one after the other
	MaxParallelTools int // of a sidekick
	Iterations       int64
	Tools            int64 // iterations that can be spent on tools
	Cheaper          bool  // than main, per token of output
	Mandatory        bool
	Snapshot         bool
	Escalation       bool // of any kind
	Voluntary        bool
	Sentinel         string
}

func knobsOf(c bench.Configuration) knobs {
	s := c.Sidekick
	return knobs{
		Parallel: parallel(c), MaxParallelTools: s.MaxParallelTools,
		Iterations: s.Limits.Iterations, Tools: max(1, s.Limits.Iterations-1),
		Cheaper:    s.Model.Price.Output < c.Main.Price.Output,
		Mandatory:  c.Delegation == bench.DelegationMandatory,
		Snapshot:   s.Workspace != bench.WorkspaceSharedLocked,
		Escalation: c.Escalation.Voluntary() || c.Escalation.Forced(),
		Voluntary:  c.Escalation.Voluntary(), Sentinel: sentinel,
	}
}

// mainSuffix is what main is told beyond what a single agent is.
func mainSuffix(c bench.Configuration) string { return words("main.tmpl", knobsOf(c)) }

// sidekickPrompt is the system prompt of a sidekick.
func sidekickPrompt(c bench.Configuration) string { return words("sidekick.tmpl", knobsOf(c)) }

// taskDescription is what main is told of the tool task.
func taskDescription(c bench.Configuration) string { return words("description", knobsOf(c)) }
