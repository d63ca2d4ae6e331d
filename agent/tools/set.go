package tools

import "bench/agent"

// Set is the tools an agent works with, and what they hold.
type Set struct {
	Tools    []agent.Tool
	terminal *Terminal
}

// NewSet returns the tools that every agent has: a terminal, an editor and its
// way to finish.
func NewSet(o Options, finish *Finish) *Set {
	terminal := NewTerminal(o)
	return &Set{
		Tools:    []agent.Tool{terminal, NewEditor(o), finish},
		terminal: terminal,
	}
}

// Close ends what the tools have started. It is called when the agent's work
// is over.
func (s *Set) Close() { s.terminal.Close() }
