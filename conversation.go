package bench

import (
	"fmt"
	"slices"
)

// LoggedMessage is one message of a conversation as the log holds it.
type LoggedMessage struct {
	Role string
	Body BodyHash
	// Call is the call that the message answers; nil for what the model was told,
	// and for answers that were given in another agent's conversation.
	Call *LLMCall
}

// Conversation folds the events of one trial, in the order of the log, into the
// conversation of an agent: all that was said up to its last call. It is the one
// place that knows what LLMCall.Messages mean:
//
//   - a message at an index that is there already replaces it and all after it;
//   - the last message that a call which did not fail added is its answer;
//   - an answer that is logged again, as the first call after a resume does, is
//     still that of the call that it came from;
//   - those of a call beside the conversation are no part of it.
//
// A message that would leave a gap before it is an error: the log is damaged.
func Conversation(events []Event, agent string) ([]LoggedMessage, error) {
	var said []LoggedMessage
	for _, e := range events {
		call, ok := e.Payload.(LLMCall)
		if !ok || e.Agent != agent || call.Purpose == PurposeAside {
			continue
		}
		var err error
		if said, err = call.addTo(said); err != nil {
			return nil, err
		}
	}
	return said, nil
}

// Exchange is a model call of an agent, with the conversation that was sent and what
// came back.
type Exchange struct {
	Call LLMCall
	// Asked is what was sent; nothing of a probe, whose messages are not in the log.
	Asked  []LoggedMessage
	Answer BodyHash // "" where none came, or none is in the log
}

// Exchanges are the calls of an agent that came to an end, in order: a call that was
// cut off was made again. What was sent beside the conversation stands by itself.
func Exchanges(events []Event, agent string) ([]Exchange, error) {
	var all []Exchange
	var said []LoggedMessage
	for _, e := range events {
		call, ok := e.Payload.(LLMCall)
		if !ok || e.Agent != agent {
			continue
		}
		conversation := said
		if call.Purpose == PurposeAside {
			said = nil
		}
		if n := len(call.Messages); n > 0 && call.Messages[0].Index < len(said) {
			said = slices.Clone(said) // earlier exchanges keep what is written over
		}
		var err error
		if said, err = call.addTo(said); err != nil {
			return nil, err
		}
		x := Exchange{Call: call, Asked: said}
		if last := len(said) - 1; last >= 0 && said[last].Call != nil && len(call.Messages) > 0 &&
			said[last].Call.CallID == call.CallID {
			x.Asked, x.Answer = said[:last:last], said[last].Body
		}
		if call.Purpose == PurposeProbe {
			x.Asked = nil
		}
		if !call.CutOff {
			all = append(all, x)
		}
		if call.Purpose == PurposeAside {
			said = conversation
		}
	}
	return all, nil
}

// addTo returns the conversation with what the call added to it.
func (c LLMCall) addTo(said []LoggedMessage) ([]LoggedMessage, error) {
	before := said // keeps what is replaced until it is written over
	for _, ref := range c.Messages {
		if ref.Index < 0 || ref.Index > len(said) {
			return nil, fmt.Errorf("call %s: message %d in a conversation of %d", c.CallID, ref.Index,
				len(said))
		}
		m := LoggedMessage{Role: ref.Role, Body: ref.Body}
		if ref.Index < len(before) && before[ref.Index].Role == m.Role {
			m.Call = before[ref.Index].Call
		}
		said = append(said[:ref.Index], m)
	}
	if last := len(said) - 1; c.Error == "" && len(c.Messages) > 0 && said[last].Role == assistant {
		said[last].Call = &c
	}
	return said, nil
}

// assistant is the role of a model's answers.
const assistant = "assistant"
