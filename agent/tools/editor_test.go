package tools_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/tools"
)

// put writes a file of the box's work directory.
func put(t testing.TB, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func get(t testing.TB, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type args = map[string]any

func TestEditor(t *testing.T) {
	t.Parallel()
	var numbers strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&numbers, "line %d\n", i+1)
	}
	for _, test := range []struct {
		name  string
		file  string // content of f at the start; "" makes none
		args  args   // path defaults to f
		want  string // regular expression; $D is the work directory
		after string // content of f afterwards; "-" is not looked at
	}{
		{"view", "a\nb\n", args{"command": "view"},
			"^\\[$D/f, 2 lines\\]\n     1\ta\n     2\tb$", "a\nb\n"},
		{"view without final break", "a\nb", args{"command": "view"}, "2 lines.*\n.*\n     2\tb$", "-"},
		{"view range", "a\nb\nc\nd\n", args{"command": "view", "view_range": []int{2, 3}},
			"^\\[$D/f, lines 2 to 3 of 4\\]\n     2\tb\n     3\tc$", "-"},
		{"view range to the end", "a\nb\nc\n", args{"command": "view", "view_range": []int{2, -1}},
			"lines 2 to 3 of 3\\]\n     2\tb\n     3\tc$", "-"},
		{"view range too far", "a\nb\n", args{"command": "view", "view_range": []int{2, 9}},
			"lines 2 to 2 of 2", "-"},
		{"view range outside", "a\n", args{"command": "view", "view_range": []int{5, 9}},
			`^\[no lines 5 to 9: .* has 1\]$`, "-"},
		{"view range of three", "a\n", args{"command": "view", "view_range": []int{1, 2, 3}},
			"view_range must be a list of 2 whole numbers", "-"},
		{"numbers are given before clipping", numbers.String(), args{"command": "view"},
			"(?s)^.*     1\tline 1\n.*characters left out; use view_range.*  4990\tline 4990\n.*  5000\tline 5000$", "-"},
		{"view missing", "", args{"command": "view"}, "^Error: $D/f does not exist$", "-"},
		{"view binary", "a\x00b", args{"command": "view"}, "^Error: $D/f is a binary file$", "-"},
		{"view latin-1", "caf\xe9\n", args{"command": "view"}, "caf\uFFFD", "caf\xe9\n"},
		{"too large", strings.Repeat("x\n", 5<<20+1), args{"command": "view"}, "larger than 10 MB", "-"},
		{"relative path", "", args{"command": "view", "path": "f"}, `path must be absolute, not "f"`, "-"},
		{"line break in path", "", args{"command": "view", "path": "/a\nb"}, "line break", "-"},
		{"device", "", args{"command": "view", "path": "/dev/null"}, "neither a file nor a directory", "-"},

		{"create", "", args{"command": "create", "file_text": "x\ny\n"}, `^\[created $D/f, 2 lines\]$`, "x\ny\n"},
		{"create empty", "", args{"command": "create", "file_text": ""}, `^\[created $D/f, 0 lines\]$`, ""},
		{"create never overwrites", "old", args{"command": "create", "file_text": "new"},
			"^Error: $D/f exists already", "old"},
		{"create without text", "", args{"command": "create"}, "file_text is missing", "-"},
		{"create over a directory", "", args{"command": "create", "path": "$D", "file_text": ""},
			"exists already", "-"},

		{"replace", "a\nb\nc\n", args{"command": "str_replace", "old_str": "b", "new_str": "B\nB"},
			"^\\[changed $D/f; lines 1 to 4 of 4 now\\]\n     1\ta\n     2\tB\n     3\tB\n     4\tc$", "a\nB\nB\nc\n"},
		{"replace with nothing deletes", "abc", args{"command": "str_replace", "old_str": "b"},
			"changed", "ac"},
		{"replace everything with nothing", "abc\n", args{"command": "str_replace", "old_str": "abc\n", "new_str": ""},
			"now empty", ""},
		{"replace what is not there", "abc", args{"command": "str_replace", "old_str": "x", "new_str": "y"},
			"^Error: old_str does not occur in $D/f$", "abc"},
		{"replace in a file with CRLF", "a\r\nb\r\n", args{"command": "str_replace", "old_str": "a\nb", "new_str": "y\nz"},
			"changed", "y\r\nz\r\n"},
		{"a line end in a file with CRLF", "a\r\nb\r\nc\r\n", args{"command": "str_replace", "old_str": "b\nc", "new_str": "B\nC"},
			"changed", "a\r\nB\r\nC\r\n"},
		{"only the line end of a match is replaced", "a\r\nb\nc\r\n", args{"command": "str_replace", "old_str": "\nb", "new_str": "\nB"},
			"changed", "a\r\nB\nc\r\n"},
		{"a carriage return that is meant", "a\r\nb\r\n", args{"command": "str_replace", "old_str": "a\r\n", "new_str": "x\n"},
			"changed", "x\r\nb\r\n"},
		{"twice in a file with CRLF", "a\r\na\r\n", args{"command": "str_replace", "old_str": "a", "new_str": "x"},
			"occurs 2 times in $D/f, in lines 1, 2", "a\r\na\r\n"},
		{"replace what is there twice", "ab\nx\nab\n", args{"command": "str_replace", "old_str": "ab", "new_str": "y"},
			"^Error: old_str occurs 2 times in $D/f, in lines 1, 3:", "ab\nx\nab\n"},
		{"overlapping occurrences", "aaa", args{"command": "str_replace", "old_str": "aa", "new_str": "y"},
			"occurs 2 times", "aaa"},
		{"replace by itself", "abc", args{"command": "str_replace", "old_str": "b", "new_str": "b"},
			"nothing to change", "abc"},
		{"replace the empty text", "abc", args{"command": "str_replace", "old_str": "", "new_str": "b"},
			"old_str is missing", "abc"},
		{"replace keeps other bytes", "caf\xe9 x\n", args{"command": "str_replace", "old_str": "x", "new_str": "y"},
			"changed", "caf\xe9 y\n"},

		{"insert at the top", "a\n", args{"command": "insert", "insert_line": 0, "new_str": "x"},
			"     1\tx\n     2\ta$", "x\na\n"},
		{"insert in between", "a\nb\n", args{"command": "insert", "insert_line": 1, "new_str": "x\ny\n"},
			"changed", "a\nx\ny\nb\n"},
		{"insert at the end", "a\n", args{"command": "insert", "insert_line": 1, "new_str": "x"}, "changed", "a\nx\n"},
		{"insert after an open line", "a\nb", args{"command": "insert", "insert_line": 2, "new_str": "x"},
			"     2\tb\n     3\tx$", "a\nb\nx"},
		{"insert lines after an open line", "a", args{"command": "insert", "insert_line": 1, "new_str": "x\n"},
			"changed", "a\nx\n"},
		{"insert into a file with CRLF", "a\r\nb\r\n", args{"command": "insert", "insert_line": 1, "new_str": "x\ny"},
			"changed", "a\r\nx\r\ny\r\nb\r\n"},
		{"insert at the top of a file with CRLF", "a\r\n", args{"command": "insert", "insert_line": 0, "new_str": "x\n"},
			"changed", "x\r\na\r\n"},
		{"insert after an open line of CRLF", "a\r\nb", args{"command": "insert", "insert_line": 2, "new_str": "x"},
			"changed", "a\r\nb\r\nx"},
		{"numbers as texts", "a\nb\n", args{"command": "view", "view_range": "2,2", "insert_line": "0"}, "     2\tb$", "-"},
		{"insert too far", "a\n", args{"command": "insert", "insert_line": 2, "new_str": "x"},
			"insert_line must be from 0 to 1", "a\n"},
		{"insert without a line", "a\n", args{"command": "insert", "new_str": "x"}, "insert_line is missing", "a\n"},
		{"insert without text", "a\n", args{"command": "insert", "insert_line": 1}, "new_str is missing", "a\n"},

		{"undo nothing", "a\n", args{"command": "undo_edit"}, "no change of $D/f that can be undone", "a\n"},
		{"fields that do not belong are let pass", "a\n", args{"command": "view", "old_str": "x", "insert_line": 3, "view_range": []int{}}, "1 lines", "-"},
		{"empty fields are let pass", "a\n", args{"command": "view", "old_str": "", "new_str": nil}, "1 lines", "-"},
		{"unknown command", "", args{"command": "delete"}, "command must be one of view, create,", "-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			box := newBox(t)
			dir := box.Workdir()
			if test.file != "" {
				put(t, dir, "f", test.file)
			}
			if p, ok := test.args["path"].(string); ok {
				test.args["path"] = strings.ReplaceAll(p, "$D", dir)
			} else {
				test.args["path"] = dir + "/f"
			}
			o := call(t, tools.NewEditor(tools.Options{Box: box, Agent: "main"}), test.args)
			want := strings.ReplaceAll(test.want, "$D", regexp.QuoteMeta(dir))
			if !regexp.MustCompile(want).MatchString(o.Text) {
				t.Errorf("text %.300q does not match %q", o.Text, want)
			}
			if n := len([]rune(o.Text)); n > 16_200 {
				t.Errorf("%d characters", n)
			}
			if test.after != "-" {
				if got := get(t, dir, "f"); got != test.after {
					t.Errorf("file is %q, want %q", got, test.after)
				}
			}
			clean(t, dir)
		})
	}
}

