package report

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"bench/results/compare"
)

// The document has the keys other programs rely on.
func TestDocumentKeys(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := JSON(&text, comparison(t)); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	conf := doc["configurations"].([]any)[2].(map[string]any)
	keys(t, doc, "runs simulated imported configurations pairs frontier alarms warnings kinds repricing "+
		"images hosts frontier_probability net_benefit axes under_budget noise excluded")
	keys(t, doc["images"].([]any)[0], "run name digest")
	keys(t, doc["hosts"].([]any)[0], "run host engine machine")
	keys(t, doc["pairs"].([]any)[0], "baseline candidate n_pairs both only_baseline only_candidate "+
		"neither delta_pp delta_ci p_value test margin_pp non_inferior cost_ratio cost_ratio_ci "+
		"displacement displacement_ci ceiling verdict word quality cost warnings n_tasks non_inferiority_p holm "+
		"pairs_needed pairs_needed_discordance cost_ratio_median tokens_ratio tokens_ratio_ci "+
		"tokens_ratio_median time_ratio time_ratio_ci time_ratio_median influence sensitivity sentence "+
		"warning_codes")
	for _, key := range strings.Fields("name kind repeats main_model sidekick_model advisor_model outcomes flags roles n") {
		if _, ok := conf[key]; !ok {
			t.Errorf("no %s in %v", key, conf)
		}
	}
	roles := conf["roles"].([]any)
	keys(t, roles[0], "role model wire_model agents tool_calls calls tokens cached_share cost_usd "+
		"unreported_cost_usd model_time_s waited_s")
	counted := conf["n"].(map[string]any)
	for _, m := range compare.Metrics {
		if !leads(conf, m.Name) || m.Interval != "" && !leads(conf, m.Interval) {
			t.Errorf("no %s, or not its interval, in the document", m.Name)
		}
		if _, ok := counted[m.Name]; ok != (m.Per != "") {
			t.Errorf("%s: taken over %q, counted: %t", m.Name, m.Per, ok)
		}
	}
}

// leads reports whether a path of keys leads to a value in a document.
func leads(doc any, path string) bool {
	for key := range strings.SplitSeq(path, ".") {
		object, _ := doc.(map[string]any)
		value, ok := object[key]
		if !ok {
			return false
		}
		doc = value
	}
	return true
}

func keys(t *testing.T, object any, want string) {
	t.Helper()
	var got []string
	for k := range object.(map[string]any) {
		got = append(got, k)
	}
	slices.Sort(got)
	names := strings.Fields(want)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("got  %v\nwant %v", got, names)
	}
}

// What roles used is the configuration's, by class; of programs that reported
// nothing it is not known.
func TestRolesAddUp(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	for _, conf := range c.Configurations {
		calls, cost, input := 0, 0.0, int64(0)
		for _, r := range roleDocuments(conf) {
			calls, cost, input = calls+*r.Calls, cost+r.Cost.Float(), input+r.Tokens.Input
		}
		for name, got := range map[string]float64{
			"calls.total": float64(calls), "cost_usd.total": cost, "tokens.input": float64(input),
		} {
			if want := float64(conf.Value(compare.Named(name)).Number); math.Abs(got-want) > 1e-9 || got == 0 {
				t.Errorf("%s of %s: the roles have %v, all of it is %v", name, conf.Name, got, want)
			}
		}
	}
	silent := c.Configurations[0]
	silent.NoUsage = 1
	if r := roleDocuments(silent)[0]; r.Calls != nil || r.Tokens != nil || r.Cost != nil || r.ToolCalls == 0 {
		t.Errorf("of a program without reports: %+v", r)
	}
}

// No two columns of a CSV have one name.
func TestColumnsHaveNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range allColumns() {
		if c.heads[0] != c.name {
			t.Errorf("column %s is called %s in CSV", c.name, c.heads[0])
		}
		for _, name := range c.heads {
			if seen[name] || name == "" {
				t.Errorf("two columns are called %q", name)
			}
			seen[name] = true
		}
	}
}
