package llm

import (
	"math"
	"sync"
	"time"

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
	if m == nil {
		return false
	}
	spoke := m.Text != "" || len(m.ToolCalls) > 0
	return r.Usage.Input == 0 || r.Usage.Output == 0 && spoke
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
	return messageBytes(messages)/bytesPerToken + int64(len(messages))*messageOverhead
}

// estimator knows what the provider said of a conversation, so that only what
// was added since is estimated. A conversation that was rewritten is estimated
// from scratch.
type estimator struct {
	mu      sync.Mutex
	length  int      // messages of the last request
	last    *Message // its last message
	tokens  int64    // its input and output
	cached  int64    // of them, those that the provider's cache holds
	seen    time.Time
	density float64 // the most tokens per byte that were counted so far
	silent  bool    // the last answer did not say what it used
}

// estimate is what a call is expected to send, in tokens, and what it can cost
// at most.
type estimate struct {
	input  int64 // expected: last input + last output + bytes added since / 4 + 4 per message
	bound  int64 // no more than this
	cached int64 // of bound, those that come from the provider's cache
}

// cacheLife is how long after a call its prefix is counted on to be cached; the
// shortest life that providers promise is five minutes:
// docs.claude.com/en/docs/build-with-claude/prompt-caching.
const cacheLife = 4 * time.Minute

func (e *estimator) estimate(req Request) estimate {
	e.mu.Lock()
	defer e.mu.Unlock()
	density := max(1, e.density)
	added, known := e.added(req)
	if !known && e.silent { // it will be charged with the same estimate
		input := EstimateInput(req)
		return estimate{input: input, bound: input}
	}
	if !known {
		bytes := messageBytes(req.Messages) + int64(len(req.Tools))
		return estimate{
			input: EstimateInput(req),
			bound: most(bytes, density) + int64(len(req.Messages))*boundOverhead + requestOverhead,
		}
	}
	out := estimate{
		input: e.tokens + textTokens(added),
		bound: e.tokens + most(messageBytes(added), density) + int64(len(added))*boundOverhead,
	}
	if time.Since(e.seen) < cacheLife {
		out.cached = e.cached
	}
	return out
}

// boundOverhead is more than any provider puts around one message, in tokens.
const boundOverhead = 16

// Of a short text every byte may be a token, as digits are to some models; a long
// one is mostly code and prose, and stays below longDensity even where it is
// not.
const (
	shortText   = 32 << 10 // bytes
	longDensity = 0.6      // tokens per byte beyond that
)

// most is the most tokens that new text can come to.
func most(bytes int64, density float64) int64 {
	short := min(bytes, shortText)
	long := float64(bytes-short) * max(longDensity, min(density-1, 1))
	return int64(math.Ceil(float64(short)*density + long))
}

// added are the messages of a request that the provider has not counted yet. It
// is false where it has counted none of them.
func (e *estimator) added(req Request) ([]*Message, bool) {
	n := e.length
	if n == 0 || len(req.Messages) < n || req.Messages[n-1] != e.last {
		return nil, false
	}
	added := req.Messages[n:]
	if len(added) > 0 && added[0].Role == "assistant" {
		added = added[1:] // the answer: counted as output
	}
	return added, true
}

// learn takes over what the provider said of a call.
func (e *estimator) learn(req Request, resp Response) {
	if resp.Message == nil || len(resp.Attempts) > 1 { // failed attempts add to the usage
		return
	}
	e.mu.Lock()
	e.silent = resp.UnknownUsage > 0
	e.mu.Unlock()
	e.count(req, resp.Usage, time.Now())
}

func (e *estimator) count(req Request, used bench.Usage, at time.Time) {
	if len(req.Messages) == 0 || used.Input == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.weigh(req, used.Input)
	e.length, e.last = len(req.Messages), req.Messages[len(req.Messages)-1]
	e.tokens = used.Tokens()
	e.cached, e.seen = used.CachedInput+used.CacheWrite, at
}

// weigh notes how many tokens the bytes that were added came to.
func (e *estimator) weigh(req Request, input int64) {
	added, known := e.added(req)
	if bytes := messageBytes(added); known && bytes > 0 {
		e.density = max(e.density, float64(input-e.tokens)/float64(bytes))
	}
}

func messageBytes(messages []*Message) (bytes int64) {
	for _, m := range messages {
		bytes += int64(len(m.JSON))
	}
	return bytes
}
