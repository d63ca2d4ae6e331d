package config

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"bench/internal/strictyaml"
)

// The types of keys that say how a model is asked. Choices lists the words.
type (
	// API is the protocol in which a model is asked.
	API string
	// Cache is how prompt caching is asked for.
	Cache string
	// Stream is whether answers are asked for as a stream.
	Stream string
	// Echo is which fields of an answer go back that the protocol does not name.
	Echo string
	// MaxTokensField is the name under which the bound on output is sent.
	MaxTokensField string
)

// The protocols.
const (
	APIAuto      API = "auto"
	APIChat      API = "chat"
	APIResponses API = "responses"
	APIMessages  API = "messages"
	APIGemini    API = "gemini" // programs alone speak it
)

// StreamOff asks for answers in one piece.
const StreamOff Stream = "off"

// Choices returns auto and the protocols that bench's own agents speak.
func (API) Choices() []string {
	return []string{string(APIAuto), string(APIChat), string(APIResponses), string(APIMessages)}
}

// Choices returns the ways to ask for caching.
func (Cache) Choices() []string { return []string{"auto", "off", "markers", "5m", "1h"} }

// Choices returns auto and off.
func (Stream) Choices() []string { return []string{"auto", string(StreamOff)} }

// Choices returns auto, all and none.
func (Echo) Choices() []string { return []string{"auto", "all", "none"} }

// Choices returns the names that endpoints know.
func (MaxTokensField) Choices() []string {
	return []string{"auto", "max_tokens", "max_completion_tokens", "max_output_tokens", "none"}
}

// provider is what holds for models of a provider.
type provider struct {
	apis    []API // in which bench's own agents ask; the first is that of auto
	served  []API // in which programs may ask through the gateway
	baseURL string
	keyEnv  string
}

var providers = map[Provider]provider{
	OpenAI: {
		[]API{APIChat, APIResponses}, []API{APIChat, APIResponses},
		"https://api.openai.com/v1", "OPENAI_API_KEY",
	},
	Anthropic: {
		[]API{APIMessages}, []API{APIMessages}, "https://api.anthropic.com", "ANTHROPIC_API_KEY",
	},
	Google: {
		[]API{APIGemini}, []API{APIGemini},
		"https://generativelanguage.googleapis.com", "GEMINI_API_KEY",
	},
	Scripted: {
		apis:   []API{APIChat, APIResponses, APIMessages},
		served: []API{APIChat, APIResponses, APIMessages, APIGemini},
	},
}

// Served are the protocols in which programs may ask a model through the gateway.
func (m Model) Served() []API { return providers[m.Provider].served }

// checkAPI finds the protocol of a model, and reports keys that it does not
// have.
func (l *loader) checkAPI(at strictyaml.Path, m *Model) {
	apis := providers[m.Provider].apis
	key := at.Join("api")
	switch {
	case len(apis) == 0:
		return // reported: there is no such provider
	case m.API == APIAuto || m.API == "":
		m.Protocol = cmp.Or(l.needed(m), apis[0])
	case slices.Contains(apis, m.API):
		m.Protocol = m.API
	default:
		l.Fail(l.Value(key), "", "%s: expected %s with provider %s, found %s",
			key, wordsFor(apis), m.Provider, m.API)
		return
	}
	if m.Protocol != APIChat {
		l.chatOnly(at, m)
	}
}

// chatOnly reports what the other protocols do not have. A key that says what it
// would without being there is no mistake: stored configurations have all.
func (l *loader) chatOnly(at strictyaml.Path, m *Model) {
	for key, set := range map[string]bool{
		"echo": m.Echo != "auto", "max_tokens_field": m.MaxTokensField != "auto", "seed": m.Seed != nil,
	} {
		if set {
			l.onlyFor(at, "api chat (that of "+l.asked(m)+")", key)
		}
	}
}

// asked names a model and its protocol.
func (l *loader) asked(m *Model) string {
	return cmp.Or(m.Model, "this model") + " is " + string(m.Protocol)
}

// wordsFor are the values of api that a provider has: "auto, chat or responses".
func wordsFor(apis []API) string {
	last := len(apis) - 1
	words := string(APIAuto)
	for _, a := range apis[:last] {
		words += ", " + string(a)
	}
	return words + " or " + string(apis[last])
}

// needed is the protocol without which a model of OpenAI's own cannot be asked
// to work with tools, "" if any will do. Gateways translate.
func (l *loader) needed(m *Model) API {
	if m.Provider != OpenAI || l.opts.APIs == nil {
		return ""
	}
	u, err := url.Parse(m.BaseURL)
	if err != nil {
		return "" // reported
	}
	if slices.ContainsFunc(openAIHosts, func(own string) bool { return within(u.Hostname(), own) }) {
		return API(l.opts.APIs(m.Model))
	}
	return ""
}

// openAIHosts serve OpenAI's models as OpenAI does.
var openAIHosts = []string{"api.openai.com", "openai.azure.com", "cognitiveservices.azure.com"}

func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
