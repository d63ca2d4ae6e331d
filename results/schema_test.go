package results

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/schema.md names every table, view and column, in their order, and
// nothing that does not exist.
func TestSchemaIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile("^### ([a-z_]+)$")
	line := regexp.MustCompile("^- `([a-z0-9_]+)`: .+[.]$")
	documented := map[string][]string{}
	object := ""
	for l := range strings.SplitSeq(string(text), "\n") {
		if m := heading.FindStringSubmatch(l); m != nil {
			object = m[1]
			documented[object] = nil
			continue
		}
		if object == "" || !strings.HasPrefix(l, "- ") {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Errorf("%s: not a column and a sentence: %s", object, l)
			continue
		}
		documented[object] = append(documented[object], m[1])
	}
	real := columns(t, open(t))
	for object, want := range real {
		if got := documented[object]; !slices.Equal(got, want) {
			t.Errorf("%s is documented as %v\nbut has %v", object, got, want)
		}
	}
	for object := range documented {
		if real[object] == nil {
			t.Errorf("%s is documented but does not exist", object)
		}
	}
}

// columns reads the real schema.
func columns(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	rows, err := s.reader.Query(`SELECT s.name, c.name FROM sqlite_schema s, pragma_table_xinfo(s.name) c
		WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite_%' ORDER BY s.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	real := map[string][]string{}
	for rows.Next() {
		var object, column string
		if err := rows.Scan(&object, &column); err != nil {
			t.Fatal(err)
		}
		real[object] = append(real[object], column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return real
}

// Other programs rely on these columns, in this order, at the front of the
// views; more may follow.
func TestViewsKeepTheirColumns(t *testing.T) {
	t.Parallel()
	real := columns(t, open(t))
	delegations := "run_id configuration instance_id attempt delegation_id batch_id batch_size " +
		"started_at ended_at outcome escalation reason cost_usd"
	for view, want := range map[string]string{
		"v_trials": "run_id configuration instance_id attempt phase outcome resolved blame " +
			"started_at ended_at cost_usd",
		"v_configurations": "run_id configuration kind main_model sidekick_model n_trials n_graded " +
			"n_infra resolved cost_usd main_cost_usd sidekick_cost_usd simulated",
		"v_agents": "run_id configuration instance_id attempt agent_id parent_agent_id role model " +
			"llm_calls input_tokens cached_input_tokens cache_write_tokens output_tokens " +
			"reasoning_tokens cost_usd",
		"v_delegations": delegations,
		"v_escalations": delegations,
	} {
		columns, n := strings.Fields(want), len(strings.Fields(want))
		if got := real[view]; len(got) < n || !slices.Equal(got[:n], columns) {
			t.Errorf("%s begins with %v, want %v", view, got, columns)
		}
	}
}

func TestTablesAreStrict(t *testing.T) {
	t.Parallel()
	s := open(t)
	if n := count(t, s, `SELECT count(*) FROM pragma_table_list
		WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'`); n != 0 {
		t.Errorf("%d tables are not STRICT", n)
	}
}
