package agent

import (
	"fmt"

	"bench/llm"
)

// leastAnswer is the shortest bound of an answer that is worth a call, in tokens.
const leastAnswer = 256

// window knows how much of a model's context window a conversation fills:
// exactly as far as the provider has counted it, and by an estimate beyond.
type window struct {
	counted  int64 // tokens of the messages below, answer included
	messages int
}

// learn takes the provider's count of a call.
func (w *window) learn(req llm.Request, resp llm.Response) {
	if resp.Usage.Input > 0 && resp.Retries == 0 { // failed attempts add to the usage
		w.counted, w.messages = resp.Usage.Tokens(), len(req.Messages)+1
	}
}

// of is the size of a request's conversation, in tokens.
func (w *window) of(req llm.Request) int64 {
	if w.messages == 0 || w.messages > len(req.Messages) {
		return llm.EstimateInput(req)
	}
	return w.counted + llm.EstimateInput(llm.Request{Messages: req.Messages[w.messages:]})
}

// fit bounds the answer to a request by what the conversation leaves
// of limit tokens, 0 being no limit. If that is too little the error is
// llm.ErrContextOverflow, as it would be from the provider.
func (w *window) fit(limit int64, req *llm.Request) error {
	if limit <= 0 {
		return nil
	}
	size := w.of(*req)
	left := limit - size
	if left < min(leastAnswer, max(1, req.MaxOutputTokens)) {
		return fmt.Errorf("conversation of about %d tokens, window of %d: %w",
			size, limit, llm.ErrContextOverflow)
	}
	if req.MaxOutputTokens <= 0 || req.MaxOutputTokens > left {
		req.MaxOutputTokens = left
	}
	return nil
}
