package inifile

import (
	"bufio"
	"fmt"
	"io"
)

// Save writes the file so that Parse reads the same values back.
func (f *File) Save(w io.Writer) error {
	out := bufio.NewWriter(w)
	for i, s := range f.sections {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if s.Name != "" {
			fmt.Fprintf(out, "[%s]\n", s.Name)
		}
		for _, p := range s.keys {
			value := p.value
			if needsQuotes(value) {
				value = quote(value)
			}
			fmt.Fprintf(out, "%s = %s\n", p.key, value)
		}
	}
	return out.Flush()
}
