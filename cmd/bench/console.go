package main

import (
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"
)

// console is standard error for all who write there, at any time: while live
// lines are drawn, other messages go above them.
type console struct {
	mu   sync.Mutex
	w    io.Writer
	live io.Writer // nil if nothing is drawn
}

// Write writes a message of whole lines.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != nil {
		if n, err := c.live.Write(p); err == nil {
			return n, nil
		}
		c.live = nil // it has ended
	}
	return c.w.Write(p)
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
