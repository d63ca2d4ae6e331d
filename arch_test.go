package bench_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowedImports says which packages of the project each package may import. The
// standard library is open to all but for the packages in libraries. The same table is
// in docs/architecture.md; TestArchitectureDocument compares them.
var allowedImports = map[string]string{
	"bench": "",
	"stats": "",

	"trajectory":    "bench",
	"contamination": "bench",

	"config":   "bench internal/strictyaml",
	"datasets": "bench internal/plainfile internal/strictyaml",

	"datasets/hub":         "bench internal/plural datasets",
	"datasets/hub/hubtest": "",

	"llm":           "bench",
	"llm/llmtest":   "bench llm",
	"llm/pricing":   "bench",
	"llm/probe":     "bench llm",
	"llm/answers":   "bench llm",
	"llm/wire":      "bench llm",
	"llm/openai":    "bench llm llm/wire",
	"llm/anthropic": "bench llm llm/wire",
	"llm/responses": "bench llm llm/wire",
	"llm/gemini":    "bench llm llm/wire",
	"llm/scripted":  "bench llm trajectory",
	"llm/gateway":   "bench llm llm/wire llm/openai llm/anthropic llm/responses llm/gemini",

	"sandbox":                     "bench",
	"sandbox/sandboxtest":         "bench sandbox",
	"sandbox/repo":                "bench internal/plainfile sandbox",
	"sandbox/helper":              "bench sandbox",
	"sandbox/helper/confine":      "sandbox/helper",
	"sandbox/helper/bench-helper": "sandbox/helper sandbox/helper/confine",
	"sandbox/local":               "bench internal/machine sandbox sandbox/helper sandbox/repo",
	"sandbox/docker":              "bench internal/machine sandbox sandbox/helper sandbox/helper/confine sandbox/docker/images",
	"sandbox/engines":             "bench sandbox",
	"sandbox/docker/images":       "bench internal/plural sandbox sandbox/repo",
	"sandbox/netconn":             "bench sandbox",
	"sandbox/docker/enginetest":   "",
	"sandbox/docker/registrytest": "",

	"agent":           "bench llm sandbox",
	"agent/tools":     "bench llm sandbox agent",
	"agent/agenttest": "bench llm sandbox sandbox/local agent",
	"agent/single":    "bench llm sandbox sandbox/repo agent agent/tools",
	"agent/advisor":   "bench llm agent agent/single agent/tools",
	"agent/router":    "bench llm agent agent/single",
	"agent/command":   "bench llm llm/gateway sandbox sandbox/netconn agent agent/tools agent/command/acp",

	"agent/command/acp": "bench",
	"agent/fusion":      "bench llm sandbox sandbox/repo agent agent/tools",

	"scoring":          "bench sandbox",
	"scoring/swebench": "bench internal/plainfile sandbox sandbox/repo scoring",
	"scoring/regrade":  "bench scoring/swebench",
	"scoring/evaluate": "bench scoring scoring/swebench scoring/regrade",
	"scoring/verify":   "bench internal/plural scoring/swebench scoring/evaluate",

	"replay": "bench internal/jsondiff llm",

	"runner": "bench agent sandbox sandbox/repo scoring",

	"results":             "bench",
	"results/resultstest": "bench results",
	"results/storetest":   "bench results results/resultstest",

	"results/output":         "bench results",
	"results/output/preds":   "bench results results/output",
	"results/output/junit":   "bench results results/output",
	"results/output/otlp":    "bench internal/plural results results/output",
	"results/output/harness": "bench results results/output results/output/preds scoring/evaluate scoring/swebench",
	"results/output/inspect": "bench llm results results/conversation results/output",
	"results/output/document": "bench trajectory results results/compare results/report results/output " +
		"results/output/trajectories",
	"results/output/tables":       "bench internal/width results results/output results/timeline results/compare stats",
	"results/output/trajectories": "bench trajectory results results/conversation results/output results/output/preds",

	"results/input": "bench trajectory contamination datasets scoring/swebench scoring/evaluate",

	"results/conversation": "bench llm results",
	"results/examination":  "bench contamination llm results",

	"results/setup":    "bench internal/jsondiff results",
	"results/timeline": "bench results stats",
	"results/verdict":  "bench stats",
	"results/compare":  "bench internal/plural results results/timeline results/verdict stats",
	"results/nights":   "bench results stats",
	"results/planning": "bench results results/timeline results/verdict results/compare stats",
	"results/report": "bench internal/jsondiff internal/plural internal/width results results/timeline results/verdict results/compare " +
		"results/nights results/output/junit results/planning stats",
	"results/draw":  "bench internal/width results/timeline",
	"results/chart": "bench results/compare results/nights results/report results/draw stats",
	"results/view":  "bench results results/page",
	"results/page": "bench internal/plural results results/conversation results/timeline results/verdict results/compare " +
		"results/report results/draw results/chart stats",

	"internal/jsondiff":   "",
	"internal/machine":    "bench",
	"internal/plainfile":  "",
	"internal/plural":     "",
	"internal/progress":   "bench internal/width",
	"internal/runlog":     "bench",
	"internal/require":    "",
	"internal/sbom":       "",
	"internal/skips":      "",
	"internal/strictyaml": "internal/width",
	"internal/width":      "",

	"cmd/bench": "*",
}

