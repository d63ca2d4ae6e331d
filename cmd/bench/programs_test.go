package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"

	"bench/sandbox/docker/registrytest"
)

// exits is the script command `exits STATUS PROGRAM ARGUMENTS…`: it runs a
// program, which must end with the exit status given.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGUMENTS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// registry is the script command `registry`: it serves images as long as the
// script runs, below the name in REGISTRY. What was pulled from it is removed.
func registry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: registry")
	}
	r, stop := registrytest.Serve()
	ts.Defer(func() {
		stop()
		out, _ := exec.Command("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}",
			"--filter", "reference="+r.Host+"/*/*", "--filter", "reference="+r.Host+"/*/*/*").Output()
		for _, name := range strings.Fields(string(out)) {
			exec.Command("docker", "image", "rm", "-f", name).Run()
		}
	})
	ts.Setenv("REGISTRY", r.Host)
}

// The rest are programs.

// fail ends a program with a message.
func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// await is `await PROGRAM ARGUMENTS…`: it runs a program until it succeeds.
func await() {
	var last []byte
	for range 600 {
		var err error
		if last, err = exec.Command(os.Args[1], os.Args[2:]...).CombinedOutput(); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	fail("waited in vain: %s", last)
}

// code is `code FILE PROGRAM ARGUMENTS…`: it runs a program, passes interrupts
// on to it, and writes its number to FILE.pid and its exit status to FILE.
func code() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	c := exec.Command(os.Args[2], os.Args[3:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		fail("%v", err)
	}
	pid := []byte(strconv.Itoa(c.Process.Pid) + "\n")
	if err := os.WriteFile(os.Args[1]+".pid", pid, 0o644); err != nil {
		fail("%v", err)
	}
	go func() {
		for s := range signals {
			c.Process.Signal(s)
		}
	}()
	_ = c.Wait() // the status says it
	status := strconv.Itoa(c.ProcessState.ExitCode()) + "\n"
	if err := os.WriteFile(os.Args[1], []byte(status), 0o644); err != nil {
		fail("%v", err)
	}
}

// stubborn is what bench would be if it did not end when it is interrupted: it
// makes the file ready, and then the file asked.
func stubborn() {
	ctx, _ := interruptible(os.Stderr)
	for _, name := range []string{"ready", "asked"} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			fail("%v", err)
		}
		<-ctx.Done()
	}
	select {}
}

// query is `query DATABASE SQL`: it prints rows as sqlite3 does, values between
// bars and NULL as nothing.
func query() {
	db, err := sql.Open("sqlite", "file:"+os.Args[1]+"?mode=ro")
	if err != nil {
		fail("%v", err)
	}
	defer db.Close()
	rows, err := db.Query(os.Args[2])
	if err != nil {
		fail("%v", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		fail("%v", err)
	}
	values, pointers := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			fail("%v", err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			if v != nil {
				texts[i] = fmt.Sprint(v)
			}
		}
		fmt.Println(strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		fail("%v", err)
	}
}

// request is `request URL [JSON]`: it gets a page, or posts JSON to it.
func request() {
	var (
		r   *http.Response
		err error
	)
	if len(os.Args) > 2 {
		r, err = http.Post(os.Args[1], "application/json", strings.NewReader(os.Args[2]))
	} else {
		r, err = http.Get(os.Args[1])
	}
	if err != nil {
		fail("%v", err)
	}
	defer r.Body.Close()
	fmt.Println(r.Status)
	if _, err := io.Copy(os.Stdout, r.Body); err != nil {
		fail("%v", err)
	}
}

// jsonKeys is `jsonkeys FILE`: it prints the keys of a JSON document in order,
// with the types of their values. All items of a list count as one.
func jsonKeys() {
	b, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	var v any
	if err := d.Decode(&v); err != nil {
		fail("%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		fail("%s holds more than one document", os.Args[1])
	}
	seen := map[string][]string{} // types by path
	keysOf(seen, "", v)
	paths := make([]string, 0, len(seen))
	for path, types := range seen {
		slices.Sort(types)
		paths = append(paths, path+" "+strings.Join(slices.Compact(types), "|"))
	}
	slices.Sort(paths)
	fmt.Println(strings.Join(paths, "\n"))
}

func keysOf(seen map[string][]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if path != "" {
			seen[path] = append(seen[path], "object")
		}
		for k, e := range v {
			keysOf(seen, path+"."+k, e)
		}
	case []any:
		seen[path] = append(seen[path], "list")
		for _, e := range v {
			keysOf(seen, path+"[]", e)
		}
	default:
		name := map[string]string{"<nil>": "null", "float64": "number"}[fmt.Sprintf("%T", v)]
		if name == "" {
			name = fmt.Sprintf("%T", v)
		}
		seen[path] = append(seen[path], name)
	}
}

// steadied are what differs from run to run in the output of the same work.
var steadied = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?m)^(.*(?:concurrency|speedup|critical path|model time|time ratio).*?)[ ,][<≤0-9].*$`), "$1 …"},
	{regexp.MustCompile(`(?m)^(?:- )? By time: .*\n`), ""},
	{regexp.MustCompile(`(?m)^((?:- )?Lowest first by .*?)(?:, time|; the same by time)\.$`), "$1."},
	{regexp.MustCompile(`(?m)^(?:- )?The order by cost per task is another by time\.\n`), ""},
	{regexp.MustCompile(`(?m)^((?:- )?The order by cost .*?), time\.$`), "$1."},
	{regexp.MustCompile(`(?m)^( \S+ +[+-][\d.]+ \[[^]]*\] +[\d.]+×(?: \[[^]]*\])?) +[\d.]+×(?: \[[^]]*\])?`), "$1  R"},
	{regexp.MustCompile(`(?m)^(\| \S+ +\| +[+-][\d.]+ \[[^]]*\] \| +[\d.]+×(?: \[[^]]*\])? \|) +[\d.]+×(?: \[[^]]*\])?`), "$1 R"},
	// How many sidekicks are at work at once is the machine's to say.
	{regexp.MustCompile(`(?m)(%[ |]+)\d+\.\d\d×([ |]+)\d+( \||$)`), "${1}C${2}P$3"},
	{regexp.MustCompile(`<?\b\d+(\.\d+)?(µs|ms|s|m|h)\b`), "T"},
	{regexp.MustCompile(`\bT(T)+\b`), "T"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?`), "TIME"},
	{regexp.MustCompile(`  +`), "  "},
	{regexp.MustCompile(`\|  T\b`), "| T"},
	{regexp.MustCompile(`──+`), "──"},
	{regexp.MustCompile(`--+(:?\|)`), "--$1"}, // the rule of a table in Markdown
	{regexp.MustCompile(` +\n`), "\n"},
}

// steady copies its input without what differs from run to run: times, what
// follows from times, and widths of columns.
func steady() {
	b, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail("%v", err)
	}
	for _, s := range steadied {
		b = s.re.ReplaceAll(b, []byte(s.with))
	}
	os.Stdout.Write(b)
}
