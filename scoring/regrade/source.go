package regrade

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// LogName is the file that holds the output of the tests in the official
// layout, in a folder named after the instance.
const LogName = "test_output.txt"

// Source is where stored logs are.
type Source struct {
	files []stored // sorted by path
	lines string   // or one file with a log per line
}

// patchName is the patch that was judged, in the folder of its log.
const patchName = "patch.diff"

// stored is a log that has not been read, or a line that has not been parsed.
type stored struct {
	path     string
	instance string
	line     []byte
	hasPatch bool // beside it
	err      error
}

// weight is how many bytes of the budget a line takes that has been read.
func (s stored) weight() int64 { return min(int64(cap(s.line)), budget) }

// Open finds logs: every test_output.txt below a directory, or the lines of a
// .jsonl file (.gz and .zst too), each an object with instance_id and log. A
// directory without any log is an error.
func Open(path string) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Source{}, fmt.Errorf("read logs: %w", err)
	}
	if !info.IsDir() {
		plain := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
		if filepath.Ext(plain) != ".jsonl" {
			return Source{}, fmt.Errorf("read logs %s: want a directory or a .jsonl file (.gz and "+
				".zst too)", path)
		}
		return Source{lines: path}, nil
	}
	var files []stored
	patch := ""
	err = fs.WalkDir(os.DirFS(path), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir():
		case e.Name() == patchName: // comes before the log in its folder
			patch = filepath.Join(path, filepath.FromSlash(name))
		case e.Name() == LogName:
			file := filepath.Join(path, filepath.FromSlash(name))
			dir := filepath.Dir(file)
			files = append(files, stored{
				path: file, instance: filepath.Base(dir), hasPatch: patch == filepath.Join(dir, patchName),
			})
		}
		return err
	})
	if err != nil {
		return Source{}, fmt.Errorf("read logs %s: %w", path, err)
	}
	if len(files) == 0 {
		return Source{}, fmt.Errorf("read logs %s: there is no %s below it", path, LogName)
	}
	slices.SortFunc(files, func(a, b stored) int { return strings.Compare(a.path, b.path) })
	return Source{files: files}, nil
}

// logs yields the logs in order. An error ends the source.
func (s Source) logs(buffers *lineBuffers) iter.Seq2[stored, error] {
	if s.lines != "" {
		return func(yield func(stored, error) bool) {
			if err := eachLine(s.lines, buffers, yield); err != nil {
				yield(stored{}, fmt.Errorf("read logs %s: %w", s.lines, err))
			}
		}
	}
	return func(yield func(stored, error) bool) {
		for _, l := range s.files {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// maxLine is how long a line may be.
const maxLine = 1 << 30

var errLongLine = fmt.Errorf("the line is longer than %d MiB", maxLine>>20)

// eachLine yields the lines of a file that are not empty. Lines too long are
// passed over with an error of their own.
func eachLine(path string, buffers *lineBuffers, yield func(stored, error) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	switch filepath.Ext(path) {
	case ".gz":
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	case ".zst":
		z, err := zstd.NewReader(f, zstd.WithDecoderMaxWindow(1<<28))
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	}
	br := bufio.NewReaderSize(r, 1<<18)
	for n := 1; ; n++ {
		line, err := readLine(br, buffers.take())
		end := errors.Is(err, io.EOF)
		l := stored{path: fmt.Sprintf("%s:%d", path, n), line: line}
		switch {
		case errors.Is(err, errLongLine):
			l.err = err
		case err != nil && !end:
			return err
		}
		if (l.err != nil || len(bytes.TrimSpace(line)) > 0) && !yield(l, nil) || end {
			return nil
		}
	}
}

// readLine returns the next line in the memory of buffer, if that is enough, and
// io.EOF with the last one.
func readLine(r *bufio.Reader, buffer []byte) ([]byte, error) {
	line, size := buffer[:0], 0
	for {
		part, err := r.ReadSlice('\n')
		if size += len(part); size <= maxLine {
			line = append(line, part...)
		} else {
			line = nil
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case size > maxLine && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLongLine // the next call finds the end of the file again
		}
		return line, err
	}
}
