package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bench"
	"bench/llm"
)

// answer does what an answer asks for. It is the last message already.
func (r *run) answer(ctx context.Context, resp llm.Response) {
	r.result.Message = spoken(resp.Message, r.result.Message)
	if len(resp.Message.ToolCalls) == 0 {
		r.text(ctx, resp)
		return
	}
	r.emptyReplies = 0
	before := r.request.Messages[:len(r.request.Messages)-1]
	r.batch(ctx, resp, r.heard(resp.Message, resp.Original, before).calls)
}

// spoken is the text of a message, or what was said before if it is blank.
func spoken(m *llm.Message, before string) string {
	if text := strings.TrimSpace(m.Text); text != "" {
		return text
	}
	return before
}

// text decides what an answer without tool calls means. A text that the model
// has brought to its end is the final answer, and so is its refusal to give one.
// Nothing, a text that was cut off, and an announcement of calls without any are
// not: the model is told so, and the third time in a row it is stuck.
func (r *run) text(ctx context.Context, resp llm.Response) {
	blank := strings.TrimSpace(resp.Message.Text) == ""
	switch {
	case resp.Finish == llm.FinishRefusal:
		r.end(bench.AgentRefused, nil)
	case resp.Finish == llm.FinishLength && blank:
		r.onlyThoughts(ctx)
	case resp.Finish == llm.FinishLength:
		r.noAnswer("cut", nil)
	case resp.Finish == llm.FinishStop && blank:
		r.noAnswer("blank", nil)
	case resp.Finish != llm.FinishStop:
		r.noAnswer("spoiled", nil)
	default:
		r.final()
	}
}

// final ends the work with the text that was said, unless there is a reason why
// it may not end now.
func (r *run) final() {
	if why := r.refusal(); why != "" {
		r.tell(why)
		return
	}
	r.end(bench.AgentFinished, nil)
}

// noAnswer tells the model why its reply was no answer. If that happens too
// often the agent is stuck, for the reason err.
func (r *run) noAnswer(why string, err error) {
	r.emptyReplies++
	if r.emptyReplies > maxEmptyReplies {
		r.end(bench.AgentStuck, err)
		return
	}
	r.tell(render(why, nil))
}

// maxEmptyReplies is how often in a row an answer that is none is let pass. With
// one more the agent is stuck, as after three monologues elsewhere.
const maxEmptyReplies = 2

// onlyThoughts deals with an answer that reached the bound on output before it
// said anything. It may be the bound that is wrong, so the user is told.
func (r *run) onlyThoughts(ctx context.Context) {
	text := fmt.Sprintf("an answer of %s reached max_output_tokens (%d) before it said anything: "+
		"all of it was thinking. Raise max_output_tokens of this model, or lower its reasoning_effort",
		r.model.Name, r.model.MaxOutputTokens)
	if !r.thoughtsNoted {
		r.thoughtsNoted = true
		r.record(ctx, bench.Notice{Code: bench.NoticeOnlyThoughts, Text: text})
	}
	r.noAnswer("thoughts", fmt.Errorf("%s", text))
}

// refusal is why the model may not end the work now, if there is a reason.
func (r *run) refusal() string {
	if r.BeforeEnd == nil {
		return ""
	}
	return r.BeforeEnd()
}

// ending is how an answer ended. Logs of earlier versions have no more than the
// provider's word.
func ending(finish, word string) llm.Finish {
	switch {
	case finish != "":
		return llm.Finish(finish)
	case word == string(llm.FinishLength):
		return llm.FinishLength
	}
	return llm.FinishStop
}

// tell says something to the model in the name of the harness. It is added to
// the last message if that is not the model's own: Mistral's models refuse a
// user message after a tool's (github.com/mistralai/mistral-common/issues/169),
// and others two of one role in a row.
func (r *run) tell(words string) { r.request.Messages = told(r.request.Messages, words) }

// told returns a conversation in which the model is told something. Messages
// handed out before are never changed.
func told(messages []*llm.Message, words string) []*llm.Message {
	end := len(messages) - 1
	if end < 0 {
		return []*llm.Message{llm.User(words)}
	}
	last := messages[end]
	switch last.Role {
	case "tool":
		last = llm.Observation(last.CallID, last.Text+"\n\n"+words)
	case "user":
		last = llm.User(last.Text + "\n\n" + words)
	default:
		return append(slices.Clip(messages), llm.User(words))
	}
	return append(slices.Clone(messages[:end]), last)
}

// notMade is the answer to calls that are asked for when none is made any more.
const notMade = "Error: not executed: no tool can be used any more"

// makeNone answers the calls of the last message without making them.
func (r *run) makeNone(m *llm.Message) {
	for _, c := range m.ToolCalls {
		r.say(llm.Observation(c.ID, notMade))
	}
}
