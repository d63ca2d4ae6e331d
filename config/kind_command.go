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
		name:     bench.KindCommand,
		keys:     []string{"model", "command", "models"},
		reported: true,
		check: func(l *loader, at strictyaml.Path, c *Configuration) {
			l.modelKey(at, "model", c.Model, "the model of reported calls that name none")
			if l.block(at, "command", "command: {run: PROGRAM}", "the program to run") && c.Command != nil {
				l.checkCommand(at.Join("command"), c)
			}
		},
		models: func(c *Configuration) []string { return append(slices.Clip(c.Models), c.Model) },
		convert: func(cfg *Config, c *Configuration, to *bench.Configuration) {
			to.Command = &bench.Command{Run: c.Command.Run, Usage: c.Command.Usage}
			for _, name := range c.Models {
				to.Command.Models = append(to.Command.Models, cfg.BenchModel(name))
			}
		},
	}
}

// Command is a program that works on tasks in place of an agent of bench's own.
type Command struct {
	// Run is what the sandbox's shell runs in the work directory.
	Run string `json:"run,omitzero" jsonschema:"minLength=1"`
	// Usage is the file that the program writes its model calls to: an absolute path outside the
	// work directory, or a name in a directory that bench chooses. Default: none, and costs are
	// not known.
	Usage string `json:"usage,omitzero" jsonschema:"minLength=1"`
}

// checkCommand checks the block of the program.
func (l *loader) checkCommand(at strictyaml.Path, c *Configuration) {
	run, usage := at.Join("run"), at.Join("usage")
	switch {
	case !l.Has(run):
		l.Fail(l.Key(at), "", "missing key \"run\" in %s: what the shell runs in the work directory", at)
	case c.Command.Run != "" && strings.TrimSpace(c.Command.Run) == "":
		l.Fail(l.Value(run), "", "%s: expected a command, found blanks", run)
	}
	if u := c.Command.Usage; u != "" && !isFileName(u) {
		l.Fail(l.Value(usage), "", "%s: expected an absolute path, or a path without .., found %q",
			usage, u)
	}
	models := at.Parent().Join("models")
	for i, name := range c.Models {
		p := models.Join(strconv.Itoa(i))
		l.knownModel(p, name)
		if name == c.Model || slices.Contains(c.Models[:i], name) {
			l.Fail(l.Value(p), "remove it", "%s: %s is given already", p, name)
		}
	}
	if l.Has(models) && !l.Has(usage) {
		l.Fail(l.Key(models), "add command.usage, or remove it",
			"%s: without command.usage no reports name models", models)
	}
}

// isFileName reports whether a path names a file: an absolute one, or one below
// a directory that is chosen later.
func isFileName(p string) bool {
	clean := path.Clean(p)
	return p == clean && clean != "/" && clean != "." && clean != ".." &&
		!strings.HasPrefix(clean, "../")
}
