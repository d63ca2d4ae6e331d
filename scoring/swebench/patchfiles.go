package swebench

import (
	"strconv"
	"strings"
)

// patchFile is one file of a unified diff, with the names of its headers:
// "a/x" and "b/x", or "/dev/null".
type patchFile struct{ source, target string }

const devNull = "/dev/null"

// patchFiles lists the files of a diff in order. Hunks are skipped by their
// line counts, so that a removed line "-- x" is no header; a hunk that does not
// keep to its counts ends at the first line that cannot be part of it.
func patchFiles(patch string) []patchFile { return readPatch(patch, nil) }

// readPatch is patchFiles, and shows all that it sees to who looks, if somebody does.
func readPatch(patch string, looks *look) []patchFile {
	var files []patchFile
	open := false // the last file's header is being read
	source := ""
	for more := true; more; {
		var line string
		line, patch, more = nextLine(patch)
		looks.header(line)
		switch {
		case strings.HasPrefix(line, "diff --git "):
			f, ok := gitHeader(line[len("diff --git "):])
			if open = ok; ok {
				files = append(files, f)
			}
		case open && strings.HasPrefix(line, "new file mode "):
			files[len(files)-1].source = devNull
		case open && strings.HasPrefix(line, "deleted file mode "):
			files[len(files)-1].target = devNull
		case strings.HasPrefix(line, "--- "):
			source, _, _ = strings.Cut(line[4:], "\t")
			open = open && files[len(files)-1].source == source
		case strings.HasPrefix(line, "+++ "):
			target, _, _ := strings.Cut(line[4:], "\t")
			if !open && source != "" {
				files = append(files, patchFile{source, target})
				open = true
			}
			source = ""
		case strings.HasPrefix(line, "@@ -"):
			patch, more = skipHunk(line, patch, more, looks.added())
		}
	}
	looks.header("")
	return files
}

// gitHeader splits "a/x b/x" at its last " b/", names in quotes included.
func gitHeader(s string) (patchFile, bool) {
	s, _, _ = strings.Cut(s, "\t")
	i := max(strings.LastIndex(s, " b/"), strings.LastIndex(s, ` "b/`))
	if i < 0 {
		i = strings.LastIndexByte(s, ' ')
	}
	if i <= 0 || i+1 == len(s) {
		return patchFile{}, false
	}
	return patchFile{s[:i], s[i+1:]}, true
}

// skipHunk returns what follows the body of the hunk with this header. It calls
// added, if that is not nil, with each line that the hunk adds.
func skipHunk(header, patch string, more bool, added func(string)) (string, bool) {
	var old, new int
	fields := strings.Fields(header)
	if len(fields) < 4 || fields[3] != "@@" {
		return patch, more
	}
	old, new = hunkLen(fields[1]), hunkLen(fields[2])
	for more && (old > 0 || new > 0) {
		line, rest, ok := nextLine(patch)
		switch {
		case line == "" && !ok:
			return patch, more
		case line == "" || line[0] == ' ' || line[0] == '\r':
			old, new = old-1, new-1
		case line[0] == '-':
			old--
		case line[0] == '+':
			new--
			if added != nil {
				added(line[1:])
			}
		case line[0] != '\\':
			return patch, more
		}
		patch, more = rest, ok
	}
	return patch, more
}

// hunkLen is the length of a range "-l,n" or "+l", 0 if it is malformed.
func hunkLen(s string) int {
	_, n, ok := strings.Cut(s, ",")
	if !ok {
		return 1
	}
	v, err := strconv.Atoi(n)
	if err != nil {
		return 0
	}
	return v
}

// testFiles splits the files of a test patch into those that exist before it,
// named by their old paths, and those it adds.
func testFiles(testPatch string) (modified, added []string) {
	for _, f := range patchFiles(testPatch) {
		if f.source == devNull {
			added = append(added, strings.TrimPrefix(f.target, "b/"))
		} else if name, ok := strings.CutPrefix(f.source, "a/"); ok {
			modified = append(modified, name)
		}
	}
	return modified, added
}

// nonTestSuffixes end the names of files that are no argument for a test
// runner. One has no dot.
var nonTestSuffixes = [...]string{
	".json", ".png", "csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml",
}

// directives are the arguments that a test patch gives a Python test runner:
// what follows the last " b/" of its headers, in order, duplicates kept. Django
// wants module names.
func directives(repo, testPatch string) []string {
	const header = "diff --git a/"
	var out []string
	for more := true; more; {
		var line string
		line, testPatch, more = nextLine(testPatch)
		i, j := strings.Index(line, header), strings.LastIndex(line, " b/")
		if i < 0 || j < i+len(header) || hasNonTestSuffix(line[j:]) {
			continue
		}
		name := line[j+len(" b/"):]
		if repo == "django/django" {
			name = strings.TrimPrefix(strings.TrimSuffix(name, ".py"), "tests/")
			name = strings.ReplaceAll(name, "/", ".")
		}
		out = append(out, name)
	}
	return out
}

func hasNonTestSuffix(name string) bool {
	for _, s := range nonTestSuffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}
