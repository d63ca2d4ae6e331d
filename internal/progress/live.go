package progress

import (
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"bench"
)

// Live draws the running trials on a terminal, with the ended ones scrolling
// above. It is an observer of a run's events.
type Live struct {
	state *state
	bars  *mpb.Progress
	lines []*mpb.Bar
}

// maxLines is how many running trials are drawn at most.
const maxLines = 16

// NewLive returns a Live that draws on w, a terminal, up to workers trials of a
// run from here on.
func NewLive(w io.Writer, run *bench.Run, workers int) *Live {
	l := &Live{
		state: newState(run),
		bars: mpb.New(mpb.WithOutput(w), mpb.WithAutoRefresh(),
			mpb.WithRefreshRate(150*time.Millisecond)),
	}
	l.add(func() string { return l.state.overall(time.Now()) })
	for i := range min(workers, maxLines) {
		l.add(func() string { return l.line(i) })
	}
	return l
}

func (l *Live) line(i int) string {
	if lines := l.state.live(time.Now(), maxLines); i < len(lines) {
		return lines[i]
	}
	return ""
}

func (l *Live) add(text func() string) {
	bar := l.bars.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(
		decor.Any(func(decor.Statistics) string { return text() })))
	l.lines = append(l.lines, bar)
}

// Observe folds an event, and prints a line above if it ended a trial.
func (l *Live) Observe(e bench.Event) {
	if line, ended := l.state.apply(e); ended {
		_, _ = l.bars.Write([]byte(line + "\n")) // the terminal is gone: nobody is looking
	}
}

// Write prints whole lines above the live ones, until Close.
func (l *Live) Write(p []byte) (int, error) {
	// The terminal may have put ^C before the cursor.
	if _, err := l.bars.Write(append([]byte{'\r'}, p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close takes the live lines away and prints the last one.
func (l *Live) Close(dropped int64) {
	_, _ = l.bars.Write([]byte(l.state.final() + "\n"))
	warnDropped(l.bars, dropped)
	for _, bar := range l.lines {
		bar.Abort(true)
	}
	l.bars.Wait()
}
