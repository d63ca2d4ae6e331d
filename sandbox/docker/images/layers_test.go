package images

import (
	"slices"
	"testing"

	"github.com/docker/docker/api/types/image"
)

func TestLayerSizes(t *testing.T) {
	t.Parallel()
	type step = image.HistoryResponseItem
	const nop = "/bin/sh -c #(nop)  "
	for name, c := range map[string]struct {
		n       int
		size    int64
		history []step // the last step first, as the engine has it
		want    []int64
	}{
		"no layers": {0, 0, nil, nil},
		"classic builder": {2, 30, []step{
			{CreatedBy: nop + "CMD [\"sh\"]"}, {CreatedBy: "/bin/sh -c make", Size: 20},
			{CreatedBy: nop + "ENV A=1"}, {CreatedBy: nop + "ADD file:1 in /", Size: 10},
		}, []int64{10, 20}},
		"an empty layer of BuildKit": {3, 30, []step{
			{CreatedBy: "RUN /bin/sh -c make # buildkit", Size: 20}, {CreatedBy: "WORKDIR /testbed"},
			{CreatedBy: "ENV A=1"}, {CreatedBy: nop + "ADD file:1 in /", Size: 10},
		}, []int64{10, 0, 20}},
		"a history that does not say": {3, 30, []step{
			{CreatedBy: "x", Size: 20}, {CreatedBy: nop + "ADD file:1 in /", Size: 10},
		}, []int64{0, 0, 30}},
		"no history": {1, 30, nil, []int64{30}},
	} {
		if got := layerSizes(c.n, c.size, c.history); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPile(t *testing.T) {
	t.Parallel()
	base := layers{[]string{"a"}, []int64{100}}
	one := layers{[]string{"a", "b"}, []int64{100, 20}}
	two := layers{[]string{"a", "c"}, []int64{100, 3}}
	p := newDiskUsage(nil)
	for _, l := range []layers{base, one, two} {
		p.add(l)
	}
	if p.total != 123 || p.alone(base) != 0 || p.alone(one) != 20 || p.alone(two) != 3 {
		t.Errorf("total %d, alone %d, %d and %d", p.total, p.alone(base), p.alone(one), p.alone(two))
	}
	p.remove(base)
	p.remove(one)
	if p.total != 103 || p.alone(two) != 103 {
		t.Errorf("total %d, alone %d", p.total, p.alone(two))
	}
	// What somebody else has is on disk anyway.
	p = newDiskUsage([]layers{base})
	p.add(one)
	if p.total != 20 || p.alone(one) != 20 {
		t.Errorf("beside another's base: total %d, alone %d", p.total, p.alone(one))
	}
}
