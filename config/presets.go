package config

import (
	"maps"
	"slices"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// Preset is the name of a program that bench knows.
type Preset string

// Choices returns the programs, in alphabetical order.
func (Preset) Choices() []string { return slices.Sorted(maps.Keys(presets())) }

// preset is what is known of a program of one version. docs/gateway.md says what an
// image must hold for each.
type preset struct {
	version    string
	api        API // in which it asks its models
	run        string
	env        Variables
	agents     []CallRule
	delegating []string
	acp        *driven // nil: it has no ACP mode of which enough is known
}

// driven is how a program is run that is driven by the Agent Client Protocol.
type driven struct {
	run string
	env Variables // before that of the preset
}

const (
	mainAgent = CallRole(bench.RoleMain)
	sidekick  = CallRole(bench.RoleSidekick)
	problem   = `"$(cat "$BENCH_PROBLEM_STATEMENT_FILE")"`
	// Left to itself gemini takes a base URL for a way to log in that it then refuses.
	geminiSettings = `mkdir -p "$HOME/.gemini" && [ -e "$HOME/.gemini/settings.json" ] || ` +
		`echo '{"security":{"auth":{"selectedType":"gemini-api-key"}}}' ` +
		`>"$HOME/.gemini/settings.json"
gemini --skip-trust --approval-mode yolo -m "$BENCH_MODEL"`
)

// opencodeConfig is a configuration of opencode with the gateway as a provider.
func opencodeConfig(more string) string {
	return `{"provider":{"bench":{"npm":"@ai-sdk/openai-compatible",` +
		`"options":{"baseURL":"{gateway_url}/v1","apiKey":"{gateway_token}"},` +
		`"models":{"{model}":{}}}},` + more + `"small_model":"bench/{model}"}`
}

// presets are the programs by their names, as the source of that version, or what is
// written about it where there is no source, has them.
func presets() map[string]preset {
	return map[string]preset{
		"claude-code": {
			version: "2.1.302", api: APIMessages,
			run: `claude -p --model "$BENCH_MODEL" --permission-mode bypassPermissions ` +
				`--output-format stream-json --verbose <"$BENCH_PROBLEM_STATEMENT_FILE"`,
			env: Variables{
				{"IS_SANDBOX", "1"}, // as root it bypasses permissions nowhere else
				{"ANTHROPIC_DEFAULT_HAIKU_MODEL", "{small_model}"},
				{"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"}, {"DISABLE_AUTOUPDATER", "1"},
			},
			agents: []CallRule{
				{Role: sidekick, Header: "X-Claude-Code-Agent-Id"}, // since 2.1.139
				{Role: mainAgent},
			},
			delegating: []string{"Task", "Agent"},
		},
		"codex": {
			version: "0.146.1", api: APIResponses,
			run: `codex exec --dangerously-bypass-approvals-and-sandbox --skip-git-repo-check ` +
				`-m "$BENCH_MODEL" -c model_provider=bench -c model_providers.bench.name=bench ` +
				`-c model_providers.bench.base_url="$OPENAI_BASE_URL" ` +
				`-c model_providers.bench.env_key=OPENAI_API_KEY ` +
				`-c model_providers.bench.wire_api=responses ` + problem + ` </dev/null`,
			agents: []CallRule{
				{Role: sidekick, Header: "X-Openai-Subagent", Value: "collab_spawn"},
				{Role: mainAgent},
			},
			delegating: []string{"spawn_agent"},
			acp: &driven{ // codex-acp 1.6.2, which starts codex
				run: `export CODEX_HOME="${TMPDIR:-/tmp}/bench-codex"
mkdir -p "$CODEX_HOME" && cat >"$CODEX_HOME/config.toml" <<EOF
model = "$BENCH_MODEL"
model_provider = "bench"
[model_providers.bench]
name = "bench"
base_url = "$OPENAI_BASE_URL"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
EOF
exec codex-acp`,
				env: Variables{{"INITIAL_AGENT_MODE", "agent-full-access"}, {"NO_BROWSER", "1"}},
			},
		},
		"gemini-cli": {
			version: "0.56.0", api: APIGemini,
			run:        geminiSettings + ` -p ` + problem,
			agents:     []CallRule{{Role: mainAgent, Tool: "^invoke_agent$"}},
			delegating: []string{"invoke_agent"},
			acp:        &driven{run: geminiSettings + ` --acp`},
		},
		"openhands": {
			version: "1.16.0", api: APIChat,
			run: `openhands --headless --override-with-envs -f "$BENCH_PROBLEM_STATEMENT_FILE"`,
			env: Variables{
				{"LLM_MODEL", "openai/{model}"}, {"LLM_BASE_URL", "{gateway_url}/v1"},
				{"LLM_API_KEY", "{gateway_token}"},
			},
			agents:     []CallRule{{Role: mainAgent, Tool: "^task$"}},
			delegating: []string{"task"},
		},
		"mini-swe-agent": {
			version: "2.4.6", api: APIChat,
			run: `mini -y --exit-immediately -l 0 -m "openai/$BENCH_MODEL" ` +
				`-o "${TMPDIR:-/tmp}/mini.traj.json" -t ` + problem,
			env: Variables{
				{"MSWEA_CONFIGURED", "true"}, {"MSWEA_SILENT_STARTUP", "1"},
				{"MSWEA_COST_TRACKING", "ignore_errors"},
			},
			agents: []CallRule{{Role: mainAgent}}, // it has no other
		},
		"opencode": {
			version: "1.18.16", api: APIChat,
			run: `opencode run -m "bench/$BENCH_MODEL" ` + problem,
			env: Variables{
				{"OPENCODE_CONFIG_CONTENT", opencodeConfig("")},
				{"OPENCODE_DISABLE_MODELS_FETCH", "1"}, {"OPENCODE_DISABLE_AUTOUPDATE", "1"},
			},
			agents:     []CallRule{{Role: sidekick, Header: "X-Parent-Session-Id"}, {Role: mainAgent}},
			delegating: []string{"task"},
			acp: &driven{
				run: `exec opencode acp`,
				env: Variables{{"OPENCODE_CONFIG_CONTENT", opencodeConfig(`"model":"bench/{model}",`)}},
			},
		},
		"crush": {
			version: "0.90.0", api: APIChat,
			run: `mkdir -p "$CRUSH_GLOBAL_CONFIG" && cat >"$CRUSH_GLOBAL_CONFIG/crushrc" <<EOF
provider add bench --type openai-compat --base-url "$OPENAI_BASE_URL" --api-key "$OPENAI_API_KEY"
model add "bench/$BENCH_MODEL" --name "$BENCH_MODEL"
EOF
crush run --quiet -m "bench/$BENCH_MODEL" <"$BENCH_PROBLEM_STATEMENT_FILE"`,
			env: Variables{
				{"CRUSH_GLOBAL_CONFIG", "/tmp/bench-crush"},
				{"CRUSH_DISABLE_PROVIDER_AUTO_UPDATE", "1"}, {"CRUSH_DISABLE_METRICS", "1"},
			},
			agents: []CallRule{
				{Role: sidekick, System: "^You are an agent for Crush"},
				{Role: mainAgent, System: "^You will generate a short title", Aside: true},
				{Role: mainAgent, System: "^You are Crush"},
			},
			delegating: []string{"agent"},
		},
	}
}

// applyPreset fills in what a program's preset says and its configuration does not.
func applyPreset(c *Command) {
	p, ok := presets()[string(c.Preset)]
	if !ok {
		return // there is none, or it was reported
	}
	run, env := p.run, p.env
	if c.Protocol == drivenACP {
		run, env = "", p.env
		if p.acp != nil {
			run, env = p.acp.run, append(slices.Clone(p.acp.env), p.env...)
		}
	}
	if c.Run == "" {
		c.Run = run
	}
	for _, e := range env {
		if !slices.ContainsFunc(c.Env, func(own Named[string]) bool { return own.Name == e.Name }) {
			c.Env = append(c.Env, e)
		}
	}
	if c.Gateway == nil {
		bodies := true // the default
		c.Gateway = &Gateway{Bodies: &bodies}
	}
	if c.Gateway.Agents == nil {
		c.Gateway.Agents = p.agents
	}
	if c.Gateway.Delegating == nil {
		c.Gateway.Delegating = p.delegating
	}
}

// checkPreset reports a model that is not served in the protocol that a program of a
// preset speaks.
func (l *loader) checkPreset(at strictyaml.Path, c *Configuration) {
	p, ok := presets()[string(c.Command.Preset)]
	if ok && c.Command.Run == "" {
		l.Fail(l.Value(at.Join("protocol")), "add command.run, if you know how it is run in that",
			"%s: bench knows of no ACP mode of %s, but of those of %s", at.Join("protocol"),
			c.Command.Preset, strings.Join(acpPresets(), ", "))
	}
	m := l.cfg.Models.Get(c.Model)
	if !ok || m == nil {
		return
	}
	served := providers[m.Provider].served
	if len(served) > 0 && !slices.Contains(served, p.api) {
		var words []string
		for _, api := range served {
			words = append(words, string(api))
		}
		l.Fail(l.Value(at.Join("preset")), "", "%s: %s asks its models in the protocol %s, and %s is "+
			"served in %s", at.Join("preset"), c.Command.Preset, p.api, c.Model, strings.Join(words, ", "))
	}
}

// acpPresets are the programs that bench knows how to drive by the Agent Client Protocol.
func acpPresets() (names []string) {
	for name, p := range presets() {
		if p.acp != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
