package helper

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestCommandRoundTrip(t *testing.T) {
	for name, c := range map[string]command{
		"least": {args: []string{"x"}},
		"most": {
			path: "/bin/x", args: []string{"x", "", "\xff\x00", strings.Repeat("y", 70_000)},
			env: []string{"A=b", "C="}, dir: "/d", timeout: 3 * time.Second, stdin: true,
		},
	} {
		got, err := parseCommand(c.append(nil))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.env == nil {
			c.env = []string{}
		}
		if !reflect.DeepEqual(*got, c) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestExitRoundTrip(t *testing.T) {
	for _, e := range []exit{
		{}, {code: 137, timedOut: true, took: time.Minute}, {code: -1, fault: faultOther, message: "m"},
	} {
		got, err := parseExit(e.append(nil))
		if err != nil || got != e {
			t.Errorf("got %+v, %v, want %+v", got, err, e)
		}
	}
}

func TestTornPayloads(t *testing.T) {
	c := command{args: []string{"a", "b"}, env: []string{"C=d"}, dir: "/e"}
	whole := c.append(nil)
	for n := range whole {
		if got, err := parseCommand(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are a command: %+v", n, len(whole), got)
		}
	}
	if _, err := parseCommand((&command{}).append(nil)); err == nil {
		t.Error("a command without arguments is accepted")
	}
}

func TestFaultsMatch(t *testing.T) {
	for _, want := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrPermission} {
		e, err := parseExit(faulty(&fs.PathError{Op: "open", Path: "/x", Err: want}).append(nil))
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrPermission} {
			if got := errors.Is(e.err(), other); got != (want == other) {
				t.Errorf("%v is %v: %t", e.err(), other, got)
			}
		}
	}
	if err := (exit{}).err(); err != nil {
		t.Errorf("no fault is error %v", err)
	}
}

func TestReadFrame(t *testing.T) {
	whole := frame{kindData, 7, []byte("hello")}.append(nil)
	for n := 1; n < len(whole); n++ {
		if _, err := readFrame(bytes.NewReader(whole[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := readFrame(bytes.NewReader(nil)); err != io.EOF {
		t.Errorf("nothing: %v", err)
	}
	huge := []byte{byte(kindData), 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}
	if _, err := readFrame(bytes.NewReader(huge)); err == nil {
		t.Error("a frame of 4 GB is accepted")
	}
}

func FuzzPayloads(f *testing.F) {
	f.Add((&command{args: []string{"a"}, env: []string{"B=c"}, stdin: true}).append(nil))
	f.Add(exit{code: 1, message: "m"}.append(nil))
	f.Add(frame{kindExec, 1, []byte("x")}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseCommand(b); err == nil {
			again, err := parseCommand(c.append(nil))
			if err != nil || !reflect.DeepEqual(c, again) {
				t.Errorf("%+v became %+v, %v", c, again, err)
			}
		}
		if e, err := parseExit(b); err == nil {
			if again, err := parseExit(e.append(nil)); err != nil || e != again {
				t.Errorf("%+v became %+v, %v", e, again, err)
			}
		}
		if fr, err := readFrame(bytes.NewReader(b)); err == nil && !bytes.HasPrefix(b, fr.append(nil)) {
			t.Errorf("%+v is not what was read", fr)
		}
	})
}

func TestWindow(t *testing.T) {
	var sent int
	o := newOutbox(func(p []byte) error { sent += len(p); return nil })
	done := make(chan error, 1)
	go func() {
		_, err := o.Write(make([]byte, window+10))
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("a write beyond the window returned: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	o.add(10)
	if err := <-done; err != nil || sent != window+10 {
		t.Errorf("sent %d, %v", sent, err)
	}
	o.close(io.ErrClosedPipe)
	if _, err := o.Write([]byte("x")); err != io.ErrClosedPipe {
		t.Errorf("write when closed: %v", err)
	}
}

func TestInboxRefills(t *testing.T) {
	refilled := 0
	b := newInbox(func(n int) { refilled += n })
	const size = 3 * window
	for range size / chunk {
		b.put(make([]byte, chunk))
	}
	if n, err := io.CopyN(io.Discard, b, size); n != size || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	b.end(io.EOF)
	if refilled > size || refilled < size-window {
		t.Errorf("refilled %d of %d", refilled, size)
	}
	b.put([]byte("late"))
	if n, err := b.Read(make([]byte, 9)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d, %v", n, err)
	}
}
