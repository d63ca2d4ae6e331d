package progress

import (
	"io"
	"os"

	"github.com/vbauerster/mpb/v8/cwriter"
)

// Columns is how many columns the terminal w has, or 0 if w is none.
func Columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := cwriter.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
