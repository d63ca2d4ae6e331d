package config

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// kindsOf are the kinds that a key of a configuration is for; what is not
// listed is for all.
var kindsOf = []struct {
	key   string
	kinds []bench.Kind
}{
	{"model", []bench.Kind{bench.KindSingle, bench.KindAdvisor, bench.KindCommand}},
	{"main", []bench.Kind{bench.KindFusion}},
	{"max_parallel_tools", []bench.Kind{bench.KindSingle, bench.KindFusion, bench.KindAdvisor}},
	{"notice", []bench.Kind{bench.KindSingle, bench.KindFusion, bench.KindAdvisor}},
	{"sidekick", []bench.Kind{bench.KindFusion}},
	{"delegation", []bench.Kind{bench.KindFusion}},
	{"escalation", []bench.Kind{bench.KindFusion}},
	{"strict", []bench.Kind{bench.KindFusion}},
	{"show_costs", []bench.Kind{bench.KindFusion, bench.KindAdvisor}},
	{"advisor", []bench.Kind{bench.KindAdvisor}},
	{"command", []bench.Kind{bench.KindCommand}},
	{"models", []bench.Kind{bench.KindCommand}},
}

func (l *loader) checkConfiguration(at strictyaml.Path, c *Configuration) {
	limits := &l.cfg.Limits
	c.Limits = Limits{
		Iterations: cmp.Or(c.Limits.Iterations, limits.Iterations),
		CostUSD:    cmp.Or(c.Limits.CostUSD, limits.CostUSD),
		Tokens:     cmp.Or(c.Limits.Tokens, limits.Tokens),
		Wall:       cmp.Or(c.Limits.Wall, limits.Wall),
	}
	if c.Kind == "" { // reported where it is decoded
		return
	}
	for _, k := range kindsOf {
		if !slices.Contains(k.kinds, c.Kind) {
			l.onlyFor(at, "kind "+spoken(k.kinds), k.key)
		}
	}
	if c.Kind != bench.KindFusion {
		c.Delegation, c.Escalation = "", ""
	}
	switch c.Kind {
	case bench.KindSingle:
		l.lead(at, "model", c.Model, "the model of the agent", c)
	case bench.KindFusion:
		l.lead(at, "main", c.Main, "the model of the main agent", c)
		if l.block(at, "sidekick", "sidekick: {model: NAME}", "the agents that main delegates to") &&
			c.Sidekick != nil {
			l.checkSidekick(at.Join("sidekick"), c)
		}
	case bench.KindAdvisor:
		l.lead(at, "model", c.Model, "the model of the agent", c)
		if l.block(at, "advisor", "advisor: {model: NAME}", "the model that the agent may ask") &&
			c.Advisor != nil {
			l.checkAdvisor(at.Join("advisor"), c)
		}
	case bench.KindCommand:
		c.MaxParallelTools, c.Notice = 0, nil
		l.modelKey(at, "model", c.Model, "the model of reported calls that name none")
		if l.block(at, "command", "command: {run: PROGRAM}", "the program to run") && c.Command != nil {
			l.checkCommand(at.Join("command"), c)
		}
	}
}

// spoken lists kinds as a sentence does.
func spoken(kinds []bench.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// lead checks the model of the agent that answers for a task.
func (l *loader) lead(at strictyaml.Path, key, model, what string, c *Configuration) {
	l.modelKey(at, key, model, what)
	l.affordable(at.Join(key), at+"/limits/cost_usd", "limits/cost_usd", model, c.Limits.CostUSD)
}

// block reports a mapping that a kind cannot do without.
func (l *loader) block(at strictyaml.Path, key, hint, what string) bool {
	if l.Has(at.Join(key)) {
		return true
	}
	l.Fail(l.Key(at), hint, "missing key %q in %s: %s", key, at, what)
	return false
}

func (l *loader) checkAdvisor(at strictyaml.Path, c *Configuration) {
	a, cost := c.Advisor, at.Join("cost_usd")
	l.modelKey(at, "model", a.Model, "the model of the advisor")
	if l.Has(cost) {
		l.affordable(at.Join("model"), cost, cost, a.Model, a.CostUSD)
	}
	l.checkBounds(at, []bound{
		{"cost_usd", "cost", "a consultation", a.CostUSD > c.Limits.CostUSD,
			bench.Dollars(a.CostUSD), bench.Dollars(c.Limits.CostUSD)},
		{"tokens", "tokens", "a consultation", c.Limits.Tokens > 0 && a.Tokens > c.Limits.Tokens,
			a.Tokens, c.Limits.Tokens},
	})
}

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
