package config

import (
	"errors"
	"regexp"
)

// The types of keys that take one of a few words and that nothing but config has; the others are
// those of package bench. Choices lists the words.
type (
	// SandboxKind is where commands run.
	SandboxKind string
	// Network is what a container can reach.
	Network string
	// Rules are a version of the official grading rules.
	Rules string
	// GradingNetwork is what a container that grades can reach.
	GradingNetwork string
	// Canary says what becomes of patches under which a test that must fail does not.
	Canary string
	// Stop says when a run ends before all of its trials have begun.
	Stop string
	// Provider is who answers requests to a model.
	Provider string
	// Effort is how much a reasoning model reasons.
	Effort string
)

// The words that code branches on.
const (
	Docker SandboxKind = "docker"
	Local  SandboxKind = "local"

	Never   Stop = "never"
	Decided Stop = "decided"

	NoNetwork     GradingNetwork = "none"
	BridgeNetwork GradingNetwork = "bridge"
	AutoNetwork   GradingNetwork = "auto"

	OpenAI    Provider = "openai"
	Anthropic Provider = "anthropic"
	Google    Provider = "google"
	Scripted  Provider = "scripted"
)

// Choices returns docker and local.
func (SandboxKind) Choices() []string { return []string{string(Docker), string(Local)} }

// Choices returns none and bridge.
func (Network) Choices() []string { return []string{"none", "bridge"} }

// Choices returns auto, none and bridge.
func (GradingNetwork) Choices() []string {
	return []string{string(AutoNetwork), string(NoNetwork), string(BridgeNetwork)}
}

// Choices returns v5 and v4.
func (Rules) Choices() []string { return []string{"v5", "v4"} }

// Choices returns flag and off.
func (Canary) Choices() []string { return []string{"flag", "off"} }

// Choices returns never and decided.
func (Stop) Choices() []string { return []string{string(Never), string(Decided)} }

// Choices returns openai, anthropic, google and scripted.
func (Provider) Choices() []string {
	return []string{string(OpenAI), string(Anthropic), string(Google), string(Scripted)}
}

// Choices returns the efforts that endpoints know.
func (Effort) Choices() []string {
	return []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}
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
