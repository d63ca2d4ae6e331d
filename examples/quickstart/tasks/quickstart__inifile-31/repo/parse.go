package inifile

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// SyntaxError points at a line that cannot be read.
type SyntaxError struct {
	Line int // from 1
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Parse reads a file. The error is a *SyntaxError or comes from r.
func Parse(r io.Reader) (*File, error) {
	f := New()
	p := parser{file: f}
	in := bufio.NewScanner(r)
	for in.Scan() {
		p.line++
		if err := p.add(strings.TrimSuffix(in.Text(), "\r")); err != nil {
			return nil, err
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if p.pending != "" {
		return nil, &SyntaxError{p.line, "the last line asks for another one"}
	}
	return f, nil
}

type parser struct {
	file    *File
	current *Section
	line    int
	pending string // lines ended by a backslash so far
}

func (p *parser) add(text string) error {
	if head, more := strings.CutSuffix(text, `\`); more {
		p.pending += strings.TrimSpace(head) + " "
		return nil
	}
	text = strings.TrimSpace(p.pending + strings.TrimSpace(text))
	p.pending = ""
	switch {
	case text == "" || text[0] == ';' || text[0] == '#':
		return nil
	case text[0] == '[':
		return p.header(text)
	default:
		return p.pair(text)
	}
}

func (p *parser) header(text string) error {
	text = stripComment(text)
	name, ok := strings.CutSuffix(text[1:], "]")
	if !ok {
		return &SyntaxError{p.line, "section header without ]"}
	}
	p.current = p.file.Section(strings.TrimSpace(name))
	return nil
}

func (p *parser) pair(text string) error {
	key, raw, ok := strings.Cut(text, "=")
	if key = strings.TrimSpace(key); !ok || key == "" {
		return &SyntaxError{p.line, "want key = value"}
	}
	value, err := unquote(stripComment(strings.TrimSpace(raw)))
	if err != nil {
		return &SyntaxError{p.line, fmt.Sprintf("%s: %v", key, err)}
	}
	if p.current == nil {
		p.current = p.file.Section("")
	}
	p.current.Set(key, value)
	return nil
}

// stripComment cuts a comment that follows a value.
func stripComment(s string) string {
	if i := strings.IndexAny(s, ";#"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}
