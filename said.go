package bench

// BodiesDropped says that what was said in the trials of a run that had begun was dropped
// from the database: the bodies that Unsaid leaves out, but for those of other trials.
type BodiesDropped struct{}

// Unsaid is an event without the bodies of what models, agents and tools said in it. What
// figures, verdicts and the set-up of a run rest on stays: its config and tasks, the
// prompts and tools that agents start with, patches, and the logs of gradings.
func Unsaid(p Payload) Payload {
	switch p := p.(type) {
	case LLMCallStarted:
		p.LLMCall = p.unsaid()
		return p
	case LLMCall:
		return p.unsaid()
	case ToolCall:
		p.Arguments, p.Result = "", ""
		return p
	case DelegationSpawned:
		p.Prompt = ""
		return p
	case DelegationEnded:
		p.Report = ""
		return p
	case AgentEnded:
		p.Message = ""
		return p
	}
	return p
}

func (c LLMCall) unsaid() LLMCall {
	c.Messages, c.Original, c.Lost = nil, "", nil
	return c
}
