package regrade

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"bench"
	"bench/internal/require"
	"bench/scoring/swebench"
)

const (
	start = ">>>>> Start Test Output\n"
	end   = ">>>>> End Test Output\n"
)

func flask(id string) bench.Task {
	return bench.Task{
		InstanceID: id, Repo: "pallets/flask", FailToPass: []string{"t::a"}, PassToPass: []string{"t::b"},
	}
}

// same returns results as they are.
func same(r Result) Result { return r }

// collect judges a source and returns the results.
func collect(t testing.TB, path string, o Options) []Result {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []Result
	err = Run(t.Context(), s, o, same, func(r Result) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// put writes a file below a directory.
func put(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tasks := map[string]bench.Task{}
	var lines, want []string
	for i := range 300 {
		id := fmt.Sprintf("a__%d", i)
		tasks[id] = flask(id)
		status := []string{"PASSED", "FAILED"}[i%2]
		log := start + status + " t::a\nPASSED t::b\n" + end + strings.Repeat("x", 1000*(i%7))
		put(t, dir, "logs/"+id+"/"+LogName, []byte(log))
		want = append(want, id)
		text, err := json.Marshal(map[string]string{"instance_id": id, "log": log})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(text))
	}
	check := func(path string, want []string) {
		t.Helper()
		for _, n := range []int{1, 5} {
			all := collect(t, path, Options{Tasks: tasks, Rules: swebench.V5, Workers: n})
			if len(all) != len(want) {
				t.Fatalf("%d results, want %d", len(all), len(want))
			}
			for i, r := range all {
				var number int
				fmt.Sscanf(want[i], "a__%d", &number)
				if r.Err != nil || r.InstanceID != want[i] || *r.Grade.Resolved != (number%2 == 0) {
					t.Fatalf("%d workers, result %d: %+v", n, i, r)
				}
			}
		}
	}
	check(put(t, dir, "lines.jsonl", []byte(strings.Join(lines, "\n"))), want)
	slices.Sort(want)
	check(filepath.Join(dir, "logs"), want)
}

// Paths are sorted as texts: a folder's name and what follows it are one.
func TestSortedPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a/x", "a-b/x", "a/y", "A/x"} {
		put(t, dir, name+"/"+LogName, nil)
	}
	var got []string
	for _, r := range collect(t, dir, Options{Rules: swebench.V5}) {
		path, err := filepath.Rel(dir, r.Path)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(filepath.Dir(path)))
	}
	if want := []string{"A/x", "a-b/x", "a/x", "a/y"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPackedLines(t *testing.T) {
	t.Parallel()
	text := []byte(`{"instance_id":"a__1","log":"` + strings.ReplaceAll(
		start+"PASSED t::a\nPASSED t::b\n"+end, "\n", `\n`) + `"}` + "\n\n")
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		g.Write(text)
		z.Write(text)
	}
	if err := errors.Join(g.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	o := Options{Tasks: map[string]bench.Task{"a__1": flask("a__1")}, Rules: swebench.V5}
	for name, content := range map[string][]byte{
		"l.jsonl": bytes.Repeat(text, 3), "l.jsonl.gz": gz.Bytes(), "l.jsonl.zst": zst.Bytes(),
	} {
		path := put(t, t.TempDir(), name, content)
		all := collect(t, path, o)
		if len(all) != 3 || all[2].Path != path+":5" || !*all[2].Grade.Resolved {
			t.Errorf("%s: %+v", name, all)
		}
	}
	s, err := Open(put(t, t.TempDir(), "bad.jsonl.gz", gz.Bytes()[:gz.Len()-9]))
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), s, o, same, func(Result) error { return nil }); err == nil {
		t.Error("a file that is cut off is read without an error")
	}
}

