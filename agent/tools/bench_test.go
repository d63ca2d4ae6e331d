package tools_test

import (
	"testing"

	"bench/agent/tools"
)

// BenchmarkTerminal is one command in a local sandbox's persistent shell, first
// a builtin, then a program.
func BenchmarkTerminal(b *testing.B) {
	for name, command := range map[string]string{"builtin": "echo hi", "program": "cat README"} {
		b.Run(name, func(b *testing.B) {
			term := newTerminal(b, tools.Options{})
			call(b, term, cmd("true")) // starts the shell
			for b.Loop() {
				if o := call(b, term, cmd(command)); o.IsError {
					b.Fatal(o.Text)
				}
			}
		})
	}
}

// BenchmarkEditor is one view and one edit, each with its round trips.
func BenchmarkEditor(b *testing.B) {
	box := newBox(b)
	file := box.Workdir() + "/README"
	e := tools.NewEditor(tools.Options{Box: box, Agent: "main"})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			if o := call(b, e, args{"command": "view", "path": file}); o.IsError {
				b.Fatal(o.Text)
			}
		}
	})
	b.Run("str_replace", func(b *testing.B) {
		words := []string{"two", "TWO"}
		i := 0
		for b.Loop() {
			o := call(b, e, args{"command": "str_replace", "path": file,
				"old_str": words[i%2], "new_str": words[(i+1)%2]})
			if o.IsError {
				b.Fatal(o.Text)
			}
			i++
		}
	})
}
