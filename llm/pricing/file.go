package pricing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
)

// file is prices.json.
type file struct {
	ID     string           `json:"id"`
	Models map[string]entry `json:"models"`
}

type entry struct {
	Makers []string `json:"makers"` // prefixes under which routers list the model
	terms
	ValidFrom     string   `json:"valid_from"`
	Until         string   `json:"until"`
	Then          []change `json:"then"` // what takes its place, in order
	ContextWindow int64    `json:"context_window"`
	MaxOutput     int64    `json:"max_output"`
	Source        string   `json:"source"`
	Date          string   `json:"date"`
	Note          string   `json:"note"`
}

// change is what a model costs from a day on.
type change struct {
	From  string `json:"from"`
	Until string `json:"until"`
	terms
}

// terms are all rates of a price.
type terms struct {
	rates
	Tiers []tier  `json:"tiers"`
	Hours []hours `json:"hours"`
}

type rates struct {
	Input        *float64 `json:"input"`
	CachedInput  *float64 `json:"cached_input"`
	CacheWrite   *float64 `json:"cache_write"`
	CacheWrite1h *float64 `json:"cache_write_1h"`
	Output       *float64 `json:"output"`
}

type tier struct {
	Above int64 `json:"above"`
	rates
}

type hours struct {
	From     bench.TimeOfDay `json:"from"`
	To       bench.TimeOfDay `json:"to"`
	Weekdays bool            `json:"weekdays"`
	rates
}

func parse(data []byte) (*file, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var f file
	if err := dec.Decode(&f); err != nil {
		return nil, err
	}
	for name, e := range f.Models {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &f, nil
}

func (e entry) check() error {
	if err := e.terms.check(); err != nil {
		return err
	}
	last := ""
	for _, c := range e.Then {
		if c.From <= last || c.From <= e.Until {
			return errors.New("changes out of order")
		}
		last = c.From
		if err := c.terms.check(); err != nil {
			return err
		}
	}
	return nil
}

func (t terms) check() error {
	if !t.complete() {
		return errors.New("input and output are needed")
	}
	for _, x := range t.Tiers {
		if !x.complete() || x.Above <= 0 {
			return errors.New("incomplete tier")
		}
	}
	for _, h := range t.Hours {
		if !h.complete() || h.From == h.To {
			return errors.New("incomplete hours")
		}
	}
	return nil
}

func (r rates) complete() bool { return r.Input != nil && r.Output != nil }