// libraries says which packages may import a package: every one of another module,
// and those of the standard library that open a door to the outside.
var libraries = map[string]string{
	"database/sql": "results",
	"net/http": "sandbox/docker llm/openai llm/anthropic llm/responses llm/wire llm/scripted llm/gateway datasets/hub " +
		"datasets/hub/hubtest sandbox/docker/registrytest results/output/otlp results/view",
	"os/exec": "sandbox/docker sandbox/local sandbox/repo internal/require",

	// They call methods by name, and so keep every method in the binary.
	"html/template": "",
	"text/template": "",

	"github.com/DataDog/datadog-agent":      "agent results/page",
	"github.com/bluekeyes/go-gitdiff":       "agent/fusion scoring/swebench runner",
	"github.com/cenkalti/backoff/v5":        "llm sandbox/docker/images results/output/otlp",
	"github.com/distribution/reference":     "sandbox/docker/images",
	"github.com/moby/patternmatcher":        "sandbox/docker/images",
	"github.com/docker/cli":                 "sandbox/docker sandbox/docker/images",
	"github.com/docker/docker":              "sandbox/docker sandbox/docker/images",
	"github.com/docker/go-connections":      "sandbox/docker",
	"github.com/docker/go-units":            "sandbox/docker",
	"github.com/clipperhouse/displaywidth":  "internal/width",
	"github.com/clipperhouse/uax29/v2":      "internal/width",
	"github.com/containerd/errdefs":         "sandbox/docker sandbox/docker/images",
	"github.com/invopop/jsonschema":         "",
	"github.com/klauspost/compress":         "results datasets scoring/regrade",
	"github.com/mattn/go-isatty":            "cmd/bench",
	"github.com/olekukonko/tablewriter":     "results/report",
	"github.com/opencontainers":             "sandbox/docker/images",
	"github.com/parquet-go/parquet-go":      "datasets results/output/tables",
	"github.com/sashabaranov/go-openai":     "llm/openai",
	"github.com/spf13/cobra":                "cmd/bench",
	"github.com/spf13/pflag":                "cmd/bench",
	"github.com/vbauerster/mpb/v8":          "internal/progress",
	"go.yaml.in/yaml/v4":                    "internal/strictyaml llm/scripted",
	"golang.org/x/image":                    "results/draw",
	"golang.org/x/sys":                      "sandbox/docker sandbox/helper sandbox/helper/confine sandbox/local internal/machine cmd/bench",
	"golang.org/x/time":                     "llm",
	"gonum.org/v1/gonum":                    "stats",
	"modernc.org/sqlite":                    "results",
	"github.com/santhosh-tekuri/jsonschema": "",
}

