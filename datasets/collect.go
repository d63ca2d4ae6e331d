package datasets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bench"
)

// collector receives the tasks of a source one by one, and keeps of those that
// are not selected no more than their ids, hashes and mistakes.
type collector struct {
	source  string // name of the dataset; "" if the rows tell it
	dir     string // in which the folders of tasks lie, or which is one
	forLogs bool
	judging *facts
	pick    *picker
	errs    Errors // of files, behind which rows may be missing
	rows    int
	found   []found           // what may be selected
	bad     []found           // all that have mistakes
	ids     map[string]string // where each instance id was found
	prints  fingerprints
}

// found is a task of the source. One with mistakes keeps its place, so that it is
// refused if it is selected, and only then.
type found struct {
	task bench.Task
	errs *Errors // nil if there are none
}

func newCollector(o Options, judging *facts, pick *picker) *collector {
	source, _, _ := strings.Cut(o.Source, "@")
	return &collector{
		source: source, forLogs: o.ForLogs, judging: judging, pick: pick, ids: map[string]string{},
	}
}

// fail reports what makes a file unreadable from there on.
func (c *collector) fail(where, format string, args ...any) {
	c.errs.Add(&Error{Where: where, Message: fmt.Sprintf(format, args...)})
}

// spoiled takes a row that cannot be read, and the id that it may have.
func (c *collector) spoiled(e *Error) {
	errs := new(Errors)
	errs.Add(e)
	c.add(bench.Task{InstanceID: e.Instance}, e.Where, "", errs)
}

// row takes one row of a file.
func (c *collector) row(r row) {
	reader := rowReader{row: r, forLogs: c.forLogs, judging: c.judging, errs: new(Errors)}
	t := reader.task(c.source)
	t.InstanceID = reader.id
	c.add(t, r.where, "", reader.errs)
}

// task takes a task of a folder, whose content hash stands for files that are
// not part of the task.
func (c *collector) task(t bench.Task, where, content string) {
	c.add(t, where, content, new(Errors))
}

// add takes a task, or one with mistakes. Content is the hash of what Source leads
// to, if it is a folder.
func (c *collector) add(t bench.Task, where, content string, errs *Errors) {
	c.rows++
	c.unique(t.InstanceID, where, errs)
	f := found{task: t}
	if len(errs.Errors) > 0 {
		f.errs = errs
		c.bad = append(c.bad, f)
		c.prints.addBad(t.InstanceID, errs)
	} else if !c.forLogs {
		if content != "" {
			t = t.Portable(content)
		}
		c.prints.add(t)
	}
	if c.pick.wants(t.InstanceID) {
		c.found = append(c.found, f)
	}
}

// unique records an id, and reports one that was there before.
func (c *collector) unique(id, where string, errs *Errors) {
	if first, ok := c.ids[id]; ok {
		errs.Add(&Error{
			Where: where, Field: "instance_id", Message: "the id is that of " + first + " too", Instance: id,
		})
	} else if id != "" {
		c.ids[id] = where
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

// addBad hashes a row by its mistakes, which are all that is known of it.
func (f *fingerprints) addBad(id string, errs *Errors) {
	text := "bad row " + id
	for _, err := range errs.Errors {
		var e *Error
		if errors.As(err, &e) { // without its place, which the order of rows decides
			text += "\x00" + e.Field + "\x00" + e.Message
		}
	}
	*f = append(*f, sha256.Sum256([]byte(text)))
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
