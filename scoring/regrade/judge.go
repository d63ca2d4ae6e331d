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
const keepRoom = 16 << 20

// judge reads and judges a log. room is the worker's buffer.
func (s stored) judge(o Options, room *[]byte) Result {
	r := Result{Path: s.path, InstanceID: s.instance, Err: s.err}
	if r.Err != nil {
		return r
	}
	var log []byte
	if s.line != nil {
		r.InstanceID, log, r.Err = parseLine(s.line)
	} else {
		log, r.Err = readInto(room, s.path)
		if cap(*room) > keepRoom {
			defer func() { *room = nil }()
		}
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
	if s.line != nil {
		return
	}
	patch, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), "patch.diff"))
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

// readInto reads a file into a buffer that is used again.
func readInto(room *[]byte, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	log := (*room)[:0]
	// One byte more lets the last read see the end without growing.
	log = slices.Grow(log, int(info.Size())+1)
	for {
		n, err := f.Read(log[len(log):cap(log)])
		log = log[:len(log)+n]
		if errors.Is(err, io.EOF) {
			*room = log
			return log, nil
		}
		if err != nil {
			return nil, err
		}
		if len(log) == cap(log) {
			log = slices.Grow(log, len(log))
		}
	}
}
