package config

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// router is one agent whose model may change from turn to turn.
func router() kind {
	return kind{
		name: bench.KindRouter,
		keys: []string{"model", "max_parallel_tools", "notice", "router"},
		check: func(l *loader, at strictyaml.Path, c *Configuration) {
			l.lead(at, "model", c.Model, "the model of the turns that nothing sends elsewhere", c)
			if l.block(at, "router", "router: {rules: [{model: NAME, failed_tests: 2..}]}",
				"what sends turns to other models") && c.Router != nil {
				l.checkRouter(at.Join("router"), c)
			}
		},
		models: func(c *Configuration) []string { return append(c.Router.models(), c.Model) },
		convert: func(cfg *Config, c *Configuration, to *bench.Configuration) {
			to.Router = c.Router.bench(cfg, c.Model)
		},
	}
}

// Router says which model takes a turn: that of the first rule that holds, else the one that ask
// chooses, else model.
type Router struct {
	// Rules send turns to models. The first that holds counts.
	Rules []RouteRule `json:"rules,omitzero"`
	// Ask has a model choose where no rule holds. Default: nobody is asked.
	Ask *RouteAsk `json:"ask,omitzero"`
	// Tests is a regular expression that terminal commands match which run tests. Default: those of
	// the usual programs, such as pytest, go test and make check.
	Tests string `json:"tests,omitzero" jsonschema:"minLength=1"`
}

// usualTests are commands that run tests.
const usualTests = `(^|[\s;&|(/])(pytest|py\.test|tox|nox|nosetests|unittest|runtests\.py|` +
	`runtests|bin/test|manage\.py test|go test|cargo test|npm test|npm run test|yarn test|jest|` +
	`vitest|mocha|rspec|rake test|phpunit|mvn test|gradle test|gradlew test|ctest|make test|` +
	`make check)([\s;&|)]|$)`

// RouteRule sends turns to a model before which all of its conditions hold. Numbers are written 5,
// 3..8, 2.. (at least) or ..5 (at most).
type RouteRule struct {
	// Model that takes the turn.
	Model string `json:"model,omitzero" jsonschema:"minLength=1"`
	// Turn is the number of the turn that is to come, from 1.
	Turn Within `json:"turn,omitzero"`
	// Phase is explore until a file is changed, edit until tests are run since the last change, and
	// then verify.
	Phase bench.WorkPhase `json:"phase,omitzero"`
	// LastTool is the tool that was called last: terminal or file_editor.
	LastTool RouteTool `json:"last_tool,omitzero"`
	// FailedTests is how many runs of tests have failed in a row, up to now: commands that tests fits
	// and that end with another exit status than 0.
	FailedTests Within `json:"failed_tests,omitzero"`
	// ToolErrors is how many tool calls went wrong in a row, up to now.
	ToolErrors Within `json:"tool_errors,omitzero"`
	// ContextTokens is how long the conversation is, as the model of the turn before counts it.
	ContextTokens Within `json:"context_tokens,omitzero"`
	// CostUSD is what the trial has cost so far, in USD.
	CostUSD WithinUSD `json:"cost_usd,omitzero"`
	// TurnsOnModel is how many turns in a row the model of the turn before has taken.
	TurnsOnModel Within `json:"turns_on_model,omitzero"`
}

// RouteAsk is a model that is asked, before each turn for which no rule holds, who shall take it.
// Its calls draw from the trial's limits. If it fails, or names none of the choices, the turn is
// model's.
type RouteAsk struct {
	// Model that is asked.
	Model string `json:"model,omitzero" jsonschema:"minLength=1"`
	// Choices are the models that it may choose, each with what it is told of when to.
	Choices Names `json:"choices,omitzero"`
}

// RouteTool is a tool of the agent.
type RouteTool string

// Choices returns the tools that do not end the work.
func (RouteTool) Choices() []string { return []string{"terminal", "file_editor"} }

// routeFacts are what conditions speak of.
var routeFacts = []bench.RouteFact{
	bench.FactTurn, bench.FactPhase, bench.FactLastTool, bench.FactFailedTests, bench.FactToolErrors,
	bench.FactContext, bench.FactCost, bench.FactStay,
}

// conditions are those of the rule that are given, in the order of its keys.
func (r RouteRule) conditions() (out []bench.RouteCondition) {
	word := func(fact bench.RouteFact, word string) {
		if word != "" {
			out = append(out, bench.RouteCondition{Fact: fact, Text: word, Word: word})
		}
	}
	number := func(fact bench.RouteFact, n Within) {
		if n.text != "" {
			out = append(out, bench.RouteCondition{Fact: fact, Text: n.text, Range: n.span})
		}
	}
	number(bench.FactTurn, r.Turn)
	word(bench.FactPhase, string(r.Phase))
	word(bench.FactLastTool, string(r.LastTool))
	number(bench.FactFailedTests, r.FailedTests)
	number(bench.FactToolErrors, r.ToolErrors)
	number(bench.FactContext, r.ContextTokens)
	number(bench.FactCost, Within(r.CostUSD))
	number(bench.FactStay, r.TurnsOnModel)
	return out
}

func (r RouteRule) bench() bench.RouteRule {
	return bench.RouteRule{Model: r.Model, When: r.conditions()}
}