// An error of emit, or a cancelled context, ends a run early and leaves nobody
// waiting.
func TestEarlyEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 200 {
		put(t, dir, fmt.Sprintf("a__%d/%s", i, LogName), []byte(start+end))
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	stop, n := errors.New("enough"), 0
	err = Run(t.Context(), s, Options{Rules: swebench.V5, Workers: 3}, same, func(Result) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	n = 0
	err = Run(ctx, s, Options{Rules: swebench.V5, Workers: 3}, same, func(Result) error {
		n++
		cancel(stop)
		return nil
	})
	if !errors.Is(err, stop) || n >= 200 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"instance_id":"a","log":"b"}`, ` { "log" : "" , "instance_id" : "a" } ` + "\r\n",
		`{"instance_id":"a","log":"\ud83d\ude00\ud83d\u00e9\ude00x\"\\\/\b\f\n\r\t\u0000"}`,
		`{"instance_id":"a\n","log":"\\","x":{"log":"no","y":[1,-2.5e7,true,false,null,"]\"}"]}}`,
		`{"instance_id":"a","log":"\\\\\\\""}`, `{"instance_id":"a","log":null}`, `{"log":"b"}`,
		`{"instance_id":"","log":"b"}`, `{"instance_id":"a"}`, `{}`, `[]`, `null`, `x`, ``, `{"a"`,
		`{"instance_id":"a","log":"b"} x`, `{"instance_id":"a","log":"b`, `{"instance_id":"a" "log":"b"}`,
		`{"\u006cog":"b","instance_id":"a"}`, `{"instance_id":"a","log":tru}`, `{"instance_id":"a","log":"\x"}`, `{"instance_id":"a",}`,
		`{"instance_id":"a","log":"\u12"}`, `{"instance_id":"a","log":"\u+123"}`,
		`{"instance_id":1,"log":"b"}`, `{"instance_id":"a","log":["b"]}`, "{\"instance_id\":\"a\",\"log\":\"é\"}",
	} {
		checkLine(t, line)
	}
}

// checkLine compares parseLine with encoding/json. What is not JSON is an error,
// but for control characters in texts and mistakes in what is passed over.
func checkLine(t *testing.T, line string) {
	t.Helper()
	var v map[string]any
	if json.Unmarshal([]byte(line), &v) != nil {
		v = nil
	}
	id, _ := v["instance_id"].(string)
	log, isText := v["log"].(string)
	gotID, gotLog, err := parseLine([]byte(line))
	if ok := id != "" && isText; ok != (err == nil) {
		t.Errorf("%q: error %v, want %t", line, err, !ok)
	} else if ok && (gotID != id || string(gotLog) != log) {
		t.Errorf("%q: got %q and %q", line, gotID, gotLog)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add(`{"instance_id":"a","log":"\ud83d\ude00 b\n","x":[{"y":"\\"},-1e5]}`)
	f.Add(`{"\u006cog":"b","instance_id":"a"}`)
	f.Fuzz(func(t *testing.T, line string) {
		var v map[string]any
		valid := json.Unmarshal([]byte(line), &v) == nil && utf8.ValidString(line)
		for k := range v {
			switch strings.ToLower(k) {
			case "instance_id", "log": // names that differ in case are those of others
				valid = valid && k == strings.ToLower(k)
			}
		}
		if valid {
			checkLine(t, line)
		} else if _, _, err := parseLine([]byte(line)); err != nil && err.Error() == "" {
			t.Error("an error without a word")
		}
	})
}

type corpusRow struct {
	ID         string   `json:"row_id"`
	Instance   string   `json:"instance_id"`
	Repo       string   `json:"repo"`
	Version    string   `json:"version"`
	Parser     string   `json:"log_parser"`
	EvalType   string   `json:"eval_type"`
	FailToPass []string `json:"FAIL_TO_PASS"`
	PassToPass []string `json:"PASS_TO_PASS"`
}

type corpusLog struct {
	Row    *string `json:"row_id"`
	Log    *string `json:"log"`
	Parser string  `json:"parser"`
	Expect struct {
		Found  bool `json:"found"`
		Report map[string]struct {
			Resolved bool                      `json:"resolved"`
			Tests    map[string]bench.Verdicts `json:"tests_status"`
		} `json:"report"`
	} `json:"expected_v5"`
}

// corpus returns the real logs that have a row, and their tasks by row.
func corpus(t testing.TB) (map[string]bench.Task, []corpusLog) {
	t.Helper()
	dir := filepath.Join(require.Corpus(t), "logs")
	tasks := map[string]bench.Task{}
	packedLines(t, filepath.Join(dir, "rows.jsonl.gz"), func(r corpusRow) {
		tasks[r.ID] = bench.Task{
			InstanceID: r.Instance, Repo: r.Repo, Version: r.Version, LogParser: r.Parser,
			EvalType: r.EvalType, FailToPass: r.FailToPass, PassToPass: r.PassToPass,
		}
	})
	var logs []corpusLog
	packedLines(t, filepath.Join(dir, "smoke.jsonl.gz"), func(l corpusLog) {
		if l.Row == nil || l.Log == nil {
			return
		}
		logs = append(logs, l)
		task := tasks[*l.Row]
		task.LogParser = l.Parser
		tasks[*l.Row] = task
	})
	if len(logs) < 100 {
		t.Fatalf("only %d logs", len(logs))
	}
	return tasks, logs
}

func packedLines[T any](t testing.TB, path string, f func(T)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<30)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		f(v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// write lays logs out as files, named after their rows, and as lines.
func write(t testing.TB, logs []corpusLog) (dir, lines string) {
	t.Helper()
	dir = t.TempDir()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for i, l := range logs {
		put(t, dir, fmt.Sprintf("%06d/%s/%s", i, *l.Row, LogName), []byte(*l.Log))
		if err := enc.Encode(map[string]any{"instance_id": l.Row, "log": l.Log}); err != nil {
			t.Fatal(err)
		}
	}
	return dir, put(t, t.TempDir(), "logs.jsonl", b.Bytes())
}

// TestCorpus: real logs get the official verdicts, as files and as lines.
func TestCorpus(t *testing.T) {
	t.Parallel()
	tasks, logs := corpus(t)
	dir, lines := write(t, logs)
	for _, path := range []string{dir, lines} {
		agree := 0
		all := collect(t, path, Options{Tasks: tasks, Rules: swebench.V5})
		for i, r := range all {
			want := logs[i].Expect
			report := want.Report[tasks[r.InstanceID].InstanceID]
			verdicts := map[string]bench.Verdicts{
				"FAIL_TO_PASS": r.Grade.FailToPass, "PASS_TO_PASS": r.Grade.PassToPass,
			}
			same := r.Err == nil && r.Grade.Found == want.Found && *r.Grade.Resolved == report.Resolved
			for list, v := range verdicts {
				same = same && (!want.Found || reflect.DeepEqual(v, report.Tests[list]))
			}
			if !same {
				t.Errorf("%s: %v, found %t", r.Path, r.Err, r.Grade.Found)
				continue
			}
			agree++
		}
		t.Logf("%d of %d agree", agree, len(logs))
		if agree != len(logs) {
			t.Errorf("%d of %d agree", agree, len(logs))
		}
	}
}
