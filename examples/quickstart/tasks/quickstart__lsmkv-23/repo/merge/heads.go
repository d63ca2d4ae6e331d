package merge

import "example.com/lsmkv/record"

// head is the next record of a source; age 0 is the newest source.
type head struct {
	record record.Record
	age    int
	src    record.Source
}

// heads is a heap: the smallest key first, of equal keys the newest.
type heads []head

func (h heads) Len() int      { return len(h) }
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(head)) }

func (h heads) Less(i, j int) bool {
	if h[i].record.Key != h[j].record.Key {
		return h[i].record.Key < h[j].record.Key
	}
	return h[i].age < h[j].age
}

func (h *heads) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
