package answers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"bench"
	"bench/llm"
)

// Client returns a client that takes answers from the directory where it has them, and
// asks next where not. Model says, in any form, whom next asks, and how: all that is not in
// a request and shapes its answer.
func (d *Dir) Client(next llm.Client, model []byte) llm.Client {
	return &client{d, next, sha256.Sum256(model)}
}

type client struct {
	dir   *Dir
	next  llm.Client
	model [sha256.Size]byte
}

var _ llm.Client = (*client)(nil)

// Complete implements llm.Client. A call that is answered from the directory is not
// announced: nothing of it can be lost.
func (c *client) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if req.Send != nil || ctx.Err() != nil {
		return c.next.Complete(ctx, req)
	}
	name := c.name(req)
	if resp, bound, ok := c.dir.read(name); ok && fits(resp, bound, req.MaxOutputTokens) {
		now := time.Now()
		resp.Start, resp.First, resp.End = now, now, now
		return resp, nil
	}
	resp, err := c.next.Complete(ctx, req)
	if err == nil && worthKeeping(resp) {
		c.dir.keep(name, req.MaxOutputTokens, resp)
	}
	return resp, err
}

// worthKeeping reports whether a response is an answer: a refusal may be none the next time.
func worthKeeping(resp llm.Response) bool {
	switch resp.Finish {
	case llm.FinishStop, llm.FinishToolCalls, llm.FinishLength:
		return resp.Message != nil && resp.Source == bench.SourceModel
	case llm.FinishRefusal, llm.FinishSpoiled:
	}
	return false
}

// fits reports whether an answer that had a bound on its output would be the same with
// another one, which budgets lower as they are spent: if it ended by itself within it.
func fits(resp llm.Response, had, has int64) bool {
	if had == has {
		return true
	}
	return resp.Finish != llm.FinishLength && (has <= 0 || resp.Usage.Output <= has)
}

// format goes up when what is asked, or how an entry is written, changes.
const format = 1

// name is what the answer to a request is kept under, whatever bound its output has.
func (c *client) name(req llm.Request) string {
	h := sha256.New()
	part := func(b []byte) { fmt.Fprintf(h, "%d:%s,", len(b), b) }
	who, err := json.Marshal(struct {
		Format     int
		Model      [sha256.Size]byte
		Speaker    llm.Speaker
		Purpose    bench.Purpose
		WireModel  string
		Parameters bench.Parameters
	}{format, c.model, req.Speaker, req.Purpose, req.Model, bench.Parameters{
		Temperature: req.Temperature, TopP: req.TopP, ReasoningEffort: req.ReasoningEffort,
		Seed: req.Seed, ToolChoice: string(req.ToolChoice),
	}})
	if err != nil { // plain values always encode
		panic("encode a request: " + err.Error())
	}
	part(who)
	part(req.Tools)
	for _, m := range req.Messages {
		part(m.JSON)
	}
	return hex.EncodeToString(h.Sum(nil))
}
