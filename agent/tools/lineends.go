package tools

import (
	"bytes"
	"sort"
	"strings"
)

// unixText is a text whose lines end with a line feed alone, and knows where
// each byte of it stood in the file.
type unixText struct {
	data    []byte
	dropped []int // places in data before which a carriage return was left out
}

// asIs is a text in which nothing was left out.
func asIs(data []byte) unixText { return unixText{data: data} }

// unix leaves out the carriage returns before line feeds.
func unix(data []byte) unixText {
	if !bytes.Contains(data, []byte("\r\n")) {
		return asIs(data)
	}
	t := unixText{data: make([]byte, 0, len(data))}
	for i, c := range data {
		if c == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			t.dropped = append(t.dropped, len(t.data))
			continue
		}
		t.data = append(t.data, c)
	}
	return t
}

// at is where the byte at i stood in the file: a match that begins or ends
// before a line's end leaves its carriage return outside.
func (t unixText) at(i int) int { return i + sort.SearchInts(t.dropped, i) }

// lineEnd is how the line that holds the byte at i ends; the last one, which has
// no end, like the one before it.
func lineEnd(data []byte, i int) string {
	end := bytes.IndexByte(data[min(i, len(data)):], '\n')
	if end >= 0 {
		end += min(i, len(data))
	} else {
		end = bytes.LastIndexByte(data, '\n')
	}
	if end > 0 && data[end-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// withEnds gives the lines of a text another end. Text that has carriage
// returns of its own keeps its ends.
func withEnds(text, end string) string {
	if end == "\n" || strings.Contains(text, "\r\n") {
		return text
	}
	return strings.ReplaceAll(text, "\n", end)
}
