package llm

import (
	"sync"

	"bench"
)

// Estimates are made from bytes. Code and prose run at 3 to 5 bytes of JSON per
// token; the overhead covers what providers put around a conversation.
const (
	bytesPerToken   = 4
	requestOverhead = 64
	messageOverhead = 4
)

// EstimateInput guesses the input tokens of a request from its size:
//
//	(bytes of messages + bytes of tools) / 4 + 4 per message + 64
func EstimateInput(req Request) int64 {
	return textTokens(req.Messages) + int64(len(req.Tools))/bytesPerToken + requestOverhead
}

// silent reports whether an answer does not say what went into it, or what the
// text and calls in it took.
func (r *Response) silent() bool {
	m := r.Message
	return m != nil && (r.Usage.Input == 0 || r.Usage.Output == 0 && (m.Text != "" || len(m.ToolCalls) > 0))
}

// assume estimates what the one attempt of r used that was perhaps billed and
// did not say so: input by the size of the request, output by that of what came.
// Thoughts that are not shown are not in it.
func (r *Response) assume(req Request) {
	if r.UnknownUsage == 0 && r.silent() {
		r.UnknownUsage = 1
	}
	if r.UnknownUsage == 0 || len(r.Unreported) > 0 {
		return
	}
	said := r.Said
	if r.Message != nil {
		said = int64(len(r.Message.JSON))
	}
	r.Unreported = []bench.Attempt{{
		Usage: bench.Usage{
			Input:  max(0, EstimateInput(req)-r.Usage.Input),
			Output: max(0, (said+bytesPerToken-1)/bytesPerToken-r.Usage.Output),
		},
		Start: r.Start,
	}}
}

func textTokens(messages []*Message) int64 {
	var bytes int64
	for _, m := range messages {
		bytes += int64(len(m.JSON))
	}
	return bytes/bytesPerToken + int64(len(messages))*messageOverhead
}

// estimator guesses the input of a conversation's next call. It learns from
// the usage of the last one, so that only what was added since is guessed:
//
//	last input + last output + bytes added since / 4 + 4 per message
//
// A conversation that was rewritten is estimated from scratch.
type estimator struct {
	mu     sync.Mutex
	length int      // messages of the last request
	last   *Message // its last message
	reply  *Message // the answer to it
	tokens int64    // its input and output
}

func (e *estimator) input(req Request) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.length
	if n == 0 || len(req.Messages) < n || req.Messages[n-1] != e.last {
		return EstimateInput(req)
	}
	added := req.Messages[n:]
	if len(added) > 0 && added[0] == e.reply {
		added = added[1:] // counted as output
	}
	return e.tokens + textTokens(added)
}

func (e *estimator) learn(req Request, resp Response) {
	if len(req.Messages) == 0 || resp.Message == nil || resp.Usage.Input == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.length = len(req.Messages)
	e.last = req.Messages[e.length-1]
	e.reply = resp.Message
	e.tokens = resp.Usage.Tokens()
}
