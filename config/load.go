package config

import (
	"os"
	"path/filepath"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// Error is one mistake in a configuration, with its place.
type Error = strictyaml.Error

// Errors are all mistakes of a configuration, in the order of the file. Load
// returns no other type of error.
type Errors = strictyaml.Errors

// Options is what Load needs to know besides the file.
type Options struct {
	// Prices looks up the price of a model by its name on the wire, for models
	// with price auto. Nil knows none.
	Prices func(model string) (bench.Price, bool)
	// Priced are the models that have one.
	Priced []string
	// APIs names the protocol that a model of OpenAI needs, by its name on the
	// wire; "" if any will do. Nil knows none that needs one.
	APIs func(model string) string
	// Sizes returns a model's context window and the most it can answer, in tokens;
	// 0 where that is not known. Nil knows none.
	Sizes func(model string) (window, output int64)
	// Env looks up environment variables. Nil is os.LookupEnv.
	Env func(name string) (string, bool)
	// Set are overrides, "key.path=value" with values in YAML, applied in order.
	Set []string
	// Flags are other flags that stand for keys. They are applied after Set.
	Flags []Assignment
	// NoModels is for commands that ask no model: keys and prices are not looked
	// up.
	NoModels bool
	// Keyless is for those who look for keys themselves: one that is not in the
	// environment is no mistake, and Key is empty.
	Keyless bool
	// Sources are the names that dataset.source may have besides paths. Nil
	// allows any name.
	Sources []string
	// Cached says why a dataset cannot be read by its name alone, which may end in
	// "@revision". If it is nil, no dataset can.
	Cached func(source string) error
	// Stored is for configurations of runs whose tasks are in a database: the files
	// of the dataset may be gone and, with NoModels, those that models answer from.
	Stored bool
	// Find is where a stored path lies now, if it was moved. Nil finds each where it
	// says.
	Find func(path string) string
}

// Load reads and checks a configuration file. The error is of type Errors and
// holds every mistake found.
func Load(path string, o Options) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, Errors{{Message: "read configuration: " + err.Error()}}
	}
	return Parse(path, text, o)
}

// Parse is Load for a text that has been read already. Paths in it are
// relative to the directory of path.
func Parse(path string, text []byte, o Options) (*Config, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Errors{{Message: "find the directory of " + path + ": " + err.Error()}}
	}
	tree, errs := strictyaml.Parse(strictyaml.NewSource(path, text), text)
	if tree == nil {
		return nil, errs.Sorted()
	}
	for i, s := range o.Set {
		errs = append(errs, applySet(tree, s, i+1)...)
	}
	for i, f := range o.Flags {
		errs = append(errs, f.apply(tree, len(o.Set)+i+1)...)
	}
	errs = append(errs, expandTree(tree, o.Env)...)
	l := &loader{opts: o, dir: dir, cfg: new(Config)}
	l.Synonyms, l.Missing, l.Choices = synonyms(), missing(), choices()
	l.expandMatrices(tree)
	l.Decode(tree, l.cfg)
	if l.cfg.Name == "" {
		base := filepath.Base(path)
		l.cfg.Name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	l.check()
	if errs = append(errs, l.mistakes()...); len(errs) > 0 {
		return nil, errs.Sorted()
	}
	return l.cfg, nil
}

// loader is one file being loaded.
type loader struct {
	strictyaml.Decoder
	opts Options
	dir  string // absolute directory of the file
	cfg  *Config

	variants map[strictyaml.Path]variant // by the paths they are decoded under
	unclear  bool                        // a matrix is wrong: not all names are known
}

// synonyms are keys as other tools call them.
func synonyms() map[string]string {
	return map[string]string{
		"steps": "iterations", "step_limit": "iterations", "max_iterations": "iterations",
		"max_steps": "iterations", "turns": "iterations", "max_turns": "iterations",
		"cost": "cost_usd", "cost_limit": "cost_usd", "budget": "cost_usd", "max_cost": "cost_usd",
		"global_cost_limit": "run_cost_usd", "run_cost": "run_cost_usd",
		"timeout": "wall", "time_limit": "wall", "wall_time": "wall",
		"arms": "configurations", "configs": "configurations", "agents": "configurations",
		"mode": "kind", "type": "kind", "subset": "source", "instances": "ids",
		"instance_ids": "ids", "regex": "filter", "epochs": "attempts", "n_attempts": "attempts",
		"api_key": "api_key_env", "api_base": "base_url", "endpoint": "base_url", "url": "base_url",
		"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens",
		"cache_read": "cached_input", "cached": "cached_input", "db": "results",
		"database": "results", "output": "results", "margin": "margin_pp",
		"sidekicks": "sidekick", "axes": "matrix", "sweep": "matrix",
		"mem": "memory", "mirror": "registry_mirror", "concurrency": "max_parallel",
		"parallel": "max_parallel",
	}
}

// missing are hints for required keys.
func missing() map[string]string {
	return map[string]string{
		"price": "price: auto looks the model up; or price: {input: …, output: …} in USD per " +
			"million tokens",
		"dataset":        "dataset: {path: …} with a .jsonl, .json or .parquet file, or task folders",
		"models":         "models: {NAME: {provider: openai, model: …, price: auto}}",
		"configurations": "configurations: {NAME: {kind: single, model: NAME}}",
		"kind":           "kind: single or kind: fusion",
		"provider":       "provider: openai, anthropic or scripted",
	}
}

// choices are hints for values that are none of those a key may have.
func choices() map[string]string {
	return map[string]string{
		"provider": "every endpoint that speaks OpenAI's protocol is provider: openai, with its " +
			"base_url and api_key_env, such as https://openrouter.ai/api/v1 and " +
			"OPENROUTER_API_KEY; see docs/models.md",
	}
}