// goroutines lists the files that may start goroutines, and who waits for them
// or why nobody has to.
var goroutines = map[string]string{
	"sandbox/pack.go":                "packs a directory; PutDir waits",
	"sandbox/run.go":                 "feeds standard input; Run waits",
	"sandbox/helper/client.go":       "reads the stream, watches the context; Close waits",
	"sandbox/helper/server.go":       "one per call; the stream's end kills and ends them all",
	"sandbox/helper/process.go":      "feeds standard input; ends with the command",
	"sandbox/helper/listen.go":       "two per connection; they end with it, or with the stream",
	"sandbox/helper/conn.go":         "turns a connection away; Close waits",
	"sandbox/helper/main.go":         "is the helper; ends with the process",
	"sandbox/helper/pool_linux.go":   "collects reapers; ends with the process",
	"sandbox/helper/reaper_linux.go": "waits for one command; done waits",
	"sandbox/helper/groups_other.go": "waits for one command; ends with it",
	"sandbox/local/box.go":           "ends with the helper's process; Close waits",
	"sandbox/engines/pool.go":        "asks engines at once; each waits, and Close for what waits for those that are gone",
	"sandbox/docker/lost.go":         "connects a stream; ends with the connection to the engine",
	"sandbox/engines/one.go":         "asks an engine that is gone; Close waits",
	"sandbox/docker/images/build.go": "packs the build's context; the build waits",
	"cmd/bench/engines.go":           "connects to engines at once; connectEngines waits",
	"cmd/bench/cmd_images_pull.go":   "one per image at once; makeAll waits",
	"scoring/regrade/regrade.go":     "one per core, and the reader; Run waits",
	"scoring/evaluate/evaluate.go":   "workers; Run waits",
	"agent/command/turn.go":          "hears a program; perform waits",
	"agent/batch.go":                 "one per tool call of a batch; the batch waits",
	"agent/fusion/activation.go":     "one per activation; its team waits",
	"agent/tools/shell.go":           "reads a shell's output; close waits",
	"runner/runner.go":               "workers; Run waits",
	"runner/journal.go":              "one per observer; close waits",
	"llm/scripted/server.go":         "serves HTTP; Close waits",
	"llm/gateway/session.go":         "serves HTTP; Close waits",
	"results/page/each.go":           "one per core; each waits",
	"cmd/bench/main.go":              "waits for ^C; ends with the process",
}

// commands lists the files that may start programs on this machine, and which. All
// git commands are made in one place: see TestForeignRepositoriesRunNothing.
var commands = map[string]string{
	"sandbox/docker/binary.go":       "go: builds the helper",
	"sandbox/local/box.go":           "the helper",
	"sandbox/helper/pool_linux.go":   "itself, to wait for one command",
	"sandbox/helper/reaper_linux.go": "the commands of a sandbox",
	"sandbox/helper/groups_other.go": "the commands of a sandbox",
	"sandbox/repo/git.go":            "git, in directories of our own",
	"internal/require/require.go":    "docker: asks what a test may use",
	"internal/require/podman.go":     "podman: an engine of a test",
}

// The sizes above which a file or function is hard to hold in one's head.
// Tables, that is literals of more than ten lines, do not count.
const (
	maxFile     = 400
	maxFunction = 60
)

// file is one Go file of the project.
type file struct {
	path string // slashed, relative to the module
	pkg  string
	fset *token.FileSet
	ast  *ast.File
}

// project parses every Go file but tests, test data and example tasks, which
// are modules of their own.
func project(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			name := e.Name()
			if name == "testdata" || name == "examples" || len(name) > 1 && name[0] == '.' {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f := file{path: filepath.ToSlash(path), fset: token.NewFileSet()}
		if f.pkg = filepath.ToSlash(filepath.Dir(path)); f.pkg == "." {
			f.pkg = "bench"
		}
		f.ast, err = parser.ParseFile(f.fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files found", len(files))
	}
	return files
}

func (f file) lines(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

func (f file) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, f.fset.Position(n.Pos()).Line)
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, f := range project(t) {
		allowed, known := allowedImports[f.pkg]
		if !known {
			t.Errorf("%s: %s is not listed: add it to the tables here and in docs/architecture.md",
				f.path, f.pkg)
			continue
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := forbidden(f.pkg, allowed, path); why != "" {
				t.Errorf("%s imports %s: %s", f.at(spec), path, why)
			}
		}
	}
}

