package taskgraph

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// build reads "name: need need" per line.
func build(t *testing.T, text string) *Graph {
	t.Helper()
	var g Graph
	for line := range strings.Lines(strings.TrimSpace(text)) {
		name, needs, _ := strings.Cut(strings.TrimSpace(line), ":")
		if err := g.Add(Task{Name: name, Needs: strings.Fields(needs), Cost: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	return &g
}

func TestOrderFollowsNeeds(t *testing.T) {
	g := build(t, "ship: test\ntest: build\nbuild: fetch\nfetch:\ndocs: fetch")
	got, err := g.Order()
	want := []string{"fetch", "build", "docs", "test", "ship"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("order %v, %v, want %v", got, err, want)
	}
}

func TestOrderByPriority(t *testing.T) {
	var g Graph
	for name, priority := range map[string]int{"a": 0, "b": 2, "c": 2, "d": 1} {
		if err := g.Add(Task{Name: name, Priority: priority}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := g.Order(); !slices.Equal(got, []string{"b", "c", "d", "a"}) {
		t.Errorf("order %v", got)
	}
}

func TestUnknownNeed(t *testing.T) {
	_, err := build(t, "a: b").Order()
	if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "task a needs b") {
		t.Errorf("got %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	g := build(t, "a:")
	if g.Add(Task{Name: "a"}) == nil || g.Add(Task{}) == nil {
		t.Error("want errors for a second a and for no name")
	}
}

func TestPlan(t *testing.T) {
	p, err := build(t, "a:\nb: a\nc: a\nd: b c\ne:").Plan()
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]string{{"a", "e"}, {"b", "c"}, {"d"}}; !reflect.DeepEqual(p.Waves, want) {
		t.Errorf("waves %v, want %v", p.Waves, want)
	}
	if !slices.Equal(p.Critical, []string{"a", "b", "d"}) || p.Length != 3*time.Second {
		t.Errorf("critical %v, %s", p.Critical, p.Length)
	}
}

func TestPlainCycle(t *testing.T) {
	_, err := build(t, "a: b\nb: a").Order()
	var cycle *CycleError
	if !errors.As(err, &cycle) || !slices.Equal(cycle.Path, []string{"a", "b"}) {
		t.Fatalf("got %v", err)
	}
	if want := "tasks need one another: a -> b -> a"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
