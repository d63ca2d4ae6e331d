package wire

import (
	"encoding/json"
	"sync"
)

// Tools keeps tool definitions in the form of a protocol. Agents of one kind
// send the same ones with every request, so there are few.
type Tools struct {
	mu   sync.Mutex
	made map[string][]byte // by the definitions of chat completions
}

// Convert returns the definitions as convert makes them, made once.
func (t *Tools) Convert(
	raw json.RawMessage, convert func(json.RawMessage) ([]byte, error),
) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if made, ok := t.made[string(raw)]; ok {
		return made, nil
	}
	made, err := convert(raw)
	if err != nil {
		return nil, err
	}
	if t.made == nil {
		t.made = map[string][]byte{}
	}
	t.made[string(raw)] = made
	return made, nil
}