// clean fails if an editor left something of its own.
func clean(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, ".bench-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestEditorViewsDirectories(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	dir := box.Workdir()
	put(t, dir, "b/one", "")
	put(t, dir, "b/deep/three", "")
	put(t, dir, "b.txt", "")
	put(t, dir, "a b/ü", "")
	put(t, dir, ".hidden/x", "")
	e := tools.NewEditor(tools.Options{Box: box, Agent: "main"})
	o := call(t, e, args{"command": "view", "path": dir + "/"})
	want := "[" + dir + ", two levels, without hidden entries]\n" +
		"README\na b/\na b/ü\nb/\nb/deep/\nb/one\nb.txt"
	if o.Text != want {
		t.Errorf("got %q\nwant %q", o.Text, want)
	}
	if o := call(t, e, args{"command": "insert", "path": dir, "insert_line": 0, "new_str": "x"}); !o.IsError {
		t.Error("a directory was edited")
	}
	if o := call(t, e, args{"command": "view", "path": dir, "view_range": []int{1, 2}}); !o.IsError {
		t.Error("view_range was ignored")
	}
}

func TestEditorUndo(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	dir := box.Workdir()
	mine := tools.NewEditor(tools.Options{Box: box, Agent: "main"})
	other := tools.NewEditor(tools.Options{Box: box, Agent: "t0001"})
	on := func(e *tools.Editor, a args) agent.Observation {
		a["path"] = dir + "/README"
		return call(t, e, a)
	}
	on(mine, args{"command": "str_replace", "old_str": "two", "new_str": "2"})
	on(mine, args{"command": "str_replace", "old_str": "three", "new_str": "3"})
	if o := on(mine, args{"command": "undo_edit"}); o.IsError || get(t, dir, "README") != "one\n2\nthree\n" {
		t.Fatalf("first undo: %s, file %q", o.Text, get(t, dir, "README"))
	}
	on(other, args{"command": "str_replace", "old_str": "one", "new_str": "1"})
	if o := on(mine, args{"command": "undo_edit"}); !strings.Contains(o.Text, "was changed since") {
		t.Errorf("undid another agent's work: %s", o.Text)
	}
	on(other, args{"command": "undo_edit"})
	if o := on(mine, args{"command": "undo_edit"}); o.IsError || get(t, dir, "README") != "one\ntwo\nthree\n" {
		t.Errorf("second undo: %s", o.Text)
	}
	if o := on(mine, args{"command": "undo_edit"}); !o.IsError {
		t.Error("undid more than was done")
	}
	created := dir + "/sub/new"
	call(t, mine, args{"command": "create", "path": created, "file_text": "x"})
	if o := call(t, mine, args{"command": "undo_edit", "path": created}); o.IsError {
		t.Error(o.Text)
	}
	if _, err := os.Stat(created); !os.IsNotExist(err) {
		t.Errorf("created file is still there: %v", err)
	}
}