// models are those that are named.
func (r *Router) models() (names []string) {
	if r == nil {
		return nil
	}
	for _, rule := range r.Rules {
		names = append(names, rule.Model)
	}
	if r.Ask != nil {
		names = append(names, r.Ask.Model)
		for _, c := range r.Ask.Choices {
			names = append(names, c.Name)
		}
	}
	return names
}

// bench is the router as everybody uses it, of a configuration whose own model is main.
func (r *Router) bench(cfg *Config, main string) *bench.Router {
	out := &bench.Router{Tests: cmp.Or(r.Tests, usualTests)}
	seen := []string{main}
	add := func(name string) {
		if !slices.Contains(seen, name) {
			seen = append(seen, name)
			out.Models = append(out.Models, cfg.BenchModel(name))
		}
	}
	for _, rule := range r.Rules {
		add(rule.Model)
		out.Rules = append(out.Rules, rule.bench())
	}
	if r.Ask != nil {
		out.Ask = &bench.RouteAsk{Model: cfg.BenchModel(r.Ask.Model)}
		for _, c := range r.Ask.Choices {
			add(c.Name)
			out.Ask.Choices = append(out.Ask.Choices, bench.RouteChoice{Model: c.Name, When: c.Value})
		}
	}
	return out
}

// checkRouter checks the block that sends turns to models.
func (l *loader) checkRouter(at strictyaml.Path, c *Configuration) {
	r := c.Router
	if _, err := regexp.Compile(r.Tests); err != nil {
		l.Fail(l.Value(at.Join("tests")), "", "%s: expected a regular expression: %s", at.Join("tests"),
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	rules, ask := at.Join("rules"), at.Join("ask")
	if len(r.Rules) == 0 && !l.Has(ask) {
		l.Fail(l.Key(at), "add rules or ask, or use kind: single",
			"%s: nothing sends a turn to another model than %s", at, c.Model)
	}
	for i := range r.Rules {
		l.checkRule(rules, i, c)
	}
	if r.Ask != nil {
		l.checkAsk(ask, c)
	}
}

// checkRule checks a rule, and that it can be the first that holds.
func (l *loader) checkRule(rules strictyaml.Path, i int, c *Configuration) {
	at, rule := rules.Join(strconv.Itoa(i)), c.Router.Rules[i].bench()
	l.modelKey(at, "model", rule.Model, "the model that takes the turn")
	l.routable(at.Join("model"), rule.Model, c)
	if len(rule.When) == 0 {
		given := func(f bench.RouteFact) bool { return l.Has(at.Join(string(f))) }
		if slices.ContainsFunc(routeFacts, given) {
			return // what is wrong with it was reported when it was decoded
		}
		l.Fail(l.Value(at), "give a condition, or make it the configuration's model",
			"%s: a rule without conditions leaves nothing to those after it", at)
		return
	}
	for _, when := range rule.When {
		p, possible := at.Join(string(when.Fact)), possible(when.Fact, c)
		if when.Word == "" && when.Apart(possible) {
			l.Fail(l.Value(p), "", "%s: it never holds: %s is %s here", p, when.Fact,
				spelled(when.Fact, possible))
			return
		}
	}
	for _, before := range c.Router.Rules[:i] {
		if b := before.bench(); len(b.When) > 0 && b.Covers(rule) {
			l.Fail(l.Value(at), "put it before that one, or remove it",
				"%s: it is never reached: the rule {%s} above it holds wherever it does", at, b)
			return
		}
	}
}

// possible are the numbers that a fact can be before a turn of a configuration.
func possible(fact bench.RouteFact, c *Configuration) (r bench.Range) {
	most := int64(0)
	switch fact {
	case bench.FactTurn:
		r.Min, most = 1, c.Limits.Iterations
	case bench.FactStay:
		most = c.Limits.Iterations - 1
	case bench.FactCost:
		most = int64(bench.Dollars(c.Limits.CostUSD))
	case bench.FactPhase, bench.FactLastTool, bench.FactFailedTests, bench.FactToolErrors,
		bench.FactContext:
	}
	if most > 0 {
		r.Max = &most
	}
	return r
}

// spelled is what values a fact can have.
func spelled(fact bench.RouteFact, r bench.Range) string {
	amount := func(n int64) string {
		if fact == bench.FactCost {
			return bench.USD(n).String()
		}
		return strconv.FormatInt(n, 10)
	}
	if r.Max == nil {
		return "at least " + amount(r.Min)
	}
	return amount(r.Min) + " to " + amount(*r.Max)
}

// checkAsk checks who is asked, and what may be chosen.
func (l *loader) checkAsk(at strictyaml.Path, c *Configuration) {
	a := c.Router.Ask
	l.modelKey(at, "model", a.Model, "the model that is asked")
	choices := at.Join("choices")
	if len(a.Choices) < 2 && (l.Has(choices) || l.Has(at)) {
		l.Fail(l.Key(at), "choices: {NAME: when to choose it, …}",
			"%s: expected two choices or more, found %d", choices, len(a.Choices))
	}
	for _, choice := range a.Choices {
		p := choices.Join(choice.Name)
		l.knownModel(p, choice.Name)
		l.routable(p, choice.Name, c)
		if strings.TrimSpace(choice.Value) == "" {
			l.Fail(l.Value(p), "", "%s: expected when to choose it, found blanks", p)
		}
	}
}

// routable checks that a model can take turns of the configuration.
func (l *loader) routable(at strictyaml.Path, name string, c *Configuration) {
	l.affordable(at, at, at, name, c.Limits.CostUSD)
}
