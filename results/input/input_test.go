package input

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
	"bench/results/storetest"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const good = `{"instance_id":"a__b-1","configuration":"solo","attempt":1,"resolved":true}`

func TestMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\xef\xbb\xbf" + good: ":1: begins with a byte order mark (BOM)",
		"\n" + strings.Replace(good, "true", `true,"wall_s":-Infinity`, 1): ":2: wall_s: -Infinity is no " +
			"number of JSON",
		strings.Replace(good, "a__b-1", "a\xff", 1): ":1: not UTF-8 text",
		good + "\n" + strings.Replace(good, "true", `true,"kind":"fusion"`, 1): ":2: attempt: trial " +
			"solo/a__b-1#1 is in ",
		strings.Replace(good, "true", `true,"kind":"single","roles":{"sidekick":{}}`, 1): ":1: roles.sidekick: " +
			"a configuration of kind single has none",
		strings.Replace(good, "true", `true,"roles":{"main":{"model":"a"}}`, 1) + "\n" +
			strings.Replace(strings.Replace(good, "-1", "-2", 1), "true", `true,"roles":{"main":{"model":"b"}}`, 1): `:2: ` +
			`roles.main.model: is "b", but other trials of solo have "a"`,
	} {
		if _, err := Trials(file(t, text)); err == nil || !strings.Contains(err.Error(), want) ||
			bench.ExitStatusOf(err) != bench.ExitUsage {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// What is not said is not known, and what roles cost together is the cost.
func TestRun(t *testing.T) {
	t.Parallel()
	s, err := Trials(file(t, good+"\n"+`{"instance_id":"a__b-1","configuration":"f","attempt":1,`+
		`"resolved":null,"roles":{"main":{"cost_usd":0.5},"sidekick":{"cost_usd":0.25,"calls":3}}}`))
	if err != nil {
		t.Fatal(err)
	}
	store := storetest.Stored(t)
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	events := s.Events(Header{RunID: "r", Name: "n", Version: "v", At: at})
	if _, err := store.AppendAll(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	f, err := store.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Imported) != 2 || f.Imported[0].Cost != nil || f.Imported[0].Wall != nil ||
		*f.Imported[1].Cost != bench.Dollars(0.75) || *f.Imported[1].Roles[1].Calls != 3 ||
		f.Imported[1].Roles[1].Input != nil {
		t.Errorf("got %+v", f.Imported)
	}
	if c := f.Configurations; c[0].Kind != bench.KindSingle || c[1].Kind != bench.KindFusion {
		t.Errorf("got %+v", c)
	}
	if x := f.Trials[1]; x.Outcome != bench.OutcomeUngraded || x.Resolved != nil || x.Repo != "a/b" {
		t.Errorf("got %+v", x)
	}
	run, err := resultstest.Replay("r", store.Events(t.Context(), "r", 1))
	if err != nil || run.Totals().NoCost != 1 || run.Totals().Cost != bench.Dollars(0.75) ||
		run.State != bench.RunDone || !f.Run.StartedAt.Equal(at) {
		t.Errorf("got %+v, %v", run.Totals(), err)
	}
}
