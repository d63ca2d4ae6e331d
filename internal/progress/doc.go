// Package progress shows a run while it goes on: live lines on a terminal,
// plain lines elsewhere. It reads nothing but the event log's fold.
package progress
