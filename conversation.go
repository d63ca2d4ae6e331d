package bench

import "fmt"

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
//     still that of the call that it came from.
//
// A message that would leave a gap before it is an error: the log is damaged.
func Conversation(events []Event, agent string) ([]LoggedMessage, error) {
	var said []LoggedMessage
	for _, e := range events {
		call, ok := e.Payload.(LLMCall)
		if !ok || e.Agent != agent {
			continue
		}
		var err error
		if said, err = call.addTo(said); err != nil {
			return nil, err
		}
	}
	return said, nil
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
