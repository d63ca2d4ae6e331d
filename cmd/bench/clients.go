package main

import (
	"errors"
	"fmt"
	"time"

	"bench"
	"bench/config"
	"bench/llm"
	"bench/llm/openai"
	"bench/llm/scripted"
)

// clients are the model clients of a run: one per model of the config, shared
// by all agents that use it.
type clients struct {
	byModel map[string]llm.Client
	opened  []*openai.Client
	servers map[string]*scriptedServer // by script path
	stop    func(error)                // ends the run
}

// scriptedServer is a scripted endpoint that this process serves to itself.
type scriptedServer struct {
	server *scripted.Server
	url    string
}

// newClients makes the clients, and serves the scripts that they need. Stop is
// called with the first error after which a model will serve nothing.
func newClients(cfg *config.Config, stop func(error)) (*clients, error) {
	c := openClients(stop)
	for _, m := range cfg.UsedModels() {
		client, err := c.open(m.Name, m.Value)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("model %s: %w", m.Name, err), c.Close())
		}
		c.byModel[m.Name] = client
	}
	return c, nil
}

// openClients returns clients of no model yet.
func openClients(stop func(error)) *clients {
	return &clients{
		byModel: map[string]llm.Client{}, servers: map[string]*scriptedServer{}, stop: stop,
	}
}

func (c *clients) open(name string, m config.Model) (llm.Client, error) {
	var o openai.Options
	o.BaseURL, o.APIKey = m.Endpoint.Reveal(), m.Key.Reveal()
	o.Timeout, o.Usage = time.Duration(m.RequestTimeout), bench.UsageForm(m.Usage)
	if m.Provider == config.Scripted {
		s, err := c.serve(m.Script)
		if err != nil {
			return nil, err
		}
		o.BaseURL, o.APIKey, o.Simulated = s.url+"/v1", "simulated", true
	}
	client, err := openai.New(o)
	if err != nil {
		return nil, err
	}
	c.opened = append(c.opened, client)
	limit := llm.RateLimit{
		RequestsPerMinute: m.RateLimit.RequestsPerMinute,
		TokensPerMinute:   m.RateLimit.TokensPerMinute,
		Concurrency:       m.RateLimit.Concurrency,
	}
	return llm.Shared(client, limit, llm.RetryOptions{
		Patience: time.Duration(m.OutagePatience),
		Hopeless: func(err error) { c.stop(fmt.Errorf("model %s: %w", name, err)) },
	}), nil
}

// serve starts the server of a script, once.
func (c *clients) serve(path string) (*scriptedServer, error) {
	if s, ok := c.servers[path]; ok {
		return s, nil
	}
	script, err := scripted.Load(path)
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
