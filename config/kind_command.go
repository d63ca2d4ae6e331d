package config

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// command is a program that is run in the sandbox.
func command() kind {
	return kind{
		name: bench.KindCommand,
		keys: []string{"model", "command", "models"},
		reported: func(c *Configuration) bool {
			return c.Command == nil || c.Command.Gateway == nil
		},
		check: func(l *loader, at strictyaml.Path, c *Configuration) {
			l.modelKey(at, "model", c.Model, "the program's model")
			if l.block(at, "command", "command: {run: PROGRAM}", "the program to run") && c.Command != nil {
				l.checkCommand(at.Join("command"), c)
			}
		},
		models: func(c *Configuration) []string { return append(slices.Clip(c.Models), c.Model) },
		convert: func(cfg *Config, c *Configuration, to *bench.Configuration) {
			p := c.Command
			to.Command = &bench.Command{
				Run: p.Run, Usage: p.Usage, Preset: string(p.Preset), Env: p.Env.list(),
				Gateway: p.Gateway.bench(), ACP: p.acp(),
			}
			for _, name := range c.Models {
				to.Command.Models = append(to.Command.Models, cfg.BenchModel(name))
			}
		},
	}
}

// Command is a program that works on tasks in place of an agent of bench's own.
type Command struct {
	// Preset is a program that bench knows: run, env and gateway then have its values where they
	// are not given.
	Preset Preset `json:"preset,omitzero"`
	// Run is what the sandbox's shell runs in the work directory.
	Run string `json:"run,omitzero" jsonschema:"minLength=1"`
	// Protocol says how bench drives the program: plain runs it until it exits; with acp it speaks
	// the Agent Client Protocol on its standard input and output.
	Protocol Driving `json:"protocol,omitzero" jsonschema:"default=plain"`
	// ACP is how it is spoken to with protocol: acp.
	ACP *ACP `json:"acp,omitzero"`
	// Usage is the file that the program writes its model calls to: an absolute path outside the
	// work directory, or a name in a directory that bench chooses. Not with gateway. Default: none,
	// and costs are not known unless there is a gateway.
	Usage string `json:"usage,omitzero" jsonschema:"minLength=1"`
	// Env are variables of the program. In their values {gateway_url}, {gateway_token}, {model} and
	// {small_model} stand for the gateway, the name of model and that of the first of models, or
	// else of model.
	Env Variables `json:"env,omitzero"`
	// Gateway lets the program reach its models through bench, which records, bounds and pays for
	// its calls; it may be {}. Default: none, and the program reaches them by itself.
	Gateway *Gateway `json:"gateway,omitzero"`
}

// checkCommand checks the block of the program.
func (l *loader) checkCommand(at strictyaml.Path, c *Configuration) {
	applyPreset(c.Command)
	l.checkPreset(at, c)
	run, usage := at.Join("run"), at.Join("usage")
	switch {
	case !l.Has(run) && c.Command.Preset == "":
		l.Fail(l.Key(at), "", "missing key \"run\" in %s: what the shell runs in the work directory", at)
	case c.Command.Run != "" && strings.TrimSpace(c.Command.Run) == "":
		l.Fail(l.Value(run), "", "%s: expected a command, found blanks", run)
	}
	if u := c.Command.Usage; u != "" && !isFileName(u) {
		l.Fail(l.Value(usage), "", "%s: expected an absolute path, or a path without .., found %q",
			usage, u)
	}
	l.checkACP(at, c.Command)
	l.checkModels(at, c)
	l.checkEnv(at.Join("env"), c.Command)
	if c.Command.Gateway == nil {
		return
	}
	l.checkGateway(at.Join("gateway"), c)
	if l.Has(usage) {
		l.Fail(l.Key(usage), "remove it, or the gateway",
			"%s: the gateway sees what the program uses", usage)
	}
}

// checkModels checks the models that a program has besides its own.
func (l *loader) checkModels(at strictyaml.Path, c *Configuration) {
	models := at.Parent().Join("models")
	for i, name := range c.Models {
		p := models.Join(strconv.Itoa(i))
		l.knownModel(p, name)
		if name == c.Model || slices.Contains(c.Models[:i], name) {
			l.Fail(l.Value(p), "remove it", "%s: %s is given already", p, name)
		}
	}
	if l.Has(models) && !l.Has(at.Join("usage")) && c.Command.Gateway == nil {
		l.Fail(l.Key(models), "add command.usage or command.gateway, or remove it",
			"%s: nothing says which models the program calls", models)
	}
}

// isFileName reports whether a path names a file: an absolute one, or one below
// a directory that is chosen later.
func isFileName(p string) bool {
	clean := path.Clean(p)
	return p == clean && clean != "/" && clean != "." && clean != ".." &&
		!strings.HasPrefix(clean, "../")
}
