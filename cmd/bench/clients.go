package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"bench"
	"bench/config"
	"bench/internal/width"
	"bench/llm"
	"bench/llm/anthropic"
	"bench/llm/gateway"
	"bench/llm/openai"
	"bench/llm/responses"
	"bench/llm/scripted"
	llmwire "bench/llm/wire"
)

// clients are the model clients of a run: one per model of the config, shared
// by all agents that use it.
type clients struct {
	byModel map[string]llm.Client
	// upstreams are the same models for programs, as the gateway reaches them.
	upstreams map[string]gateway.Upstream
	opened    []protocolClient
	endpoints map[string]llmwire.Options // by model
	servers   map[string]*scriptedServer // by script path
	windows   map[place]*llm.Window      // of what the endpoints take at once
	keys      []string                   // of all endpoints
	stop      func(error)                // ends the run
	stderr    io.Writer                  // hears of models that do not answer
	served    []string                   // models that have answered the run before
}

// place is a model at an endpoint, however many names the config has for it.
type place struct{ url, model string }

// scriptedServer is a scripted endpoint that this process serves to itself.
type scriptedServer struct {
	server *scripted.Server
	url    string
}

// newClients makes the clients, and serves the scripts that they need. Stop is
// called with the first error after which a model will serve nothing.
func newClients(cfg *config.Config, stderr io.Writer, stop func(error)) (*clients, error) {
	c := openClients(stderr, stop)
	for _, m := range cfg.UsedModels() {
		client, err := c.open(m.Name, m.Value)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("model %s: %w", m.Name, err), c.Close())
		}
		c.byModel[m.Name] = client
		c.upstreams[m.Name] = upstream(cfg.BenchModel(m.Name), m.Value, client, c.endpoints[m.Name])
	}
	return c, nil
}

// openClients returns clients of no model yet.
func openClients(stderr io.Writer, stop func(error)) *clients {
	return &clients{
		stderr:  stderr,
		byModel: map[string]llm.Client{}, servers: map[string]*scriptedServer{}, stop: stop,
		upstreams: map[string]gateway.Upstream{}, endpoints: map[string]llmwire.Options{},
		windows: map[place]*llm.Window{},
	}
}

// upstream is a model as programs reach it.
func upstream(
	model bench.Model, m config.Model, client llm.Client, o llmwire.Options,
) gateway.Upstream {
	u := gateway.Upstream{Model: model, Client: client, Endpoint: o}
	for _, api := range m.Served() {
		u.Protocols = append(u.Protocols, gateway.Protocol(api))
	}
	return u
}

// onlyPrograms is the client of a model that bench's own agents do not ask.
type onlyPrograms struct{}

// Complete implements llm.Client.
func (onlyPrograms) Complete(context.Context, llm.Request) (llm.Response, error) {
	return llm.Response{}, errors.New("no agent of bench's own speaks this model's protocol")
}

// Close has nothing to close.
func (onlyPrograms) Close() {}

func (c *clients) open(name string, m config.Model) (llm.Client, error) {
	o, err := c.endpoint(m)
	if err != nil {
		return nil, err
	}
	if !o.Simulated {
		c.keys = append(c.keys, o.Keys()...)
	}
	client, err := newClient(m, o)
	if err != nil {
		return nil, err
	}
	c.opened, c.endpoints[name] = append(c.opened, client), o
	limit := llm.RateLimit{
		RequestsPerMinute: m.RateLimit.RequestsPerMinute,
		TokensPerMinute:   m.RateLimit.TokensPerMinute,
		Concurrency:       m.RateLimit.Concurrency,
		Window:            c.window(place{o.BaseURL, m.Model}),
	}
	return llm.Shared(client, limit, llm.RetryOptions{
		Patience: time.Duration(m.OutagePatience),
		Hopeless: func(err error) { c.stop(fmt.Errorf("model %s: %w", name, err)) },
		Changed:  func(gone error) { c.changed(name, m, gone) },
		Served:   func() bool { return slices.Contains(c.served, name) },
	}), nil
}

// changed says that a model answers nobody, or again.
func (c *clients) changed(name string, m config.Model, gone error) {
	if gone == nil {
		fmt.Fprintf(c.stderr, "model %s answers again\n", name)
		return
	}
	fmt.Fprintf(c.stderr, "model %s does not answer: calls wait for it, up to %s "+
		"(outage_patience): %s\n", name, time.Duration(m.OutagePatience), width.Line(gone.Error()))
}

// window is that of a model at an endpoint.
func (c *clients) window(at place) *llm.Window {
	if c.windows[at] == nil {
		c.windows[at] = &llm.Window{}
	}
	return c.windows[at]
}

// endpoint is where a model is asked, and what is the same in all protocols.
func (c *clients) endpoint(m config.Model) (llmwire.Options, error) {
	o := llmwire.Options{
		BaseURL: m.Endpoint.Reveal(), APIKey: m.Key.Reveal(), Headers: m.ExtraHeaders.Reveal(),
		Secrets: m.Secrets(),
		Timeout: time.Duration(m.RequestTimeout), Idle: time.Duration(m.IdleTimeout),
		Usage: m.Usage,
	}
	if m.Provider == config.Scripted {
		s, err := c.serve(m)
		if err != nil {
			return o, err
		}
		o.BaseURL, o.APIKey, o.Simulated = s.url+"/v1", "simulated", true
	}
	return o, nil
}

// protocolClient is a client of one of the protocols.
type protocolClient interface {
	llm.Client
	Close()
}

// newClient makes the client of a model's protocol.
func newClient(m config.Model, o llmwire.Options) (protocolClient, error) {
	cache, whole := llmwire.Cache(m.Cache), m.Stream == config.StreamOff
	switch m.Protocol {
	case config.APIGemini:
		return onlyPrograms{}, nil
	case config.APIMessages:
		return anthropic.New(anthropic.Options{Options: o, Cache: cache, Extra: m.ExtraBody,
			Whole: whole})
	case config.APIResponses:
		return responses.New(responses.Options{Options: o, Cache: cache, Extra: m.ExtraBody,
			Whole: whole})
	case config.APIChat, config.APIAuto:
	}
	return openai.New(openai.Options{
		Options: o, Cache: cache, Extra: m.ExtraBody, Stream: openai.Stream(m.Stream),
		Echo: openai.Echo(m.Echo), MaxTokensField: maxTokensField(m.MaxTokensField),
	})
}

// maxTokensField leaves the name to the client where the config does.
func maxTokensField(f config.MaxTokensField) openai.MaxTokensField {
	if f == "auto" {
		return ""
	}
	return openai.MaxTokensField(f)
}

// serve starts the server of a script or a trajectory, once.
func (c *clients) serve(m config.Model) (*scriptedServer, error) {
	path, load := m.Script, scripted.Load
	if m.Trajectory != "" {
		path, load = m.Trajectory, scripted.LoadTrajectory
	}
	if s, ok := c.servers[path]; ok {
		return s, nil
	}
	script, err := load(path)
	if err != nil {
		return nil, bench.UsageError(err)
	}
	server := scripted.New(script, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w", path, err)
	}
	s := &scriptedServer{server, url}
	c.servers[path] = s
	return s, nil
}

// Close ends connections and servers.
func (c *clients) Close() error {
	for _, o := range c.opened {
		o.Close()
	}
	var errs []error
	for _, s := range c.servers {
		errs = append(errs, s.server.Close())
	}
	return errors.Join(errs...)
}
