package datasets_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"bench"
	"bench/datasets"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// parquetRow has what real files have: optional texts, lists, times, and
// columns that nobody reads.
type parquetRow struct {
	InstanceID string    `parquet:"instance_id"`
	Repo       *string   `parquet:"repo,optional"`
	Commit     string    `parquet:"base_commit,dict"`
	Problem    string    `parquet:"problem_statement,zstd"`
	Created    time.Time `parquet:"created_at,timestamp(microsecond)"`
	Version    *string   `parquet:"version,optional"`
	TestPatch  string    `parquet:"test_patch"`
	FailToPass []string  `parquet:"FAIL_TO_PASS,list"`
	PassToPass []string  `parquet:"PASS_TO_PASS,optional,list"`
	Image      *string   `parquet:"docker_image,optional"`
	Files      int64     `parquet:"files"`
	Meta       struct {
		Hints string `parquet:"hints_text"`
	} `parquet:"meta"`
}

func sample() (rows []map[string]any, columns []parquetRow, tasks []bench.Task) {
	repo, version, image := "acme/rocket", "1.2", "acme/image:1"
	for _, id := range []string{"acme__rocket-1", "acme__rocket-2", "acme__rocket-3"} {
		pass := []string{}
		if id != "acme__rocket-2" {
			pass = []string{"test_b", "test_c[ä]"}
		}
		rows = append(rows, map[string]any{
			"instance_id": id, "repo": repo, "base_commit": commit, "version": version,
			"problem_statement": "it\r\nbreaks", "created_at": "2024-01-03T09:26:31",
			"test_patch": "diff --git a/x b/x\n", "FAIL_TO_PASS": []string{"test_a"},
			"PASS_TO_PASS": pass, "image_name": image, "patch": nil,
			"difficulty": map[string]any{"files": 2}, "unknown": []int{1},
		})
		columns = append(columns, parquetRow{
			InstanceID: id, Repo: &repo, Commit: commit, Version: &version, Image: &image,
			Problem: "it\r\nbreaks", TestPatch: "diff --git a/x b/x\n",
			Created:    time.Date(2024, 1, 3, 9, 26, 31, 0, time.UTC),
			FailToPass: []string{"test_a"}, PassToPass: pass,
		})
		tasks = append(tasks, bench.Task{
			InstanceID: id, Repo: repo, BaseCommit: commit, Version: version, Image: image,
			ProblemStatement: "it\r\nbreaks", TestPatch: "diff --git a/x b/x\n",
			CreatedAt:  time.Date(2024, 1, 3, 9, 26, 31, 0, time.UTC),
			FailToPass: []string{"test_a"}, PassToPass: pass,
		})
	}
	return rows, columns, tasks
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func jsonLines(t *testing.T, rows []map[string]any) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, r := range rows {
		b.Write(marshal(t, r))
		b.WriteString("\r\n\n") // other systems' line ends, and empty lines
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\r\n\n")) // no final newline
}

func gz(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zst(t *testing.T, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

func write(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func parquetBytes(t *testing.T, rows []parquetRow) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := parquet.Write(&b, rows, parquet.MaxRowsPerRowGroup(2)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFormats: every format and compression gives the same tasks and the same
// fingerprint.
func TestFormats(t *testing.T) {
	t.Parallel()
	rows, columns, want := sample()
	dir := t.TempDir()
	var encoded []map[string]any // lists as JSON in texts
	byID := map[string]any{}
	for _, r := range rows {
		byID[r["instance_id"].(string)] = r
		e := map[string]any{}
		for k, v := range r {
			e[k] = v
		}
		e["FAIL_TO_PASS"] = string(marshal(t, r["FAIL_TO_PASS"]))
		e["PASS_TO_PASS"] = string(marshal(t, r["PASS_TO_PASS"]))
		e["created_at"] = "2024-01-03T09:26:31Z"
		encoded = append(encoded, e)
	}
	reversed := []map[string]any{rows[2], rows[1], rows[0]}
	lines, pq := jsonLines(t, rows), parquetBytes(t, columns)
	for name, content := range map[string][]byte{
		"a.jsonl": lines, "a.jsonl.gz": gz(t, lines), "a.JSONL.ZST": zst(t, lines),
		"a.ndjson": lines, "encoded.jsonl": jsonLines(t, encoded),
		"list.json": marshal(t, rows), "list.json.zst": zst(t, marshal(t, rows)),
		"object.json": marshal(t, byID), "a.parquet": pq, "a.parquet.gz": gz(t, pq),
		"a.parquet.zst": zst(t, pq), "reversed.jsonl": jsonLines(t, reversed),
		"split/dev.jsonl.gz": gz(t, lines), "hf/data/dev-00000-of-00001.parquet": pq,
		"shards/dev-00000-of-00002.parquet":  parquetBytes(t, columns[:1]),
		"shards/dev-00001-of-00002.parquet":  parquetBytes(t, columns[1:]),
		"shards/test-00000-of-00001.parquet": parquetBytes(t, columns[:1]),
	} {
		write(t, filepath.Join(dir, name), content)
	}
	first := mustLoad(t, datasets.Options{Path: filepath.Join(dir, "a.jsonl")}).Fingerprint
	for _, name := range []string{
		"a.jsonl", "a.jsonl.gz", "a.JSONL.ZST", "a.ndjson", "encoded.jsonl", "list.json",
		"list.json.zst", "object.json", "a.parquet", "a.parquet.gz", "a.parquet.zst", "split", "hf",
		"shards", "reversed.jsonl",
	} {
		set := mustLoad(t, datasets.Options{Path: filepath.Join(dir, name), Split: "dev"})
		got := set.Tasks
		if name == "reversed.jsonl" {
			got = []bench.Task{got[2], got[1], got[0]}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if set.Fingerprint != first {
			t.Errorf("%s has another fingerprint than a.jsonl", name)
		}
	}
}

// TestColumnsOfV5: rows that say how to judge themselves need no more.
func TestColumnsOfV5(t *testing.T) {
	t.Parallel()
	row := map[string]any{
		"instance_id": "a__b-1", "repo": "a/b", "base_commit": strings.ToUpper(commit),
		"problem_statement": "p", "FAIL_TO_PASS": []string{"x"}, "PASS_TO_PASS": "[]",
		"image": "swebench/x:latest", "image_name": "not this", "eval_script": "#!/bin/bash\n",
		"log_parser": "parse_log_pytest", "eval_type": "fail_only", "patch": "p", "hints_text": "h",
	}
	path := write(t, filepath.Join(t.TempDir(), "v5.jsonl"), jsonLines(t, []map[string]any{row}))
	want := []bench.Task{{
		InstanceID: "a__b-1", Repo: "a/b", BaseCommit: strings.ToUpper(commit),
		ProblemStatement: "p", FailToPass: []string{"x"}, PassToPass: []string{}, Patch: "p",
		Hints: "h", Image: "swebench/x:latest", EvalScript: "#!/bin/bash\n",
		LogParser: "parse_log_pytest", EvalType: "fail_only",
	}}
	if diff := cmp.Diff(want, mustLoad(t, datasets.Options{Path: path}).Tasks); diff != "" {
		t.Error(diff)
	}
}

// TestForLogs: judging a stored log needs less than a trial.
func TestForLogs(t *testing.T) {
	t.Parallel()
	row := []byte(`{"instance_id":"a__b-1","repo":"b","FAIL_TO_PASS":[],"PASS_TO_PASS":["x",""],` +
		`"version":"1.0","base_commit":"HEAD","created_at":"lately","patch":3}`)
	path := write(t, filepath.Join(t.TempDir(), "rows.jsonl"), row)
	want := &datasets.Set{Rows: 1, Tasks: []bench.Task{{
		InstanceID: "a__b-1", Repo: "b", Version: "1.0", FailToPass: []string{}, PassToPass: []string{"x", ""},
	}}}
	got := mustLoad(t, datasets.Options{Path: path, ForLogs: true})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := datasets.Load(t.Context(), datasets.Options{Path: path}); err == nil {
		t.Error("a trial needs more than this row has")
	}
}

// TestDamaged: cut off and garbled files are mistakes, not panics.
func TestDamaged(t *testing.T) {
	t.Parallel()
	rows, columns, _ := sample()
	dir := t.TempDir()
	pq := parquetBytes(t, columns)
	for name, content := range map[string][]byte{
		"cut.parquet": pq[:len(pq)/2], "empty.parquet": nil, "text.parquet": []byte("PAR1 no PAR1"),
		"cut.jsonl.gz": gz(t, jsonLines(t, rows))[:60], "plain.jsonl.gz": jsonLines(t, rows),
		"plain.jsonl.zst": jsonLines(t, rows), "cut.parquet.gz": gz(t, pq)[:80],
	} {
		path := write(t, filepath.Join(dir, name), content)
		if _, err := datasets.Load(t.Context(), datasets.Options{Path: path}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for i := 0; i < len(pq); i += 5 { // one wrong byte at a time
		garbled := bytes.Clone(pq)
		garbled[i] ^= 0x55
		path := write(t, filepath.Join(dir, "garbled.parquet"), garbled)
		_, _ = datasets.Load(t.Context(), datasets.Options{Path: path})
	}
}
