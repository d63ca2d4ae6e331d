package datasets

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

var (
	hunkRE   = regexp.MustCompile(`^@@ -(\S+) \+(\S+) @@(.*)$`)
	indexRE  = regexp.MustCompile(`^index ([0-9a-f]+)\.\.([0-9a-f]+)(.*)$`)
	gitDiffs = [][2]string{
		{"new file mode ", "deleted file mode "}, {"old mode ", "new mode "},
		{"rename from ", "rename to "},
	}
)

// reversed turns a unified diff of git round: applying the result undoes it.
// Datasets whose patch introduces the bug have their solution that way. Copies
// and binary patches cannot be turned round by their text alone.
func reversed(patch string) (string, error) {
	var out []string
	var hunk []string
	inHunk := false
	flush := func() { out, hunk = append(out, turned(hunk)...), nil }
	lines := strings.SplitAfter(patch, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "diff --git "), strings.HasPrefix(line, "@@ "):
			flush()
			inHunk = strings.HasPrefix(line, "@@ ")
			out = append(out, header(line))
		case inHunk:
			hunk = append(hunk, line)
		case strings.HasPrefix(line, "GIT binary patch"), strings.HasPrefix(line, "copy from "),
			strings.HasPrefix(line, "Binary files "):
			return "", errors.New("it has a binary file or a copy, which cannot be turned round")
		case strings.HasPrefix(line, "--- ") && i+1 < len(lines):
			out = append(out, names(line, lines[i+1])...)
			i++
		default:
			out = append(out, header(line))
		}
	}
	flush()
	return strings.Join(ordered(out), ""), nil
}

// names turns the two lines that name a file before and after.
func names(before, after string) []string {
	from := strings.TrimPrefix(before, "--- ")
	to := strings.TrimPrefix(after, "+++ ")
	side := func(name, old, new string) string {
		if rest, ok := strings.CutPrefix(name, old); ok {
			return new + rest
		}
		return name
	}
	return []string{"--- " + side(to, "b/", "a/"), "+++ " + side(from, "a/", "b/")}
}

// header turns a line before or at the head of a hunk.
func header(line string) string {
	text, end := strings.CutSuffix(line, "\n")
	newline := ""
	if end {
		newline = "\n"
	}
	if m := hunkRE.FindStringSubmatch(text); m != nil {
		return "@@ -" + m[2] + " +" + m[1] + " @@" + m[3] + newline
	}
	if m := indexRE.FindStringSubmatch(text); m != nil {
		return "index " + m[2] + ".." + m[1] + m[3] + newline
	}
	for _, pair := range gitDiffs {
		if rest, ok := strings.CutPrefix(line, pair[0]); ok {
			return pair[1] + rest
		}
		if rest, ok := strings.CutPrefix(line, pair[1]); ok {
			return pair[0] + rest
		}
	}
	if rest, ok := strings.CutPrefix(text, "diff --git a/"); ok {
		if from, to, ok := strings.Cut(rest, " b/"); ok && from != to {
			return "diff --git a/" + to + " b/" + from + newline
		}
	}
	return line
}

// turned swaps what a hunk removes and adds, removals first. The note about a
// missing newline belongs to the line above it.
func turned(hunk []string) []string {
	var out, removed, added []string
	last := &out
	flush := func() {
		out = append(append(out, removed...), added...)
		removed, added = nil, nil
	}
	for _, line := range hunk {
		switch {
		case strings.HasPrefix(line, "+"):
			removed = append(removed, "-"+line[1:])
			last = &removed
		case strings.HasPrefix(line, "-"):
			added = append(added, "+"+line[1:])
			last = &added
		case strings.HasPrefix(line, `\`):
			*last = append(*last, line)
		default:
			flush()
			out = append(out, line)
			last = &out
		}
	}
	flush()
	return out
}

// ordered puts the two lines of a mode change or a rename into the order in
// which git reads them.
func ordered(lines []string) []string {
	out := slices.Clone(lines)
	for i := 0; i+1 < len(out); i++ {
		swap := strings.HasPrefix(out[i], "new mode ") && strings.HasPrefix(out[i+1], "old mode ") ||
			strings.HasPrefix(out[i], "rename to ") && strings.HasPrefix(out[i+1], "rename from ")
		if swap {
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	return out
}
