// Package gateway serves the protocols that agent programs speak, and passes what
// they ask on to the models of a config, each in the protocol in which it was asked.
// On the way every call goes through what the calls of bench's own agents go through:
// it is recorded, paid from the same budgets, held back by the same rate limits and
// tried again where that is worth something.
//
//	gateway.go    the models that can be reached, and the sessions of trials
//	session.go    one trial: its token, its agents, its end
//	serve.go      HTTP: paths, tokens, bodies
//	call.go       one call, from the program to the model and back
//	sink.go       the answer on its way to the program
//	refuse.go     errors of the gateway's own, in the words of each protocol
//	models.go     lists of models
//	protocol.go   what is to be known of a protocol; chat.go, messages.go, responses.go,
//	              gemini.go know it
//	rules.go      whose a call is, and which model is meant
//	thread.go     which conversation a request continues
//	match.go      how that is found out
//	delegate.go   what one agent of a program hands to another
//
// A body is passed on as it came, byte for byte, but for three fields: the name of
// the model, where it is called otherwise at its provider; the request for usage in a
// stream of chat completions; and the bound on output, where a budget needs one or
// affords less.
package gateway

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"bench"
	"bench/llm"
	"bench/llm/wire"
)

// Upstream is a model that programs may call, and where it is served.
type Upstream struct {
	Model     bench.Model
	Client    llm.Client // what all calls of the model pass through, as llm.Shared returns it
	Endpoint  wire.Options
	Protocols []Protocol // in which the endpoint serves it
}

// Gateway passes calls of programs on to models. It is safe for concurrent use.
type Gateway struct {
	upstreams map[string]*upstream
}

type upstream struct {
	Upstream
	// endpoints are by protocol: each counts cached tokens in its own way, which an
	// endpoint learns from its answers.
	endpoints map[Protocol]*wire.Endpoint
	silent    atomic.Bool // it refuses to report usage in streams of chat completions
}

// New returns a gateway to models by their config names. It makes no request.
func New(models map[string]Upstream) (*Gateway, error) {
	g := &Gateway{upstreams: map[string]*upstream{}}
	for _, name := range slices.Sorted(maps.Keys(models)) {
		u := &upstream{Upstream: models[name], endpoints: map[Protocol]*wire.Endpoint{}}
		if u.Endpoint.Transport == nil {
			u.Endpoint.Transport = wire.NewTransport()
		}
		for _, p := range u.Protocols {
			e, err := wire.NewEndpoint(u.Endpoint)
			if err != nil {
				return nil, fmt.Errorf("model %s: %w", name, err)
			}
			u.endpoints[p] = e
		}
		g.upstreams[name] = u
	}
	return g, nil
}

// Close drops idle connections.
func (g *Gateway) Close() {
	for _, u := range g.upstreams {
		for _, e := range u.endpoints {
			e.Close()
		}
	}
}
