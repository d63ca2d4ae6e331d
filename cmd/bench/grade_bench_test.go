package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bench"

	"github.com/klauspost/compress/zstd"

	"bench/internal/require"
)

// storedLogs lays thousands of real logs out as the official harness does, and
// as lines of one file, beside the rows that judge them. Instances are called by
// the ids of their rows.
type storedLogs struct {
	dir, lines, rows string
	files, size      int64 // how many logs, and their bytes
}

func layOut(b *testing.B) storedLogs {
	b.Helper()
	corpus, tmp := filepath.Join(require.Corpus(b), "logs"), b.TempDir()
	s := storedLogs{
		dir: filepath.Join(tmp, "logs"), lines: filepath.Join(tmp, "logs.jsonl"),
		rows: filepath.Join(tmp, "rows.jsonl"),
	}
	known := map[string]bool{}
	rows := create(b, s.rows)
	eachRow(b, filepath.Join(corpus, "rows.jsonl.gz"), func(row map[string]any) {
		row["instance_id"] = row["row_id"]
		known[row["row_id"].(string)] = true
		must(json.NewEncoder(rows).Encode(row))
	})
	lines := create(b, s.lines)
	eachRow(b, filepath.Join(corpus, "all.jsonl.zst"), func(row map[string]any) {
		id, _ := row["row_id"].(string)
		log, ok := row["log"].(string)
		if !ok || !known[id] {
			return
		}
		must(json.NewEncoder(lines).Encode(map[string]string{"instance_id": id, "log": log}))
		file := filepath.Join(s.dir, fmt.Sprintf("%05d", s.files), id, "test_output.txt")
		must(os.MkdirAll(filepath.Dir(file), 0o755))
		must(os.WriteFile(file, []byte(log), 0o644))
		s.files, s.size = s.files+1, s.size+int64(len(log))
	})
	must(rows.Close())
	must(lines.Close())
	return s
}

func create(b *testing.B, path string) *os.File {
	b.Helper()
	f, err := os.Create(path)
	must(err)
	return f
}

// eachRow reads the lines of a .gz or .zst file.
func eachRow(b *testing.B, path string, do func(map[string]any)) {
	b.Helper()
	f, err := os.Open(path)
	must(err)
	defer f.Close()
	var r io.Reader
	if filepath.Ext(path) == ".gz" {
		r, err = gzip.NewReader(f)
	} else {
		r, err = zstd.NewReader(f, zstd.WithDecoderMaxWindow(1<<28))
	}
	must(err)
	for lines := json.NewDecoder(bufio.NewReaderSize(r, 1<<20)); ; {
		var row map[string]any
		err := lines.Decode(&row)
		if err == io.EOF {
			return
		}
		must(err)
		do(row)
	}
}

// BenchmarkGradeLogs is the built program judging real logs, from its start to
// its last line: megabytes of log per second of processor time.
func BenchmarkGradeLogs(b *testing.B) {
	program := filepath.Join(b.TempDir(), "bench")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	s := layOut(b)
	for name, path := range map[string]string{"files": s.dir, "lines": s.lines} {
		b.Run(name, func(b *testing.B) {
			var seconds float64
			for b.Loop() {
				cmd := exec.Command(program, "grade", "--logs", path, "--dataset", s.rows, "--format", "jsonl")
				if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != int(bench.ExitIncomplete) {
					b.Fatal(err)
				}
				seconds += (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
			}
			b.ReportMetric(float64(s.size)*float64(b.N)/1e6/seconds, "MB/cpu-s")
		})
	}
}
