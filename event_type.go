package bench

// Payload is what happened. Its dynamic type decides the event's type.
type Payload interface{ Type() EventType }

// EventType is the name of a payload in the log.
type EventType string

// The event types, each with the payload of the same name below.
const (
	EventRunStarted        EventType = "run_started"
	EventRunResumed        EventType = "run_resumed"
	EventRunEnded          EventType = "run_ended"
	EventPhaseStarted      EventType = "phase_started"
	EventTrialEnded        EventType = "trial_ended"
	EventTrialResumed      EventType = "trial_resumed"
	EventTrialImported     EventType = "trial_imported"
	EventTrialPlaced       EventType = "trial_placed"
	EventAgentStarted      EventType = "agent_started"
	EventAgentResumed      EventType = "agent_resumed"
	EventAgentEnded        EventType = "agent_ended"
	EventLLMCallStarted    EventType = "llm_call_started"
	EventLLMCall           EventType = "llm_call"
	EventToolCall          EventType = "tool_call"
	EventRouteChosen       EventType = "route_chosen"
	EventDelegationSpawned EventType = "delegation_spawned"
	EventDelegationStarted EventType = "delegation_started"
	EventDelegationEnded   EventType = "delegation_ended"
	EventBudgetNotice      EventType = "budget"
	EventWorkspaceDelta    EventType = "workspace_delta"
	EventWorkspaceFault    EventType = "workspace_fault"
	EventPatch             EventType = "patch"
	EventGrade             EventType = "grade"
	EventImage             EventType = "image"
	EventOutage            EventType = "outage"
	EventNotice            EventType = "notice"
	EventBaselineNamed     EventType = "baseline_named"
	EventShardMerged       EventType = "shard_merged"
	EventBodiesDropped     EventType = "bodies_dropped"
)

// Type implements Payload.
func (RunStarted) Type() EventType { return EventRunStarted }

// Type implements Payload.
func (RunResumed) Type() EventType { return EventRunResumed }

// Type implements Payload.
func (RunEnded) Type() EventType { return EventRunEnded }

// Type implements Payload.
func (PhaseStarted) Type() EventType { return EventPhaseStarted }

// Type implements Payload.
func (TrialEnded) Type() EventType { return EventTrialEnded }

// Type implements Payload.
func (TrialResumed) Type() EventType { return EventTrialResumed }

// Type implements Payload.
func (TrialImported) Type() EventType { return EventTrialImported }

// Type implements Payload.
func (TrialPlaced) Type() EventType { return EventTrialPlaced }

// Type implements Payload.
func (AgentStarted) Type() EventType { return EventAgentStarted }

// Type implements Payload.
func (AgentResumed) Type() EventType { return EventAgentResumed }

// Type implements Payload.
func (AgentEnded) Type() EventType { return EventAgentEnded }

// Type implements Payload.
func (LLMCallStarted) Type() EventType { return EventLLMCallStarted }

// Type implements Payload.
func (LLMCall) Type() EventType { return EventLLMCall }

// Type implements Payload.
func (ToolCall) Type() EventType { return EventToolCall }

// Type implements Payload.
func (RouteChosen) Type() EventType { return EventRouteChosen }

// Type implements Payload.
func (DelegationSpawned) Type() EventType { return EventDelegationSpawned }

// Type implements Payload.
func (DelegationStarted) Type() EventType { return EventDelegationStarted }

// Type implements Payload.
func (DelegationEnded) Type() EventType { return EventDelegationEnded }

// Type implements Payload.
func (BudgetNotice) Type() EventType { return EventBudgetNotice }

// Type implements Payload.
func (WorkspaceDelta) Type() EventType { return EventWorkspaceDelta }

// Type implements Payload.
func (WorkspaceFault) Type() EventType { return EventWorkspaceFault }

// Type implements Payload.
func (Patch) Type() EventType { return EventPatch }

// Type implements Payload.
func (Grade) Type() EventType { return EventGrade }

// Type implements Payload.
func (Image) Type() EventType { return EventImage }

// Type implements Payload.
func (Outage) Type() EventType { return EventOutage }

// Type implements Payload.
func (Notice) Type() EventType { return EventNotice }

// Type implements Payload.
func (BaselineNamed) Type() EventType { return EventBaselineNamed }

// Type implements Payload.
func (ShardMerged) Type() EventType { return EventShardMerged }

// Type implements Payload.
func (BodiesDropped) Type() EventType { return EventBodiesDropped }

// Payloads has one zero value of every payload, in the order of the types.
var Payloads = []Payload{
	RunStarted{}, RunResumed{}, RunEnded{}, PhaseStarted{}, TrialEnded{}, TrialResumed{},
	TrialImported{}, TrialPlaced{}, AgentStarted{}, AgentResumed{}, AgentEnded{}, LLMCallStarted{},
	LLMCall{}, ToolCall{}, RouteChosen{},
	DelegationSpawned{}, DelegationStarted{}, DelegationEnded{},
	BudgetNotice{}, WorkspaceDelta{}, WorkspaceFault{}, Patch{}, Grade{}, Image{}, Outage{}, Notice{},
	BaselineNamed{}, ShardMerged{}, BodiesDropped{},
}
