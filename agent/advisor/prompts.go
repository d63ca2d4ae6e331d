package advisor

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
	Consults int64 // 0 is unlimited
	Dearer   bool  // than the executor, per token of output
}

func promptDataOf(c bench.Configuration) promptData {
	return promptData{
		Consults: c.Advisor.Consults,
		Dearer:   c.Advisor.Model.Price.Output > c.Main.Price.Output,
	}
}

// executorSuffix is what the executor is told beyond what a single agent is.
func executorSuffix(c bench.Configuration) string {
	return render("executor.tmpl", promptDataOf(c))
}

// consultDescription is what the executor is told of the tool consult.
func consultDescription(c bench.Configuration) string {
	return render("description", promptDataOf(c))
}

// advisorPrompt is the system prompt of an advisor. It is the same in all
// trials.
func advisorPrompt() string { return render("advisor.tmpl", nil) }
