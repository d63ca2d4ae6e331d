package sandbox

import "strings"

// Alias is where the files of a sandbox lie, and the path by which models know
// that place. A sandbox that lies elsewhere every time has one, so that prompts
// are the same in all trials: what differs is never read from a prompt cache.
// The zero Alias changes nothing.
type Alias struct{ Dir, Shown string }

// Aliased is implemented by sandboxes that lie elsewhere every time.
type Aliased interface{ Alias() Alias }

// AliasOf returns a sandbox's alias.
func AliasOf(box Sandbox) Alias {
	if a, ok := box.(Aliased); ok {
		return a.Alias()
	}
	return Alias{}
}

// Show returns a text as a model is to read it.
func (a Alias) Show(text string) string { return replace(text, a.Dir, a.Shown) }

// Real returns a text of a model's as it holds in the sandbox.
func (a Alias) Real(text string) string { return replace(text, a.Shown, a.Dir) }

func replace(text, from, to string) string {
	if from == "" || from == to {
		return text
	}
	return strings.ReplaceAll(text, from, to)
}