func TestEditorKeepsModeAndLinks(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	dir := box.Workdir()
	script := put(t, dir, "real/script", "echo old\n")
	if err := os.Chmod(script, 0o750); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"l1": "l2", "l2": "real/script", "d": "real", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	e := tools.NewEditor(tools.Options{Box: box, Agent: "main"})
	if err := os.Link(script, filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	for i, via := range []string{"l1", "d/script"} {
		o := call(t, e, args{"command": "insert", "path": dir + "/" + via, "insert_line": 0, "new_str": via})
		if o.IsError {
			t.Fatal(o.Text)
		}
		want := []bench.Touch{{Path: "real/script", Write: true, From: 1, To: 1, Bytes: int64(len(o.Text))}}
		if !slices.Equal(o.Touched, want) {
			t.Errorf("%d: touched %v, want %v", i, o.Touched, want)
		}
	}
	if got := get(t, dir, "real/script"); got != "d/script\nl1\necho old\n" {
		t.Errorf("file is %q", got)
	}
	if got := get(t, dir, "hard"); got != "d/script\nl1\necho old\n" {
		t.Errorf("the hard link has %q", got)
	}
	if s, err := os.Stat(script); err != nil || s.Mode().Perm() != 0o750 {
		t.Errorf("mode %v, %v", s.Mode(), err)
	}
	if s, err := os.Lstat(filepath.Join(dir, "l1")); err != nil || s.Mode()&os.ModeSymlink == 0 {
		t.Error("the link became a file")
	}
	if o := call(t, e, args{"command": "create", "path": dir + "/dangling", "file_text": "x"}); !o.IsError {
		t.Error("created through a dangling link")
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dangling", "loop"} {
		o := call(t, e, args{"command": "view", "path": dir + "/" + name})
		if !regexp.MustCompile("leads nowhere|does not exist").MatchString(o.Text) {
			t.Errorf("%s: %s", name, o.Text)
		}
	}
	clean(t, filepath.Join(dir, "real"))
}

// Two agents edit one file at the same time, under two names. No edit is lost.
func TestEditorsShareLocks(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	dir := box.Workdir()
	put(t, dir, "f", "end\n")
	if err := os.Symlink("f", filepath.Join(dir, "alias")); err != nil {
		t.Fatal(err)
	}
	var locks agent.Locks
	var all sync.WaitGroup
	for i := range 16 {
		name := []string{"f", "alias"}[i%2]
		e := tools.NewEditor(tools.Options{Box: box, Agent: fmt.Sprint(i), Workspace: true})
		all.Go(func() {
			w, err := e.Accept(t.Context(), agent.Call{Arguments: fmt.Sprintf(
				`{"command":"insert","path":%q,"insert_line":0,"new_str":"by %d"}`, dir+"/"+name, i)})
			if err != nil {
				t.Error(err)
				return
			}
			h := locks.Enqueue(w.Locks...)
			defer h.Release()
			if err := h.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if o := w.Run(t.Context(), h); o.IsError {
				t.Error(o.Text)
			}
		})
	}
	all.Wait()
	if got := get(t, dir, "f"); strings.Count(got, "\n") != 17 {
		t.Errorf("edits were lost:\n%s", got)
	}
}

// Every call says which lines it showed or made.
func TestEditorTouches(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	dir := box.Workdir()
	put(t, dir, "f", "1\n2\n3\n4\n5\n")
	put(t, dir, "none", "")
	put(t, dir, "sub/x", "")
	e := tools.NewEditor(tools.Options{Box: box, Agent: "main"})
	for _, test := range []struct {
		call args
		want []bench.Touch // without bytes
	}{
		{args{"command": "view", "path": "/f"}, []bench.Touch{{Path: "f", From: 1, To: 5}}},
		{args{"command": "view", "path": "/f", "view_range": []int{2, -1}}, []bench.Touch{{Path: "f", From: 2, To: 5}}},
		{args{"command": "view", "path": "/f", "view_range": []int{4, 90}}, []bench.Touch{{Path: "f", From: 4, To: 5}}},
		{args{"command": "view", "path": "/f", "view_range": []int{8, 9}}, nil},
		{args{"command": "view", "path": "/none"}, []bench.Touch{{Path: "none"}}},
		{args{"command": "view", "path": "/sub"}, nil},
		{args{"command": "view", "path": "/missing"}, nil},
		{args{"command": "str_replace", "path": "/f", "old_str": "2\n3\n", "new_str": "a\nb\nc\n"},
			[]bench.Touch{{Path: "f", Write: true, From: 2, To: 4}}},
		{args{"command": "str_replace", "path": "/f", "old_str": "a\nb\n"},
			[]bench.Touch{{Path: "f", Write: true, From: 2, To: 2}}},
		{args{"command": "insert", "path": "/f", "insert_line": 1, "new_str": "x\ny"},
			[]bench.Touch{{Path: "f", Write: true, From: 2, To: 3}}},
		{args{"command": "undo_edit", "path": "/f"}, []bench.Touch{{Path: "f", Write: true}}},
		{args{"command": "create", "path": "/new", "file_text": "1\n2\n"},
			[]bench.Touch{{Path: "new", Write: true, From: 1, To: 2}}},
	} {
		test.call["path"] = dir + test.call["path"].(string)
		o := call(t, e, test.call)
		for i := range o.Touched {
			if o.Touched[i].Bytes != int64(len(o.Text)) {
				t.Errorf("%v: %d bytes of %d", test.call, o.Touched[i].Bytes, len(o.Text))
			}
			o.Touched[i].Bytes = 0
		}
		if !slices.Equal(o.Touched, test.want) {
			t.Errorf("%v: got %+v, want %+v", test.call, o.Touched, test.want)
		}
	}
}
