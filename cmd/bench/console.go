package main

import (
	"errors"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"

	"bench"
	"bench/internal/width"
)

// console is standard error for all who write there, at any time: while live
// lines are drawn, other messages go above them.
type console struct {
	mu   sync.Mutex
	w    io.Writer
	live io.Writer       // nil if nothing is drawn
	keys *bench.Redactor // nil as long as none are known
}

// Write writes a message of whole lines.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := []byte(c.keys.Text(string(p)))
	if c.live != nil {
		if throughDoor(c.live, text) == nil {
			return len(p), nil
		}
		c.live = nil // it has ended
	}
	if err := throughDoor(c.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// throughDoor writes a text of whole lines.
func throughDoor(w io.Writer, text []byte) error {
	door := width.NewDoor(w)
	_, err := door.Write(text)
	return errors.Join(err, door.Flush())
}

// hide takes keys out of all messages from now on.
func (c *console) hide(keys *bench.Redactor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = keys
}

// draw lets messages go through live from now on.
func (c *console) draw(live io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = live
}

// terminal returns what can be drawn on, if there is something.
func (c *console) terminal() (io.Writer, bool) {
	f, ok := c.w.(*os.File)
	return f, ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}
