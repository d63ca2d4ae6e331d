package swebench

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

// specsJSON has, per repository, what the harness of version 4 kept in code and
// rows of format v5 carry themselves: language, parser, and per version the
// commands of the evaluation script.
//
//go:embed specs.json
var specsJSON []byte

// repoSpec is what is known of one repository. The zero value is that of a
// repository nothing is known of.
type repoSpec struct {
	Language      string        `json:"language"` // py, js, go, rs, c, java, php, rb
	Parser        string        `json:"parser"`
	FailOnly      []Rules       `json:"fail_only"`       // rules under which absent tests pass
	CustomTestCmd bool          `json:"custom_test_cmd"` // the commands depend on the test patch
	Specs         []versionSpec `json:"specs"`
}

// versionSpec has the commands that some versions of a repository share.
type versionSpec struct {
	Versions     []string `json:"versions"`
	EvalCommands []string `json:"eval_commands"` // Python: after the first activation
	Install      string   `json:"install"`       // Python: before the test patch
	Build        []string `json:"build"`         // others: after the test patch
	TestCmd      []string `json:"test_cmd"`      // Python: one, to which the directives are added
}

var allSpecs = sync.OnceValue(func() map[string]repoSpec {
	specs := map[string]repoSpec{}
	if err := json.Unmarshal(specsJSON, &specs); err != nil {
		panic("scoring/swebench: embedded specs.json: " + err.Error())
	}
	return specs
})

func repoFacts(repo string) repoSpec { return allSpecs()[repo] }

func (s repoSpec) failOnly(rules Rules) bool { return slices.Contains(s.FailOnly, rules) }

func (s repoSpec) version(v string) (versionSpec, bool) {
	for _, spec := range s.Specs {
		if slices.Contains(spec.Versions, v) {
			return spec, true
		}
	}
	return versionSpec{}, false
}
