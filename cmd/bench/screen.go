package main

import (
	"io"
	"os"
	"strconv"

	"bench/internal/progress"
	"bench/internal/width"
)

// The columns that tables and timelines may have. On fewer than timelines take at
// least, nothing of them can be told apart.
const (
	fewestColumns  = 40
	fewestTimeline = 80
	mostColumns    = 200
)

// screen is w with the columns that it has: as COLUMNS says, or as the terminal has, if w
// is one.
func screen(w io.Writer) width.Screen {
	n, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || n <= 0 {
		n = progress.Columns(w)
	}
	if n <= 0 {
		n = width.Usual
	}
	return width.Screen{Writer: w, Columns: min(max(n, fewestColumns), mostColumns)}
}

// timelineWidth is how wide a timeline on w is to be.
func timelineWidth(w io.Writer) int { return max(width.For(w), fewestTimeline) }
