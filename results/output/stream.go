package output

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Array is a key of a document whose items are made one at a time, however many there are.
type Array struct {
	Key   string
	Items iter.Seq2[any, error]
}

// Each are items that are made of others, one after the other, until one cannot be made.
func Each[T any](all []T, of func(T) (any, error)) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, x := range all {
			if item, err := of(x); !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// Document writes an object as JSON does, first what head has, which is an object of at
// least one key, and then arrays. No more than one item is in memory.
func Document(w io.Writer, head any, arrays ...Array) error {
	out := bufio.NewWriterSize(w, 1<<20)
	text, err := indented(head, "")
	if err != nil {
		return err
	}
	// Writing to the buffer fails if Flush does.
	out.WriteString(strings.TrimSuffix(text, "\n}"))
	for _, a := range arrays {
		fmt.Fprintf(out, ",\n  %q: [", a.Key)
		between, end := "", ""
		for item, err := range a.Items {
			if err != nil {
				return err
			}
			text, err := indented(item, "    ")
			if err != nil {
				return err
			}
			out.WriteString(between + "\n    " + text)
			between, end = ",", "\n  "
		}
		out.WriteString(end + "]")
	}
	out.WriteString("\n}\n")
	return out.Flush()
}

// indented is a value as JSON writes it, where lines begin with a prefix.
func indented(v any, prefix string) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent(prefix, "  ")
	enc.SetEscapeHTML(false) // patches and code are full of < and &
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
