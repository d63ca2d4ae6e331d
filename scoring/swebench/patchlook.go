package swebench

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// look is what somebody sees who reads a patch with care, as the tools do that apply it:
// git and patch(1) take names from lines that other readers pass over.
type look struct {
	line    func(name, line string) // told each line that is added
	touched []touch
	unread  bool // something is changed that the patch does not show as git does

	name string // of the file whose lines follow
	owed bool   // a header was read whose lines have to follow
	from string // of the last "---"
}

// touch is a file that is changed, without the first element of its path, which the tools
// leave out. Fresh are files that were not there by that name.
type touch struct {
	name  string
	fresh bool
}

// header looks at a line outside of hunks; "" at the end.
func (l *look) header(line string) {
	if l == nil {
		return
	}
	rest := func(prefix string) bool { return strings.HasPrefix(line, prefix) }
	switch {
	case rest("diff --git "):
		l.owes(false)
		if f, ok := gitHeader(line[len("diff --git "):]); ok {
			l.touch(f.source, false)
			l.name = l.touch(f.target, inTree(f.source) != inTree(f.target))
		}
	case rest("new file mode ") && len(l.touched) > 0:
		l.touched[len(l.touched)-1].fresh = true
	case rest("rename to "), rest("copy to "):
		_, name, _ := strings.Cut(line, " to ")
		l.name = l.touch("b/"+unquoted(name), true)
	case rest("--- "):
		l.from = line[4:]
	case rest("+++ "):
		l.owes(true)
		to := line[4:]
		if inTree(to) == inTree(devNull) {
			to = l.from
		}
		l.name = l.touch(to, inTree(l.from) != inTree(to))
	case rest("@@ -"):
		l.owed = false
	case rest("GIT binary patch"), rest("Binary files "):
		l.owed = false
		l.unread = l.unread || program(l.name)
	case line == "***************": // a context diff
		l.unread = true
	case line == "":
		l.owes(false)
	}
}

// owes notes that lines have to follow a header, and that those of the last did not: it was
// one for another form, such as a script for ed(1).
func (l *look) owes(now bool) { l.unread, l.owed = l.unread || l.owed, now }

// touch notes a file, and returns its name in the tree.
func (l *look) touch(header string, fresh bool) string {
	name := inTree(header)
	if name != "" {
		l.touched = append(l.touched, touch{name, fresh})
	}
	return name
}

// added is told what hunks add.
func (l *look) added() func(string) {
	if l == nil || l.line == nil {
		return nil
	}
	name := l.name
	return func(line string) { l.line(name, line) }
}

// inTree is the name of a file in the tree by a header of a patch; "" if it is none.
func inTree(header string) string {
	name := unquoted(header)
	if name == devNull {
		return ""
	}
	if _, rest, ok := strings.Cut(name, "/"); ok {
		name = rest
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// unquoted is a name without the quotes, and without what may follow it.
func unquoted(name string) string {
	name, _, _ = strings.Cut(name, "\t")
	name = strings.TrimRight(name, " \r\n")
	if plain, err := strconv.Unquote(name); err == nil && strings.HasPrefix(name, `"`) {
		return plain
	}
	return name
}

// program reports whether a file, of which a patch does not show the lines, is one that
// they should be read of: what is run or loaded.
func program(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".py", ".pyx", ".pxd", ".pyi", ".pyc", ".so", ".pyd", ".sh", ".js", ".cjs", ".mjs", ".jsx",
		".ts", ".tsx", ".go", ".rs", ".rb", ".php", ".java", ".class", ".jar", ".c", ".h", ".cc",
		".cpp", ".hpp", ".whl", ".egg", ".cfg", ".ini", ".toml", ".mk":
		return true
	}
	return false
}

// said finds what git and patch(1) say of the files that they change.
var said = regexp.MustCompile(`(?m)^(?:` +
	`Applied patch (?:to )?'?(.+?)'? (?:cleanly|with conflicts)\.|` +
	`Applying patch (.+) with \d+ rejects?\.\.\.|` +
	`patching (?:file|symbolic link) '?(.+?)'?(?: \(.*\))?)$`)

// others reports whether a tool has changed files that nobody sees who reads the patch.
func others(patch, output string) bool {
	var l look
	readPatch(patch, &l)
	for _, m := range said.FindAllStringSubmatch(output, -1) {
		name := unquoted(m[1] + m[2] + m[3])
		is := func(t touch) bool { return t.name == name }
		if !strings.Contains(name, " => ") && !slices.ContainsFunc(l.touched, is) {
			return true
		}
	}
	return false
}
