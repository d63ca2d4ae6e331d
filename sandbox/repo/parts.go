package repo

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parts yields the parts of a patch without renames, one or, where its kind has
// changed, two for each file: the file's name and the text. No other line of a
// patch begins as the first one of a part does.
func parts(patch string) iter.Seq2[string, string] {
	const begin = "diff --git "
	return func(yield func(name, text string) bool) {
		for patch != "" {
			text := patch
			if end := strings.Index(patch[1:], "\n"+begin); end >= 0 {
				text = patch[:end+2]
			}
			patch = patch[len(text):]
			header, _, _ := strings.Cut(strings.TrimPrefix(text, begin), "\n")
			if !yield(nameOf(header), text) {
				return
			}
		}
	}
}

// nameOf returns N of "a/N b/N", where both may be quoted as in C.
func nameOf(header string) string {
	name := header[:len(header)/2] // the two are equally long
	if plain, err := strconv.Unquote(name); err == nil {
		name = plain
	}
	return strings.TrimPrefix(name, "a/")
}

// notText are the files whose parts of a patch are not UTF-8.
func notText(patch string) map[string]bool {
	odd := map[string]bool{}
	for name, text := range parts(patch) {
		if !utf8.ValidString(text) {
			odd[name] = true
		}
	}
	return odd
}

// replaceParts returns a patch with the parts of the named files taken from
// another one, each where the first was.
func replaceParts(patch, other string, named map[string]bool) string {
	instead := map[string]string{}
	for name, text := range parts(other) {
		instead[name] += text
	}
	var out strings.Builder
	for name, text := range parts(patch) {
		if !named[name] {
			out.WriteString(text)
			continue
		}
		out.WriteString(instead[name])
		delete(instead, name)
	}
	return out.String()
}
