package main

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// changed is a directory with the demo's database, in which SQL was executed.
func changed(t *testing.T, text string) (dir string) {
	t.Helper()
	whole, err := demoRun()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	path := filepath.Join(dir, "bench.db")
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Who reads a body that was changed says so, by its name, with what to do, and shows
// nothing of it.
func TestChangedBodies(t *testing.T) {
	t.Parallel()
	const change = `UPDATE bodies SET content = CAST('forged' AS BLOB), encoding = 'raw' WHERE hash = `
	for what, commands := range map[string][][]string{
		"(SELECT patch FROM trials WHERE patch_bytes > 0 AND configuration = 'solo' LIMIT 1)": {
			{"show", "r", "INSTANCE", "--configuration", "solo"}, {"export", "r", "-o", "out"}, {"compare", "r"},
		},
		"(SELECT config FROM runs)": {{"resume", "r"}, {"export", "r", "-o", "out", "--format", "json"}},
		"(SELECT log FROM grades WHERE log IS NOT NULL LIMIT 1)": {
			{"export", "r", "-o", "out", "--format", "swebench"}, {"report", "r", "-o", "r.html"},
			{"compare", "r"},
		},
	} {
		dir := changed(t, change+what)
		var hash, instance string
		db := database(t, filepath.Join(dir, "bench.db"))
		scan(t, db, "SELECT hash FROM bodies WHERE content = CAST('forged' AS BLOB)", &hash)
		scan(t, db, `SELECT instance_id FROM trials WHERE patch_bytes > 0 AND configuration = 'solo'
			LIMIT 1`, &instance)
		for _, args := range append(commands, []string{"db", "check"}) {
			for i, arg := range args {
				if arg == "INSTANCE" {
					args[i] = instance
				}
			}
			out, said, status := program(t, dir, nil, args...)
			if status != 1 || !strings.Contains(out+said, "body "+hash+" was changed after it was written") ||
				!strings.Contains(said, "the database is damaged") || strings.Contains(out, "forged") {
				t.Errorf("%s: bench %v: status %d\n%s%s", what, args, status, out, said)
			}
		}
	}
}

// gatewayConfig lets a program reach a model that is not asked.
const gatewayConfig = `
models: {m: {provider: openai, model: m, base_url: "http://127.0.0.1:1/v1", price: {input: 1, output: 1}}}
configurations: {program: {kind: command, model: m, command: {run: "true", gateway: {}}}}
`

// A database whose process died while blocks of it were overwritten is refused by all
// who read it, with what to do; one that was only left open is not.
func TestDamagedDatabase(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		blocks int
		log    func([]byte) []byte
		want   string // "" if nothing is wrong
	}{
		"left open": {0, func(b []byte) []byte { return b }, ""},
		"torn":      {0, func(b []byte) []byte { return b[:len(b)-100] }, ""},
		"blocks":    {30, func(b []byte) []byte { return b }, "the database is damaged: "},
		"log":       {0, func(b []byte) []byte { return append([]byte("broken"), b[6:]...) }, "bench.db-wal does not begin as a log does"},
	} {
		from := changed(t, "PRAGMA journal_mode = WAL")
		db, err := sql.Open("sqlite", "file:"+from+"/bench.db?_pragma=wal_autocheckpoint(0)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for range 3 {
			if _, err := db.ExecContext(t.Context(), "UPDATE runs SET name = name || '!'"); err != nil {
				t.Fatal(err)
			}
		}
		file, err := os.ReadFile(filepath.Join(from, "bench.db"))
		if err != nil {
			t.Fatal(err)
		}
		log, err := os.ReadFile(filepath.Join(from, "bench.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for range test.blocks {
			at := 4096 * (1 + rng.IntN(len(file)/4096-1))
			for i := range 4096 {
				file[at+i] = byte(rng.Uint32())
			}
		}
		for _, args := range [][]string{
			{"status", "r"}, {"compare", "r"}, {"export", "r", "-o", "out"}, {"resume", "r"}, {"db", "check"},
			{"gateway", "-c", "bench.yaml", "--run-id", "r"},
		} {
			if args[0] == "gateway" && test.want == "" {
				continue // the run is there already
			}
			dir := t.TempDir()
			for file, b := range map[string][]byte{"bench.db": file, "bench.db-wal": test.log(log),
				"bench.yaml": []byte(gatewayConfig)} {
				if err := os.WriteFile(filepath.Join(dir, file), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			out, said, status := program(t, dir, nil, args...)
			switch {
			case test.want == "" && status != 0:
				t.Errorf("%s: bench %v: status %d\n%s%s", name, args, status, out, said)
			case test.want != "" && (status != 1 || args[0] != "db" && out != "" ||
				!strings.Contains(said, test.want) && args[0] != "db" ||
				!strings.Contains(said, "the database is damaged")):
				t.Errorf("%s: bench %v: status %d\n%s%s", name, args, status, out, said)
			case test.want != "" && args[0] != "db" && !strings.Contains(said, "bench db check"):
				t.Errorf("%s: bench %v does not say what to do: %s", name, args, said)
			}
		}
	}
}
