package replay

import (
	"context"
	"encoding/json"
	"fmt"

	"bench"
	"bench/internal/jsondiff"
	"bench/llm"
)

// Difference is where a replay first does something else than the log.
type Difference struct {
	Agent string
	What  string // call 3, tool_call 2 of call 3, grade
	jsondiff.Difference
}

func (d *Difference) String() string {
	who := d.What
	if d.Agent != "" {
		who = d.Agent + ", " + d.What
	}
	return who + ": " + d.Difference.String()
}

// known is what has been seen of the requests of one agent.
type known struct {
	hashes map[*llm.Message]bench.BodyHash // of the messages of its last request
	odd    map[int]bench.BodyHash          // messages that differed, by index, as they were sent
	tools  bool                            // they differ, which was said
}

func newKnown() *known {
	return &known{hashes: map[*llm.Message]bench.BodyHash{}, odd: map[int]bench.BodyHash{}}
}

// sent are the hashes of the messages of a request.
func (k *known) sent(req llm.Request) []bench.BodyHash {
	hashes := make(map[*llm.Message]bench.BodyHash, len(req.Messages))
	out := make([]bench.BodyHash, len(req.Messages))
	for i, m := range req.Messages {
		h, ok := k.hashes[m]
		if !ok {
			h = bench.Body(m.JSON).Hash()
		}
		hashes[m], out[i] = h, h
	}
	k.hashes = hashes
	return out
}

// asLogged is a request with the messages that the log has: the whole conversation, also
// where several models take part, and each is shown it in its own way.
func asLogged(req llm.Request) llm.Request {
	if req.Whole != nil {
		req.Messages = req.Whole
	}
	return req
}

// leftOut reports whether an effort was not sent, as may happen where several models
// take part in a conversation.
func leftOut(call bench.LLMCall, req llm.Request) bool {
	return req.Whole != nil && req.ReasoningEffort != "" && call.Parameters.ReasoningEffort == ""
}

// compare returns where a request first differs from the one in the log, nil if nowhere.
// What stood in an earlier request already is not told again.
func (t *trial) compare(
	ctx context.Context, k *known, a *agentTape, x bench.Exchange, req llm.Request,
) (*jsondiff.Difference, error) {
	if d, err := sampled(x.Call, req); d != nil || err != nil {
		return d, err
	}
	if bench.Body(req.Tools).Hash() != a.tools && !k.tools && len(req.Tools) > 0 {
		k.tools = true
		old, err := t.player.log.Body(ctx, a.tools)
		if err != nil {
			return nil, err
		}
		if d, err := first("tools", old, req.Tools); d != nil || err != nil {
			return d, err
		}
	}
	if x.Call.Purpose == bench.PurposeProbe {
		return nil, nil
	}
	return t.compareMessages(ctx, k, x, req)
}

func (t *trial) compareMessages(
	ctx context.Context, k *known, x bench.Exchange, req llm.Request,
) (*jsondiff.Difference, error) {
	var found *jsondiff.Difference
	for _, at := range k.differ(x.Asked, k.sent(req)) {
		var old, now []byte
		if at < len(x.Asked) {
			body, err := t.player.log.Body(ctx, x.Asked[at].Body)
			if err != nil {
				return nil, err
			}
			old = body
		}
		if at < len(req.Messages) {
			now = req.Messages[at].JSON
		}
		if found != nil || observedAlike(old, now) {
			continue
		}
		var err error
		if found, err = first(fmt.Sprintf("messages[%d]", at), old, now); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// observedAlike reports whether two messages are observations that differ in nothing but
// times.
func observedAlike(old, now []byte) bool {
	a, err := llm.ParseMessage(old)
	if err != nil || a.Role != "tool" {
		return false
	}
	b, err := llm.ParseMessage(now)
	return err == nil && b.Role == a.Role && b.CallID == a.CallID &&
		timeless(a.Text) == timeless(b.Text)
}

// differ are the messages that are not those in the log and were not sent before.
func (k *known) differ(asked []bench.LoggedMessage, sent []bench.BodyHash) (all []int) {
	for i := range max(len(sent), len(asked)) {
		var was, is bench.BodyHash
		if i < len(asked) {
			was = asked[i].Body
		}
		if i < len(sent) {
			is = sent[i]
		}
		if before, ok := k.odd[i]; was == is || ok && before == is {
			continue
		}
		k.odd[i] = is
		all = append(all, i)
	}
	return all
}

// sampled compares what a request says beside its messages and tools.
func sampled(call bench.LLMCall, req llm.Request) (*jsondiff.Difference, error) {
	type line struct {
		Model   string        `json:"model"`
		Purpose bench.Purpose `json:"purpose"`
		bench.Parameters
	}
	purpose := req.Purpose
	if purpose == "" {
		purpose = bench.PurposeAgent
	}
	old, err := json.Marshal(line{call.WireModel, call.Purpose, call.Parameters})
	if err != nil {
		return nil, err
	}
	if leftOut(call, req) {
		req.ReasoningEffort = ""
	}
	now, err := json.Marshal(line{req.Model, purpose, bench.Parameters{
		MaxOutputTokens: req.MaxOutputTokens, Temperature: req.Temperature, TopP: req.TopP,
		ReasoningEffort: req.ReasoningEffort, Seed: req.Seed, ToolChoice: string(req.ToolChoice),
	}})
	if err != nil {
		return nil, err
	}
	return first("", old, now)
}

// first is where two documents first differ, nil if nowhere. Its path begins with that of
// the documents.
func first(path string, old, now []byte) (*jsondiff.Difference, error) {
	found, err := jsondiff.Of(old, now)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	d := found[0]
	switch {
	case path == "":
	case d.Path == "" || d.Path[0] == '[':
		d.Path = path + d.Path
	default:
		d.Path = path + "." + d.Path
	}
	return &d, nil
}
