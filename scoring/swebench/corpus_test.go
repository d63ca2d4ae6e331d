package swebench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/internal/require"

	"github.com/klauspost/compress/zstd"
)

// stringList reads a list that rows have natively or as JSON in a string.
type stringList []string

func (l *stringList) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		b = []byte(s)
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// row is a row of a data set.
type row struct {
	InstanceID string     `json:"instance_id"`
	Repo       string     `json:"repo"`
	Version    string     `json:"version"`
	BaseCommit string     `json:"base_commit"`
	Patch      string     `json:"patch"`
	TestPatch  string     `json:"test_patch"`
	LogParser  string     `json:"log_parser"`
	EvalType   string     `json:"eval_type"`
	FailToPass stringList `json:"FAIL_TO_PASS"`
	PassToPass stringList `json:"PASS_TO_PASS"`
}

func (r row) task() bench.Task {
	return bench.Task{
		InstanceID: r.InstanceID, Repo: r.Repo, Version: r.Version, BaseCommit: r.BaseCommit,
		Patch: r.Patch, TestPatch: r.TestPatch, LogParser: r.LogParser, EvalType: r.EvalType,
		FailToPass: r.FailToPass, PassToPass: r.PassToPass,
	}
}

// orderedMap is a JSON object of strings in its order.
type orderedMap []bench.TestStatus

func (m *orderedMap) UnmarshalJSON(b []byte) error {
	*m = orderedMap{}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t == nil {
		return err
	}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return err
		}
		v, err := d.Token()
		if err != nil {
			return err
		}
		*m = append(*m, bench.TestStatus{Test: k.(string), Status: v.(string)})
	}
	return nil
}

// officialReport is one entry of a report.json.
type officialReport struct {
	PatchExists bool                      `json:"patch_exists"`
	Applied     bool                      `json:"patch_successfully_applied"`
	Resolved    bool                      `json:"resolved"`
	InfraReason string                    `json:"infra_failure_reason"`
	TestsStatus map[string]bench.Verdicts `json:"tests_status"`
}

// expectation is what the official harness made of a log.
type expectation struct {
	Error     string                    `json:"error"`
	Found     bool                      `json:"found"`
	StatusMap *orderedMap               `json:"status_map"`
	Report    map[string]officialReport `json:"report"`
	WholeText *orderedMap               `json:"whole_text_status_map"`
}