// forbidden says why a package may not import a package, or nothing.
func forbidden(pkg, allowed, path string) string {
	if path == "bench" || strings.HasPrefix(path, "bench/") {
		if pkg == "bench" {
			return "the root imports no other package"
		}
		target := strings.TrimPrefix(path, "bench/")
		if allowed == "*" || slices.Contains(strings.Fields(allowed), target) {
			return ""
		}
		return pkg + " may import: " + allowed
	}
	for library, users := range libraries {
		if path == library || strings.HasPrefix(path, library+"/") {
			if slices.Contains(strings.Fields(users), pkg) {
				return ""
			}
			return "it belongs to: " + users
		}
	}
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		return "it is in nobody's list of libraries"
	}
	return ""
}

func TestGoroutines(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range project(t) {
		if strings.HasSuffix(f.pkg, "test") { // kits run what they test
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if starts(n) {
				used[f.path] = true
				if goroutines[f.path] == "" {
					t.Errorf("%s starts a goroutine: the file is not in the list", f.at(n))
				}
			}
			return true
		})
	}
	for path := range goroutines {
		if !used[path] {
			t.Errorf("%s is in the list and starts no goroutine", path)
		}
	}
}

// starts reports whether n is a go statement or the Go method of a group.
func starts(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Go" && len(n.Args) == 1
	}
	return false
}

func TestCommands(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range project(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || pkg.Name != "exec" && pkg.Name != "os" && pkg.Name != "syscall" {
				return true
			}
			switch sel.Sel.Name {
			case "Command", "CommandContext", "StartProcess", "ForkExec":
				used[f.path] = true
				if commands[f.path] == "" {
					t.Errorf("%s starts a program: the file is not in the list", f.at(n))
				}
			}
			return true
		})
	}
	for path := range commands {
		if !used[path] {
			t.Errorf("%s is in the list and starts no program", path)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, f := range project(t) {
		if n := f.fset.Position(f.ast.FileEnd).Line; n > maxFile {
			t.Errorf("%s has %d lines, more than %d", f.path, n, maxFile)
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.lines(fn) - f.tables(fn); n > maxFunction {
				t.Errorf("%s: %s has %d lines, more than %d", f.at(fn), fn.Name.Name, n, maxFunction)
			}
		}
	}
}

// tables counts the lines of large literals.
func (f file) tables(fn *ast.FuncDecl) int {
	sum := 0
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.CompositeLit, *ast.BasicLit:
			if lines := f.lines(n); lines > 10 {
				sum += lines
				return false
			}
		}
		return true
	})
	return sum
}

func TestRoomsHaveDocs(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, f := range project(t) {
		if f.ast.Doc != nil {
			documented[f.pkg] = true
		}
	}
	for pkg := range allowedImports {
		if !documented[pkg] {
			t.Errorf("%s has no package comment, or no files", pkg)
		}
	}
}

// TestArchitectureDocument: each row "| `package` | what | imports |" of the
// document is a package of the map, and the other way round.
func TestArchitectureDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		pkg := strings.Trim(cells[1], " `")
		seen[pkg] = true
		want := strings.Fields(allowedImports[pkg])
		got := strings.Fields(strings.NewReplacer("`", "", ",", " ").Replace(cells[3]))
		if got = slices.DeleteFunc(got, func(s string) bool { return s == "–" }); !slices.Equal(got, want) {
			t.Errorf("docs/architecture.md: %s imports %q, the test says %q", pkg, got, want)
		}
	}
	for pkg := range allowedImports {
		if !seen[pkg] {
			t.Errorf("docs/architecture.md has no row for %s", pkg)
		}
	}
}

// TestArchitectureLibraries: each row "| `library` | packages |" of the document
// is what libraries says, and what reaches outside has a row.
func TestArchitectureLibraries(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ((?:`[^`]+`(?:, )?)+) \\|$")
	seen := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		seen[m[1]] = true
		got := strings.Fields(strings.NewReplacer("`", "", ",", " ").Replace(m[2]))
		if want := strings.Fields(libraries[m[1]]); !slices.Equal(got, want) {
			t.Errorf("docs/architecture.md: %s may be imported by %q, the test says %q", m[1], got, want)
		}
	}
	for _, outside := range []string{"database/sql", "net/http", "os/exec"} {
		if !seen[outside] {
			t.Errorf("docs/architecture.md does not say who may import %s", outside)
		}
	}
}
