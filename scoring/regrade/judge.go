package regrade

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"bench"
	"bench/scoring/swebench"
)

// keepRoom is the largest buffer that is kept for the next log.
const keepBuffer = 16 << 20

// judge reads and judges a log. buffer is the worker's buffer.
func (s stored) judge(o Options, buffer *[]byte, gauge *gauge) Result {
	r := Result{Path: s.path, InstanceID: s.instance, Err: s.err}
	if r.Err != nil {
		return r
	}
	var log []byte
	if s.line != nil {
		r.InstanceID, log, r.Err = parseLine(s.line)
	} else {
		var done func()
		log, done, r.Err = readInto(buffer, s.path, gauge)
		defer done()
	}
	if r.Err != nil {
		return r
	}
	r.Bytes = len(log)
	task, ok := o.Tasks[r.InstanceID]
	if !ok {
		r.Err = fmt.Errorf("instance %s is not in the dataset", r.InstanceID)
		return r
	}
	r.Grade, r.Err = swebench.Judge(task, o.Rules, log)
	s.addPatchFlags(&r.Grade)
	if o.Causes && (r.Err != nil || !*r.Grade.Resolved) {
		r.Reason, r.Environment = swebench.InfraReason(s.withRunLog(log)...)
	}
	return r
}

// addPatchFlags adds the doubts that the patch raises, if it lies beside the
// log as in the official layout.
func (s stored) addPatchFlags(g *bench.Grade) {
	if !s.hasPatch {
		return
	}
	patch, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), patchName))
	if err == nil {
		g.Flags = append(swebench.PatchFlags(string(patch)), g.Flags...)
	}
}

// withRunLog adds the harness's own log, if it lies beside the tests' output.
func (s stored) withRunLog(log []byte) [][]byte {
	logs := [][]byte{log}
	if s.line == nil {
		own, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), "run_instance.log"))
		if err == nil {
			logs = append(logs, own)
		}
	}
	return logs
}

// readInto reads a file into a buffer that is used again, once the gauge has
// bytes left for it. done gives that back. Of a regular file only the length is read
// that it has at first: on many machines it is the calls that cost.
func readInto(buffer *[]byte, path string, gauge *gauge) (log []byte, done func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, func() {}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, func() {}, err
	}
	size := int(info.Size())
	weight := min(info.Size(), budget)
	gauge.take(weight)
	done = func() {
		gauge.give(weight)
		if cap(*buffer) > keepBuffer {
			*buffer = nil
		}
	}
	log = slices.Grow((*buffer)[:0], size)
	for len(log) < size && err == nil {
		var n int
		n, err = f.Read(log[len(log):size])
		log = log[:len(log)+n]
	}
	*buffer = log
	if errors.Is(err, io.EOF) {
		err = nil // it has become shorter
	}
	return log, done, err
}
