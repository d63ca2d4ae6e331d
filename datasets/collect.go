package datasets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"bench"
)

// collector receives the tasks of a source one by one, and keeps of those that
// are not selected no more than their ids and hashes.
type collector struct {
	source  string // name of the dataset; "" if the rows tell it
	forLogs bool
	judging *facts
	pick    *picker
	errs    *Errors
	rows    int
	tasks   []bench.Task
	ids     map[string]string // where each instance id was found
	prints  fingerprints
}

func newCollector(o Options, judging *facts, pick *picker) *collector {
	source, _, _ := strings.Cut(o.Source, "@")
	return &collector{
		source: source, forLogs: o.ForLogs, judging: judging, pick: pick, errs: new(Errors),
		ids: map[string]string{},
	}
}

// fail reports a row that could not be read at all.
func (c *collector) fail(where, format string, args ...any) {
	c.errs.Add(&Error{Where: where, Message: fmt.Sprintf(format, args...)})
}

// row takes one row of a file.
func (c *collector) row(r row) {
	reader := rowReader{row: r, forLogs: c.forLogs, judging: c.judging, errs: c.errs}
	t, ok := reader.task(c.source)
	c.rows++
	if c.known(reader.id, r.where) && ok {
		if !c.forLogs {
			c.prints.add(t)
		}
		c.keep(t)
	}
}

// task takes a task of a folder, whose content hash stands for files that are
// not part of the task.
func (c *collector) task(t bench.Task, where, content string) {
	c.rows++
	if !c.known(t.InstanceID, where) {
		return
	}
	print := t
	print.Source.Repository, print.Source.Tree = "", content
	c.prints.add(print)
	c.keep(t)
}

// known records an id, and reports one that was there before.
func (c *collector) known(id, where string) bool {
	if id == "" {
		return false
	}
	if first, ok := c.ids[id]; ok {
		c.errs.Add(&Error{
			Where: where, Field: "instance_id", Message: "the id is that of " + first + " too", Instance: id,
		})
		return false
	}
	c.ids[id] = where
	return true
}

func (c *collector) keep(t bench.Task) {
	if c.pick.wants(t.InstanceID) && len(c.errs.Errors) == 0 {
		c.tasks = append(c.tasks, t)
	}
}

// fingerprints are the hashes of all tasks of a source.
type fingerprints [][sha256.Size]byte

// add hashes a task as canonical JSON: fields in the order of bench.Task, lists
// of tests in the order of the row, times in UTC.
func (f *fingerprints) add(t bench.Task) {
	b, err := json.Marshal(t)
	if err != nil { // plain values always encode
		panic("encode task: " + err.Error())
	}
	*f = append(*f, sha256.Sum256(b))
}

// sum hashes the sorted hashes, so that the order of rows does not matter.
func (f fingerprints) sum() string {
	slices.SortFunc(f, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, one := range f {
		h.Write(one[:])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
