package gateway

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// maxBody bounds a request, in bytes.
const maxBody = 64 << 20

// routes are what the gateway serves.
func (s *Session) routes() http.Handler {
	mux := http.NewServeMux()
	ask := func(p *protocol) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { s.ask(w, r, p, "", "") }
	}
	for _, base := range []string{"/v1", ""} {
		mux.HandleFunc("POST "+base+"/chat/completions", ask(chat))
		mux.HandleFunc("POST "+base+"/responses", ask(responsesAPI))
		mux.HandleFunc("POST "+base+"/messages", ask(messages))
		mux.HandleFunc("POST "+base+"/messages/count_tokens", s.countTokens)
		mux.HandleFunc("GET "+base+"/models", s.listModels)
		mux.HandleFunc("GET "+base+"/models/{name...}", s.showModel)
	}
	mux.HandleFunc("POST /v1beta/models/{call...}", s.askGemini)
	mux.HandleFunc("GET /v1beta/models", s.listModels)
	mux.HandleFunc("GET /v1beta/models/{name...}", s.showModel)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		protocolOf(r).refuse(w, refusal{refusedPath, fmt.Sprintf("the gateway does not serve %s %s",
			r.Method, r.URL.Path)})
	})
	return mux
}

// protocolOf is the protocol of a request whose path does not say it.
func protocolOf(r *http.Request) *protocol {
	switch {
	case r.Header.Get("Anthropic-Version") != "":
		return messages
	case strings.HasPrefix(r.URL.Path, "/v1beta/"):
		return geminiAPI
	}
	return chat
}

// admitted serves a request of the session's program, and refuses all others.
func (s *Session) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			protocolOf(r).refuse(w, refusal{refusedEnded, "the trial has ended"})
			return
		}
		defer s.wg.Done()
		if _, ok := s.alias(r); !ok {
			protocolOf(r).refuse(w, refusal{refusedToken, "this is not the token of the trial"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// alias is what stands behind the token of a request and a dot. It reports whether the
// token is the session's.
func (s *Session) alias(r *http.Request) (string, bool) {
	for _, key := range []string{
		strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		r.Header.Get("X-Api-Key"), r.Header.Get("X-Goog-Api-Key"), r.Header.Get("Api-Key"),
		r.URL.Query().Get("key"),
	} {
		token, alias, _ := strings.Cut(key, ".")
		if subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1 {
			return alias, true
		}
	}
	return "", false
}

// askGemini serves the calls whose path says which model is meant, and how it is to
// answer.
func (s *Session) askGemini(w http.ResponseWriter, r *http.Request) {
	model, verb, _ := strings.Cut(r.PathValue("call"), ":")
	switch verb {
	case "generateContent", "streamGenerateContent":
		s.ask(w, r, geminiAPI, model, verb)
	case "countTokens":
		s.passOn(w, r, geminiAPI, model, verb)
	default:
		geminiAPI.refuse(w, refusal{refusedPath, "the gateway does not serve " + r.URL.Path})
	}
}

// ask serves a call of a model.
func (s *Session) ask(
	w http.ResponseWriter, r *http.Request, p *protocol, model, verb string,
) {
	a, u, err := s.read(w, r, p, model)
	if err != nil {
		p.refuse(w, refusalOf(err))
		return
	}
	if p == geminiAPI {
		a.stream = verb == "streamGenerateContent"
	}
	if s.o.Offline && len(a.hosts) > 0 {
		p.refuse(w, refusal{refusedRequest, "the sandbox has no network, and the provider runs " +
			strings.Join(slices.Compact(a.hosts), ", ") + " where there is one: ask without it"})
		return
	}
	alias, _ := s.alias(r)
	c := &call{
		ask: a, session: s, upstream: u, header: r.Header, query: queryOf(r.URL),
		sink: u.sink(w, p),
	}
	c.do(r.Context(), alias) // which ends with the session, for its cause
}

// read reads a request, and finds the model that it is for.
func (s *Session) read(
	w http.ResponseWriter, r *http.Request, p *protocol, model string,
) (*ask, *upstream, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, nil, err
	}
	o, err := wire.OutlineOf(body)
	if err != nil {
		return nil, nil, refusal{refusedRequest, err.Error()}
	}
	a := &ask{protocol: p, body: body, model: model, stream: string(o["stream"]) == "true"}
	if model == "" {
		a.model = text(o["model"])
	}
	if err := p.parse(a, o); err != nil {
		return nil, nil, refusal{refusedRequest, err.Error()}
	}
	a.hosts = p.hosted(a, o)
	u, err := s.upstreamOf(p, a.model)
	return a, u, err
}

// readBody reads the whole body of a request.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var buf bytes.Buffer
	if n := r.ContentLength; n > 0 && n <= maxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, refusal{refusedSize, fmt.Sprintf("the body has more than %d bytes", maxBody)}
	}
	if err != nil {
		return nil, refusal{refusedRequest, "the body did not arrive: " + err.Error()}
	}
	return buf.Bytes(), nil
}

// upstreamOf is the model of a name, if it is served in a protocol.
func (s *Session) upstreamOf(p *protocol, name string) (*upstream, error) {
	known, ok := s.modelFor(name)
	u := s.g.upstreams[known]
	if !ok || u == nil {
		return nil, refusal{refusedModel, fmt.Sprintf("the config has no model for the name %q: "+
			"its models are %s", name, strings.Join(s.modelNames(), ", "))}
	}
	if !slices.Contains(u.Protocols, p.name) {
		return nil, refusal{refusedModel, fmt.Sprintf("the model %s is not served in the protocol %s",
			known, p.name)}
	}
	return u, nil
}

func refusalOf(err error) refusal {
	var r refusal
	if errors.As(err, &r) {
		return r
	}
	return refusal{refusedRequest, err.Error()}
}

// countTokens serves Anthropic's count of a request's tokens, which costs nothing:
// docs.claude.com/en/api/messages-count-tokens
func (s *Session) countTokens(w http.ResponseWriter, r *http.Request) {
	s.passOn(w, r, messages, "", "count_tokens")
}

// passOn serves a request that is no call of a model: it is passed on, and neither
// recorded nor paid for.
func (s *Session) passOn(
	w http.ResponseWriter, r *http.Request, p *protocol, model, verb string,
) {
	a, u, err := s.read(w, r, p, model)
	if err != nil {
		p.refuse(w, refusalOf(err))
		return
	}
	e := u.endpoints[p.name]
	to, body := geminiPath(e, u.Model.Model, verb), a.body
	if p == messages {
		to = p.path(e, a) + "/" + verb
		body = wire.SetField(body, "model", llm.Quote(u.Model.Model))
	}
	out, header := u.sink(w, p), passedOn(r.Header)
	p.authorize(header, e.Host(), u.Endpoint.APIKey)
	_, err = e.Relay(r.Context(), wire.Relayed{
		Path: to, Query: queryOf(r.URL), Header: header, Body: body, Sink: out,
		Read: func(*wire.Attempt) error { return nil },
	})
	switch {
	case out.passed:
		out.finish()
	case out.held != nil:
		out.answer()
	case err != nil:
		p.refuse(w, refusal{refusedUpstream, err.Error()})
	}
}

// queryOf is the query of a request without the token.
func queryOf(u *url.URL) string {
	q := u.Query()
	if !q.Has("key") {
		return u.RawQuery
	}
	q.Del("key")
	return q.Encode()
}
