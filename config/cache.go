package config

import (
	"bench/internal/strictyaml"
)

// checkCache resolves cache. Calls of programs come as bytes of their protocol, which are
// passed on and not kept.
func (l *loader) checkCache() {
	const at = strictyaml.Path("cache")
	if l.cfg.Cache == "" {
		return
	}
	l.cfg.Cache = l.path(l.cfg.Cache)
	for _, c := range l.cfg.Configurations {
		if kindOf(c.Value.Kind).reported != nil { // a program
			l.Fail(l.Value(at), "leave cache out, or run the programs with a config of their own",
				"cache: %s is a program, whose model calls cannot be answered from it", c.Name)
			return
		}
	}
}

// Asked is what shapes the answers of the model and is in no request: where it is asked,
// and how. It holds no secret, and changes with nothing else, such as prices and limits.
func (m Model) Asked() []byte {
	m.BaseURL, m.APIKeyEnv = m.stored, ""
	m.Price, m.RateLimit, m.ContextWindow = Price{}, RateLimit{}, 0
	m.RequestTimeout, m.IdleTimeout, m.OutagePatience = 0, 0, 0
	b, err := encode(&m)
	if err != nil { // plain values always encode
		panic("encode model: " + err.Error())
	}
	return b
}
