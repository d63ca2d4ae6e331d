package agent

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"bench"
	"bench/llm"
)

// nearWindow is the share of a context window from which on a refusal is put
// down to it: sizes are estimates, and the answer needs room too.
const nearWindow = 0.9

// shortText is what is left of each text when a conversation is shortened to see
// whether its length is what the provider refuses, in characters.
const shortText = 400

// overflowed reports whether a call was refused because the conversation is too
// long, although the provider says so in words that nobody knows or not at all:
// the conversation fills its window, or the same request with shorter texts is
// served.
func (r *run) overflowed(ctx context.Context, err error) bool {
	var status *llm.StatusError
	if !errors.As(err, &status) || !slices.Contains([]int{400, 413, 422}, status.Status) ||
		errors.Is(err, llm.ErrHopeless) {
		return false
	}
	if window := cmp.Or(r.model.ContextWindow, r.model.KnownWindow); window > 0 &&
		float64(r.size.of(r.request)) >= nearWindow*float64(window) {
		return true
	}
	return r.servedShortened(ctx)
}

// servedShortened sends the conversation with shorter texts. All else stays, so
// that nothing but its length can be what was refused. Where there is not much
// to shorten nothing is sent.
func (r *run) servedShortened(ctx context.Context) bool {
	req := r.request
	req.Purpose, req.Messages = bench.PurposeProbe, shortened(r.request.Messages)
	if 2*llm.EstimateInput(req) > llm.EstimateInput(r.request) {
		return false
	}
	_, err := r.ask(ctx, req)
	return err == nil
}

func shortened(messages []*llm.Message) []*llm.Message {
	short := slices.Clone(messages)
	for i, m := range short {
		text, left := Clip(m.Text, shortText, func(int) string { return " … " })
		switch {
		case left == 0:
		case m.Role == "user":
			short[i] = llm.User(text)
		case m.Role == "tool":
			short[i] = llm.Observation(m.CallID, text)
		}
	}
	return short
}
