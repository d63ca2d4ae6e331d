package config

import (
	"errors"
	"regexp"

	"bench"
)

// The types of keys that take one of a few words. Choices lists the words.
type (
	// SandboxKind is where commands run.
	SandboxKind string
	// Network is what a container can reach.
	Network string
	// Rules are a version of the official grading rules.
	Rules string
	// Provider is who answers requests to a model.
	Provider string
	// Effort is how much a reasoning model reasons.
	Effort string
	// UsageForm is how an endpoint counts cached tokens.
	UsageForm string
	// Kind is the shape of a configuration.
	Kind string
	// Delegation is how strongly the main agent is told to delegate.
	Delegation string
	// Escalation is which escalations exist.
	Escalation string
	// Workspace is which files a sidekick works on.
	Workspace string
	// Memory is what a sidekick remembers of earlier delegations.
	Memory string
	// Context is what a sidekick knows when a delegation starts.
	Context string
	// Brief is what kind of briefs the main agent is asked for.
	Brief string
)

// The words that code branches on.
const (
	Docker SandboxKind = "docker"
	Local  SandboxKind = "local"

	OpenAI    Provider = "openai"
	Anthropic Provider = "anthropic"
	Scripted  Provider = "scripted"

	Single = Kind(bench.KindSingle)
	Fusion = Kind(bench.KindFusion)

	kindAdvisor = Kind(bench.KindAdvisor)
	kindCommand = Kind(bench.KindCommand)

	fresh      = Memory(bench.MemoryFresh)
	persistent = Memory(bench.MemoryPersistent)
)

// Choices returns docker and local.
func (SandboxKind) Choices() []string { return []string{string(Docker), string(Local)} }

// Choices returns none and bridge.
func (Network) Choices() []string { return []string{"none", "bridge"} }

// Choices returns v5 and v4.
func (Rules) Choices() []string { return []string{"v5", "v4"} }

// Choices returns openai, anthropic and scripted.
func (Provider) Choices() []string {
	return []string{string(OpenAI), string(Anthropic), string(Scripted)}
}

// Choices returns the efforts that endpoints know.
func (Effort) Choices() []string {
	return []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}
}

// Choices returns the forms of usage.
func (UsageForm) Choices() []string {
	return []string{
		string(bench.UsageAuto), string(bench.UsageInclusive), string(bench.UsageExclusive),
	}
}

// Choices returns the kinds.
func (Kind) Choices() []string {
	return []string{string(Single), string(Fusion), string(kindAdvisor), string(kindCommand)}
}

// Choices returns the delegation modes.
func (Delegation) Choices() []string {
	return []string{
		string(bench.DelegationOff), string(bench.DelegationOptional),
		string(bench.DelegationMandatory),
	}
}

// Choices returns the escalation modes.
func (Escalation) Choices() []string {
	return []string{
		string(bench.EscalationOff), string(bench.EscalationVoluntary),
		string(bench.EscalationForced), string(bench.EscalationBoth),
	}
}

// Choices returns the workspace modes.
func (Workspace) Choices() []string {
	return []string{
		string(bench.WorkspaceSnapshot), string(bench.WorkspaceSharedLocked),
		string(bench.WorkspaceSharedFree),
	}
}

// Choices returns the memories.
func (Memory) Choices() []string {
	return []string{string(fresh), string(bench.MemoryResumable), string(persistent)}
}

// Choices returns the contexts.
func (Context) Choices() []string {
	return []string{
		string(bench.ContextBrief), string(bench.ContextIssue), string(bench.ContextFork),
	}
}

// Choices returns the styles of briefs.
func (Brief) Choices() []string {
	return []string{string(bench.BriefComplete), string(bench.BriefShort)}
}

// Platform is an operating system and architecture as images name them.
type Platform string

const platformPattern = `^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$`

var platformRE = regexp.MustCompile(platformPattern)

// DecodeScalar reads a platform.
func (p *Platform) DecodeScalar(text string) error {
	if !platformRE.MatchString(text) {
		return errors.New("a platform such as linux/amd64")
	}
	*p = Platform(text)
	return nil
}

// Mirror is the name under which a mirror has images, with {image} and perhaps
// {registry} in it.
type Mirror string

// The host is told from the first part of a path by a dot or a port, as in all
// names of images.
const mirrorPattern = `^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]+)?|` +
	`[A-Za-z0-9-]+:[0-9]+|localhost)(/[a-z0-9._-]+|/\{registry\})*/\{image\}$`

var mirrorRE = regexp.MustCompile(mirrorPattern)

// DecodeScalar reads a template.
func (m *Mirror) DecodeScalar(text string) error {
	if !mirrorRE.MatchString(text) {
		return errors.New("a registry and a path that ends in {image}, such as " +
			"mirror.example.com/hub/{image} or mirror.example.com:5000/{registry}/{image}")
	}
	*m = Mirror(text)
	return nil
}
