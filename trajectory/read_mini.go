package trajectory

import (
	"encoding/json"
	"fmt"

	"bench"
)

// miniMessage is a message as mini-swe-agent's models leave it: chat completions'.
type miniMessage struct {
	Role      string `json:"role"`
	Content   *Text  `json:"content"`
	Reasoning string `json:"reasoning_content"`
	ToolCalls []struct {
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
	CallID string `json:"tool_call_id"`
	Extra  struct {
		MiniExtra
		RawOutput  *string `json:"raw_output"` // of what was observed
		ReturnCode *int    `json:"returncode"`
	} `json:"extra"`
}

func parseMini(data []byte) (Trajectory, error) {
	var doc Mini
	if err := json.Unmarshal(data, &doc); err != nil {
		return Trajectory{}, explain(err)
	}
	info := doc.Info
	t := Trajectory{
		Format: doc.Format, Instance: doc.InstanceID, Model: info.Config.Model.Name,
		Status: info.ExitStatus, Patch: &info.Submission, Bench: benchExtra(info.Bench),
	}
	t.Workdir, _ = info.Config.Environment["cwd"].(string)
	for i, raw := range doc.Messages {
		var m miniMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			return t, fmt.Errorf("messages[%d]: %w", i, explain(err))
		}
		switch {
		case m.Role == "assistant":
			t.Turns = append(t.Turns, m.turn())
		case m.answers(t.Turns):
		case m.Role == "":
			return t, fmt.Errorf("messages[%d].role: missing", i)
		case t.Workdir == "" && m.Content != nil && (m.Role == "user" || m.Role == "system"):
			t.Workdir = workdirOf(string(*m.Content))
		}
	}
	t.sum()
	if c := info.ModelStats.InstanceCost; c != nil {
		t.Cost = dollars(*c)
	}
	if n := info.ModelStats.APICalls; n != nil {
		t.Calls = n
		if *n != int64(len(t.Turns)) {
			t.Usage = nil // that of the calls without a message is not known
		}
	}
	return t, nil
}

// turn reads an answer. Models that write their commands into the text have no tool
// calls: theirs are the actions that were read out of it.
func (m miniMessage) turn() Turn {
	turn := Turn{Reasoning: m.Reasoning}
	if m.Content != nil {
		turn.Text = string(*m.Content)
	}
	for _, c := range m.ToolCalls {
		turn.Calls = append(turn.Calls, Call{
			ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments,
		})
	}
	if len(m.ToolCalls) == 0 {
		for _, a := range m.Extra.Actions {
			arguments, err := json.Marshal(map[string]string{"command": a.Command})
			if err != nil { // a text always encodes
				panic(err)
			}
			turn.Calls = append(turn.Calls, Call{
				ID: a.ToolCallID, Name: "bash", Arguments: string(arguments),
			})
		}
	}
	if m.Extra.Cost != nil {
		turn.Cost = dollars(*m.Extra.Cost)
	}
	if r := m.Extra.Response; r != nil {
		turn.Model = r.Model
		turn.Usage = r.Usage.tokens()
	}
	return turn
}

// tokens are those of a report, nil if there is none.
func (u *ChatUsage) tokens() *bench.Usage {
	if u == nil {
		return nil
	}
	out := bench.Usage{
		Input: u.Prompt, Output: u.Completion,
		CachedInput: orZero(u.CacheRead), CacheWrite: orZero(u.CacheCreation),
	}
	if d := u.PromptDetails; d != nil {
		out.CachedInput = max(out.CachedInput, orZero(d.Cached))
		out.CacheWrite = max(out.CacheWrite, orZero(d.Write))
	}
	if d := u.CompletionDetails; d != nil {
		out.Reasoning = orZero(d.Reasoning)
	}
	return &out
}

// answers reports whether a message is what came of a call, and gives it to that: by its
// id, or to the first call of the last turn that has no answer.
func (m miniMessage) answers(turns []Turn) bool {
	if m.Role != "tool" && m.Role != "user" || len(turns) == 0 ||
		m.Content == nil && m.Extra.RawOutput == nil {
		return false
	}
	calls := turns[len(turns)-1].Calls
	for i := range calls {
		if c := &calls[i]; c.Answer == nil && (m.CallID == "" || m.CallID == c.ID) {
			c.Answer = m.answer()
			return true
		}
	}
	return false
}

func (m miniMessage) answer() *Answer {
	a := &Answer{}
	switch {
	case m.Extra.RawOutput != nil:
		a.Text = *m.Extra.RawOutput
	default:
		a.Text = string(*m.Content)
	}
	if code := m.Extra.ReturnCode; code != nil {
		failed := *code != 0
		a.Failed = &failed
	}
	return a
}
