package config

import (
	"cmp"
	"slices"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// smallestAnswer is the number of output tokens below which no call is made; a
// cost limit must pay for that much (llm.Budget shrinks answers down to it).
const smallestAnswer = 256

func (l *loader) checkModel(at strictyaml.Path, name string, m *Model) {
	switch m.Provider {
	case Scripted:
		l.checkScript(at, name, m)
	case OpenAI, Anthropic, Google:
		l.onlyFor(at, "provider scripted", "script", "trajectory")
		if !l.Has(at.Join("model")) {
			l.Fail(l.Key(at), "", "missing key \"model\" in %s: the name that is sent to the endpoint", at)
		}
		if m.BaseURL == "" && !l.Has(at.Join("base_url")) {
			m.BaseURL = providers[m.Provider].baseURL
			m.APIKeyEnv = cmp.Or(m.APIKeyEnv, EnvName(providers[m.Provider].keyEnv))
		}
		if m.BaseURL != "" {
			l.checkEndpoint(at.Join("base_url"), m)
		}
	}
	l.checkAPI(at, m)
	l.sizes(at, m)
	if w := at.Join("context_window"); m.ContextWindow > 0 && m.ContextWindow <= m.MaxOutputTokens {
		l.Fail(l.Value(w), "", "%s: expected more than max_output_tokens (%d), found %d",
			w, m.MaxOutputTokens, m.ContextWindow)
	}
	checkTiers(&l.Decoder, at.Join("price"), m.Price)
}

func (l *loader) checkScript(at strictyaml.Path, name string, m *Model) {
	l.onlyFor(at, "provider openai, anthropic or google", "base_url", "api_key_env")
	m.Model = cmp.Or(m.Model, name)
	script, traj := at.Join("script"), at.Join("trajectory")
	switch {
	case m.Script != "" && m.Trajectory != "":
		l.Fail(l.Key(traj), "", "%s: a model answers from a script or from a trajectory, not both", at)
	case m.Script != "":
		m.Script = l.path(m.Script)
		l.exists(script, m.Script)
	case m.Trajectory != "":
		m.Trajectory = l.path(m.Trajectory)
		l.placeholders(traj, m.Trajectory, "{instance_id}")
		if !strings.Contains(m.Trajectory, "{instance_id}") {
			l.exists(traj, m.Trajectory)
		}
	case !l.Has(script) && !l.Has(traj):
		l.Fail(l.Key(at), "", "missing key \"script\" in %s: the answers of a scripted model "+
			"(or \"trajectory\": what a real one did)", at)
	}
}

// checkTiers refuses two tiers that begin at the same size.
func checkTiers(d *strictyaml.Decoder, at strictyaml.Path, p Price) {
	for i := 1; i < len(p.Tiers); i++ {
		if p.Tiers[i].Above > 0 && p.Tiers[i].Above == p.Tiers[i-1].Above {
			d.Fail(d.Key(at.Join("tiers")), "", "%s: two tiers begin above %d tokens",
				at.Join("tiers"), p.Tiers[i].Above)
		}
	}
}

// roomToThink is the default bound on the output of models that are known to
// allow it: thoughts are part of it.
const roomToThink = 32_000

// sizes takes from the built-in table what a model can read and answer.
func (l *loader) sizes(at strictyaml.Path, m *Model) {
	if l.opts.Sizes == nil || m.Provider == Scripted {
		return
	}
	window, most := l.opts.Sizes(m.Model)
	m.KnownWindow = window
	if most > 0 && !l.Has(at.Join("max_output_tokens")) {
		m.MaxOutputTokens = min(roomToThink, most)
	}
}

// onlyFor reports keys below at that belong to something else.
func (l *loader) onlyFor(at strictyaml.Path, what string, keys ...string) {
	for _, k := range keys {
		if p := at.Join(k); l.Has(p) {
			l.Fail(l.Key(p), "", "%s: this key is for %s", p, what)
		}
	}
}

// modelKey reports a model that is not given or not known.
func (l *loader) modelKey(at strictyaml.Path, key, name, what string) {
	p := at.Join(key)
	if !l.Has(p) {
		l.Fail(l.Key(at), "", "missing key %q in %s: %s", key, at, what)
		return
	}
	l.knownModel(p, name)
}

func (l *loader) knownModel(p strictyaml.Path, name string) {
	if name == "" || len(l.cfg.Models) == 0 || l.cfg.Models.Get(name) != nil {
		return
	}
	l.Fail(l.Value(p), strictyaml.DidYouMean(name, "the models are", l.cfg.Models.Names()),
		"%s: there is no model %q", p, name)
}

// affordable reports a cost limit that cannot pay for a single answer of the
// model. The limit stands at the first of the two paths that is given.
func (l *loader) affordable(model, own, general strictyaml.Path, name string, usd float64) {
	m := l.cfg.Models.Get(name)
	if m == nil || m.Price.Output == nil {
		return
	}
	least := bench.Usage{Output: smallestAnswer}.Cost(m.Price.Bench())
	if least <= bench.Dollars(usd) {
		return
	}
	at := model
	for _, p := range []strictyaml.Path{general, own} {
		if l.Has(p) {
			at = p
		}
	}
	l.Fail(l.Value(at), "", "%s: %s cannot pay for one answer of %s: %d output tokens cost %s",
		at, bench.Dollars(usd), name, smallestAnswer, least)
}

func (l *loader) checkCompare() {
	c, names := &l.cfg.Compare, l.cfg.Configurations.Names()
	if c.Baseline == "" && len(names) > 0 {
		c.Baseline = names[0]
	}
	if len(names) > 0 && !l.unclear && !slices.Contains(names, c.Baseline) {
		l.Fail(l.Value("compare/baseline"),
			strictyaml.DidYouMean(c.Baseline, "the configurations are", names),
			"compare.baseline: there is no configuration %q", c.Baseline)
	}
	if c.AA != "" && !l.unclear {
		l.checkAA(c.AA, names)
	}
	if c.Stop == Decided {
		l.checkStop(len(names))
	}
}

// checkStop checks that a run can be decided.
func (l *loader) checkStop(configurations int) {
	at := l.Value("compare/stop")
	if configurations == 1 {
		l.Fail(at, "add a configuration, or leave it out",
			"compare.stop: decided: nothing meets the baseline")
	}
	if !l.cfg.Dataset.Shuffle && !l.opts.Stored {
		l.Fail(at, "set dataset.shuffle: true", "compare.stop: decided: expected tasks in an order "+
			"that says nothing about them, and the data's own may be sorted")
	}
}

// checkAA checks that a configuration can be run a second time.
func (l *loader) checkAA(name string, names []string) {
	at, again := l.Value("compare/aa"), repeatOf(name)
	switch {
	case !slices.Contains(names, name):
		l.Fail(at, strictyaml.DidYouMean(name, "the configurations are", names),
			"compare.aa: there is no configuration %q", name)
	case slices.Contains(names, again):
		l.Fail(at, "rename it", "compare.aa: the repeat of %s would be called %s, as another "+
			"configuration is", name, again)
	case !nameRE.MatchString(again):
		l.Fail(at, "shorten its name", "compare.aa: the repeat of a configuration would be called %s: "+
			"expected a name of up to 64 characters", again)
	}
}

// checkUsedModels looks up prices of the models that work, and keys of those
// that are called.
func (l *loader) checkUsedModels() {
	if l.opts.NoModels {
		return
	}
	for _, name := range l.cfg.asked() {
		if m := l.cfg.Models.Get(name); m != nil && m.Provider == Google {
			at := strictyaml.Path("models").Join(name).Join("provider")
			l.Fail(l.Value(at), "ask it at its endpoint for OpenAI's protocol", "%s: only programs "+
				"behind a gateway speak its protocol", at)
		}
	}
	called := l.cfg.called()
	for _, name := range l.cfg.used() {
		m := l.cfg.Models.Get(name)
		if m == nil {
			continue
		}
		at := strictyaml.Path("models").Join(name)
		l.findPrice(at.Join("price"), m)
		if slices.Contains(called, name) {
			l.findKey(at.Join("api_key_env"), m)
		}
	}
}

func (l *loader) findPrice(at strictyaml.Path, m *Model) {
	if !m.Price.Auto || m.Model == "" {
		return
	}
	if l.opts.Prices != nil {
		if b, ok := l.opts.Prices(m.Model); ok {
			m.Price = priceOf(b)
			return
		}
	}
	hint := "price: {input: …, output: …} in USD per million tokens"
	if near := strictyaml.Near(m.Model, l.opts.Priced); near != "" {
		hint = "did you mean " + near + "? or " + hint
	}
	l.Fail(l.Value(at), hint,
		"%s: the price table does not know the model %q", at, m.Model)
}

func (l *loader) findKey(at strictyaml.Path, m *Model) {
	name := string(m.APIKeyEnv)
	if name == "" || m.Provider == Scripted {
		return
	}
	if !envNameRE.MatchString(name) {
		l.Fail(l.Value(at), "put the key into the environment: export LLM_API_KEY=… and "+
			"api_key_env: LLM_API_KEY",
			"%s: expected the name of an environment variable, not the key itself", at)
		l.Errors[len(l.Errors)-1].Secret = true
		return
	}
	value, ok := l.opts.Env(name)
	switch {
	case l.opts.Keyless:
	case !ok:
		l.Fail(l.Value(at), "export "+name+"=…",
			"%s: the variable %s is not set in the environment", at, name)
	case value == "":
		l.Fail(l.Value(at), "export "+name+"=…",
			"%s: the variable %s is empty in the environment", at, name)
	}
	m.Key = NewSecret(value)
}
