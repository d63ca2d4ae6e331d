package tools

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// file is what the editor found at a path.
type file struct {
	path    string // real
	data    []byte
	dir     bool
	entries []string // of a directory, two levels deep, directories with a slash
}

// edit is a change of a file, not made yet.
type edit struct {
	data        []byte
	first, last int // lines of the new content that are new, from 1; last < first: none
}

// contextLines is how many lines are shown before and after a change.
const contextLines = 4

// lines splits a text into lines, without the break of the last one.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// numbered shows lines first to last of a text, counted from 1. Numbers are
// given before anything is clipped, so they are those of the file.
func numbered(all []string, first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, "%6d\t%s\n", i, all[i-1])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// view shows lines of a file and says which; 0, 0 is all of an empty file or a
// directory. Lines that do not exist have the last before the first.
func view(f file, span []int) (text string, first, last int) {
	if f.dir {
		return listing(f), 0, 0
	}
	all := lines(printable(string(f.data)))
	if len(all) == 0 {
		return fmt.Sprintf("[%s is empty]", f.path), 0, 0
	}
	first, last = 1, len(all)
	if len(span) > 0 {
		first, last = max(1, span[0]), span[1]
		if last == -1 || last > len(all) {
			last = len(all)
		}
		if first > last {
			return fmt.Sprintf("[no lines %d to %d: %s has %d]", span[0], span[1], f.path, len(all)),
				first, last
		}
	}
	shown := numbered(all, first, last)
	if first == 1 && last == len(all) {
		return fmt.Sprintf("[%s, %d lines]\n%s", f.path, len(all), shown), first, last
	}
	return fmt.Sprintf("[%s, lines %d to %d of %d]\n%s", f.path, first, last, len(all), shown),
		first, last
}

func listing(f file) string {
	if len(f.entries) == 0 {
		return fmt.Sprintf("[%s has no entries that are not hidden]", f.path)
	}
	return fmt.Sprintf("[%s, two levels, without hidden entries]\n%s",
		f.path, printable(strings.Join(f.entries, "\n")))
}

// replace replaces the one occurrence of before. Text with line feeds alone
// matches lines that end with a carriage return, too, as view shows them; what
// takes its place gets the ends of the lines around it.
func replace(f file, before, after string) (edit, error) {
	if before == after {
		return edit{}, refuse("old_str and new_str are the same: there is nothing to change")
	}
	text := unix(f.data)
	if strings.Contains(before, "\r") {
		text = asIs(f.data)
	}
	i := bytes.Index(text.data, []byte(before))
	if i < 0 {
		return edit{}, refuse("old_str does not occur in %s", f.path)
	}
	if all := occurrences(text.data, before); len(all) > 1 {
		return edit{}, refuse("old_str occurs %d times in %s, in lines %s: make it longer until "+
			"it occurs once", len(all), f.path, list(all, 10))
	}
	from, to := text.at(i), text.at(i+len(before))
	after = withEnds(after, lineEnd(f.data, from))
	data := slices.Concat(f.data[:from], []byte(after), f.data[to:])
	first := bytes.Count(f.data[:from], []byte("\n")) + 1
	return edit{data, first, first + strings.Count(strings.TrimSuffix(after, "\n"), "\n")}, nil
}

// occurrences returns the lines in which each occurrence of text begins,
// overlapping ones included.
func occurrences(data []byte, text string) []int {
	var at []int
	line, from := 1, 0
	for {
		i := bytes.Index(data[from:], []byte(text))
		if i < 0 {
			return at
		}
		line += bytes.Count(data[from:from+i], []byte("\n"))
		at = append(at, line)
		if data[from+i] == '\n' {
			line++
		}
		from += i + 1
	}
}

// list writes the first few numbers out.
func list(numbers []int, limit int) string {
	var b strings.Builder
	for i, n := range numbers {
		if i == limit {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}

// insert puts text, as lines of its own, after line n. At the end of a file
// whose last line is not ended, that line is ended first, and the file stays
// without a final break if text has none. Lines end as the one before them.
func insert(f file, n int, text string) (edit, error) {
	all := lines(string(f.data))
	if n < 0 || n > len(all) {
		return edit{}, refuse("insert_line must be from 0 to %d, the number of lines of %s",
			len(all), f.path)
	}
	at := offset(f.data, n)
	open := at > 0 && f.data[at-1] != '\n' // after the last line, which has no break
	end := lineEnd(f.data, max(0, at-1))
	text = withEnds(text, end)
	var b bytes.Buffer
	b.Write(f.data[:at])
	if open {
		b.WriteString(end)
	}
	b.WriteString(text)
	if !open && !strings.HasSuffix(text, "\n") {
		b.WriteString(end)
	}
	b.Write(f.data[at:])
	return edit{b.Bytes(), n + 1, n + max(1, len(lines(text)))}, nil
}

// offset is where line n+1 begins.
func offset(data []byte, n int) int {
	at := 0
	for range n {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return len(data)
		}
		at += i + 1
	}
	return at
}

// shown is the neighbourhood of a change that was made.
func shown(path string, e edit) string {
	all := lines(printable(string(e.data)))
	first := max(1, e.first-contextLines)
	last := min(len(all), e.last+contextLines)
	if first > last {
		return fmt.Sprintf("[changed %s, which is now empty]", path)
	}
	return fmt.Sprintf("[changed %s; lines %d to %d of %d now]\n%s",
		path, first, last, len(all), numbered(all, first, last))
}
