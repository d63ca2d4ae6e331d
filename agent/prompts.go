package agent

import (
	"embed"
	"fmt"
	"math"
	"strings"
	"sync"

	template "github.com/DataDog/datadog-agent/pkg/template/text"

	"bench"
)

//go:embed prompts/*.tmpl
var files embed.FS

var prompts = ParsePrompts(files)

func render(name string, data any) string { return prompts.Render(name, data) }

// Prompts are the templates of a package's folder prompts. They are part of
// the program and every one is rendered by a test, so one that does not parse
// or render is a bug, and panics. They are parsed when the first is rendered: most
// commands render none.
type Prompts struct{ parsed func() *template.Template }

// ParsePrompts parses prompts/*.tmpl.
func ParsePrompts(files embed.FS) Prompts {
	return Prompts{sync.OnceValue(func() *template.Template {
		return template.Must(
			template.New("").Option("missingkey=error").ParseFS(files, "prompts/*.tmpl"))
	})}
}

// Render renders one of the templates, without a newline at its end.
func (p Prompts) Render(name string, data any) string {
	var b strings.Builder
	if err := p.parsed().ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("render prompt %s: %v", name, err))
	}
	return strings.TrimRight(b.String(), "\n")
}

// SolverPrompt is the system prompt of the agent that answers for a whole task: the
// single agent, and the main agent before it is told of its sidekicks. It says
// nothing of the task, so that all trials of a configuration share it.
func SolverPrompt(c bench.Configuration) string {
	return render("solver.tmpl", struct {
		MaxParallelTools int
		Iterations       int64
		Offline          bool
	}{c.MaxParallelTools, c.Limits.Iterations, c.Offline})
}

// FirstMessage is the first user message: where the work is, and what it is.
func FirstMessage(workdir, text string) string {
	return render("first.tmpl", struct{ Workdir, Text string }{workdir, text})
}

func noticePrompt(role bench.Role, resource bench.Resource, last bool, share float64) string {
	return render("notice", struct {
		Last, Sidekick bool
		Percent        int
		Resource       string
	}{last, role == bench.RoleSidekick, int(math.Round(share * 100)), resourceNames[resource]})
}

// resourceNames are the resources as a model is told of them.
var resourceNames = map[bench.Resource]string{
	bench.ResourceIterations: "model calls",
	bench.ResourceCost:       "money",
	bench.ResourceTokens:     "tokens",
	bench.ResourceWall:       "time",
}