// jsonLines calls f for each line of a file below the corpus, unpacked.
func jsonLines[T any](t testing.TB, name string, f func(T)) {
	t.Helper()
	file, err := os.Open(filepath.Join(require.Corpus(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	switch filepath.Ext(name) {
	case ".gz":
		if r, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	case ".zst":
		z, err := zstd.NewReader(file, zstd.WithDecoderMaxWindow(1<<27))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	br := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := br.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			f(v)
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// report logs the agreement with the official harness, which must have been
// tested at all.
func report(t *testing.T, what string, agree, all int) {
	t.Helper()
	if all == 0 || agree != all {
		t.Errorf("%s: %d of %d agree", what, agree, all)
	}
	t.Logf("%s: %d of %d agree", what, agree, all)
}

// sameTests compares a status map in order; maps that are equal but for the
// order differ.
func sameTests(got []bench.TestStatus, want orderedMap) bool {
	return slices.Equal(got, []bench.TestStatus(want))
}

func TestCorpusParserCases(t *testing.T) {
	type parserCase struct {
		Parser string
		Note   string
		Row    *row
		Log    string
		Expect json.RawMessage
		V4     json.RawMessage `json:"expect_v4.1.0"`
	}
	var agree, all int
	jsonLines(t, "swebench/parser_cases.jsonl", func(c parserCase) {
		var task bench.Task
		if c.Row != nil {
			task = c.Row.task()
		}
		want4 := c.Expect
		if c.V4 != nil {
			want4 = c.V4
		}
		for _, r := range []struct {
			rules Rules
			want  json.RawMessage
		}{{V5, c.Expect}, {V4, want4}} {
			all++
			got, err := Parse(c.Parser, r.rules, task, decode([]byte(c.Log)))
			var want orderedMap
			var fault struct {
				Error string `json:"__error__"`
			}
			raises := json.Unmarshal(r.want, &fault) == nil && fault.Error != ""
			if raises || string(r.want) == "null" {
				if err == nil {
					t.Errorf("%s %s %s: no error, want %s", c.Parser, r.rules, c.Note, r.want)
					continue
				}
				agree++
				continue
			}
			if err := json.Unmarshal(r.want, &want); err != nil {
				t.Fatal(err)
			}
			if err != nil || !sameTests(got.Tests(), want) {
				t.Errorf("%s %s %q:\n got %v %v\nwant %v",
					c.Parser, r.rules, c.Note, got.Tests(), err, want)
				continue
			}
			agree++
		}
	})
	report(t, "parser cases", agree, all)
}

// checkGrade compares a grade with what the harness said and reports whether
// they agree.
func checkGrade(t *testing.T, where string, g bench.Grade, err error, want expectation) bool {
	t.Helper()
	if want.Error != "" {
		if err == nil {
			t.Errorf("%s: no error, want %s", where, want.Error)
		}
		return err != nil
	}
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return false
	}
	ok := true
	if g.Found != want.Found {
		t.Errorf("%s: found %v, want %v", where, g.Found, want.Found)
		ok = false
	}
	if want.StatusMap != nil && !sameTests(g.Tests, *want.StatusMap) {
		t.Errorf("%s: status map differs: got %d tests, want %d",
			where, len(g.Tests), len(*want.StatusMap))
		ok = false
	}
	for _, r := range want.Report {
		if !r.PatchExists { // judged before the log was read
			continue
		}
		if *g.Resolved != r.Resolved || g.PatchApplied != r.Applied ||
			g.InfraReason != r.InfraReason {
			t.Errorf("%s: resolved %v applied %v infra %q, want %+v",
				where, *g.Resolved, g.PatchApplied, g.InfraReason, r)
			ok = false
		}
		if r.TestsStatus == nil {
			continue
		}
		if !reflect.DeepEqual(g.FailToPass, r.TestsStatus["FAIL_TO_PASS"]) ||
			!reflect.DeepEqual(g.PassToPass, r.TestsStatus["PASS_TO_PASS"]) {
			t.Errorf("%s: lists differ:\n got %v %v\nwant %v",
				where, g.FailToPass, g.PassToPass, r.TestsStatus)
			ok = false
		}
	}
	return ok
}

func TestCorpusGradingCases(t *testing.T) {
	type gradingCase struct {
		Name string
		Row  row
		Log  string
		V5   expectation `json:"v5"`
		V4   expectation `json:"v4.1"`
	}
	var agree, all int
	jsonLines(t, "swebench/grading_cases.jsonl", func(c gradingCase) {
		for rules, want := range map[Rules]expectation{V5: c.V5, V4: c.V4} {
			all++
			g, err := Judge(c.Row.task(), rules, []byte(c.Log))
			if checkGrade(t, c.Name+" "+string(rules), g, err, want) {
				agree++
			}
		}
	})
	report(t, "grading cases", agree, all)
}

func rowsByID(t testing.TB) map[string]row {
	t.Helper()
	rows := map[string]row{}
	for _, name := range []string{"swebench/lite.jsonl.gz", "swebench/verified.jsonl.gz"} {
		jsonLines(t, name, func(r row) { rows[r.InstanceID] = r })
	}
	return rows
}

func TestCorpusOfficialLogs(t *testing.T) {
	type corpusCase struct {
		ID         int
		InstanceID string `json:"instance_id"`
		Log        string
		Oracle     map[string]expectation
	}
	rows := rowsByID(t)
	var agree, all, reached int
	for id, r := range rows {
		flags := PatchFlags(r.Patch)
		if slices.Contains(flags, FlagReach) {
			reached++
		}
		if slices.Contains(flags, FlagShadow) || slices.Contains(flags, FlagUnread) {
			t.Errorf("%s: the gold patch is doubted: %q", id, flags)
		}
	}
	if reached > 2 {
		t.Errorf("%d of %d gold patches reach a runner", reached, len(rows))
	}
	jsonLines(t, "swebench/corpus.jsonl.gz", func(c corpusCase) {
		for rules, v := range map[Rules]string{V5: "5", V4: "4.1"} {
			all++
			g, err := Judge(rows[c.InstanceID].task(), rules, []byte(c.Log))
			if checkGrade(t, c.InstanceID+" "+v, g, err, c.Oracle[v]) {
				agree++
			}
		}
	})
	report(t, "official logs", agree, all)
}

// logCase is a line of the logs.
type logCase struct {
	ID         string
	InstanceID string `json:"instance_id"`
	Repo       string
	Version    string
	Parser     string
	RowID      *string `json:"row_id"`
	Log        *string
	V5         expectation `json:"expected_v5"`
	V4         *struct {
		Found  bool
		N      int
		SHA256 string `json:"sm_sha256"`
		Report *struct {
			Resolved bool
			Applied  bool `json:"patch_successfully_applied"`
		}
	} `json:"expected_v4_1"`
}

// goldRows are the expected tests by row id.
func goldRows(t testing.TB) map[string]row {
	t.Helper()
	gold := map[string]row{}
	jsonLines(t, "logs/rows.jsonl.gz", func(r struct {
		RowID string `json:"row_id"`
		row
	}) {
		gold[r.RowID] = r.row
	})
	return gold
}

// logTask is the task a log belongs to; without a row only its map is known.
func (c logCase) task(gold map[string]row) bench.Task {
	task := bench.Task{Repo: c.Repo, Version: c.Version}
	if c.RowID != nil {
		task = gold[*c.RowID].task()
	}
	task.InstanceID, task.LogParser = c.InstanceID, c.Parser
	return task
}

// mapHash is the hash of a status map regardless of its order.
func mapHash(tests []bench.TestStatus) string {
	lines := make([]string, len(tests))
	for i, t := range tests {
		lines[i] = t.Test + "\t" + t.Status
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

func testLogs(t *testing.T, file string) {
	gold := goldRows(t)
	var agree, all, logs, unaccounted, twice, without int
	jsonLines(t, file, func(c logCase) {
		if c.Log == nil {
			return
		}
		logs++
		all++
		g, err := Judge(c.task(gold), V5, []byte(*c.Log))
		if checkGrade(t, c.ID+" v5", g, err, c.V5) {
			agree++
		}
		if slices.Contains(g.Flags, FlagUnaccounted) {
			unaccounted++
		}
		if slices.Contains(g.Flags, FlagTwice) {
			twice++
		}
		if slices.Contains(g.Flags, FlagTestPatch) {
			without++
		}
		if c.V5.WholeText != nil {
			all++
			m, err := Parse(c.Parser, V5, c.task(gold), decode([]byte(*c.Log)))
			if err != nil || !sameTests(m.Tests(), *c.V5.WholeText) {
				t.Errorf("%s: whole text: %d tests, %v; want %d",
					c.ID, m.Len(), err, len(*c.V5.WholeText))
			} else {
				agree++
			}
		}
		if c.V4 == nil {
			return
		}
		all++
		if checkV4(t, c, c.task(gold)) {
			agree++
		}
	})
	report(t, file, agree, all)
	t.Logf("%d logs, %d unaccounted, %d with tests that failed and passed, %d without test patch",
		logs, unaccounted, twice, without)
	if unaccounted > logs/500 || twice > logs/500 || without > logs/500 {
		t.Error("honest runners are doubted")
	}
}

func checkV4(t *testing.T, c logCase, task bench.Task) bool {
	t.Helper()
	g, err := Judge(task, V4, []byte(*c.Log))
	if err != nil {
		t.Errorf("%s v4: %v", c.ID, err)
		return false
	}
	if g.Found != c.V4.Found || len(g.Tests) != c.V4.N || mapHash(g.Tests) != c.V4.SHA256 {
		t.Errorf("%s v4: found %v, %d tests, %s; want %+v",
			c.ID, g.Found, len(g.Tests), mapHash(g.Tests), c.V4)
		return false
	}
	if r := c.V4.Report; r != nil && (*g.Resolved != r.Resolved || g.PatchApplied != r.Applied) {
		t.Errorf("%s v4: resolved %v, want %v", c.ID, *g.Resolved, r.Resolved)
		return false
	}
	return true
}

func TestCorpusSmokeLogs(t *testing.T) { testLogs(t, "logs/smoke.jsonl.gz") }

func TestCorpusAllLogs(t *testing.T) {
	if testing.Short() {
		t.Skip("634 MB of logs")
	}
	testLogs(t, "logs/all.jsonl.zst")
}
