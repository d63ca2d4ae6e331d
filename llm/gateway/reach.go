package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"bench"
	"bench/llm/anthropic"
	"bench/llm/wire"
)

// Clocks may differ by so much before it is worth a word, and before keys and
// certificates begin to be refused.
const (
	clockWarn = 30 * time.Second
	clockFail = 5 * time.Minute
)

// reachTime is how long an endpoint may take to list its models.
const reachTime = 20 * time.Second

// Reach asks the endpoint of a model for the models it serves, once with the key and once
// without, which costs nothing, and says whether it is there, takes the key, has the
// model, and has the same time.
func (u Upstream) Reach(ctx context.Context) (found bench.Checks) {
	e, err := wire.NewEndpoint(u.Endpoint)
	if err != nil || len(u.Protocols) == 0 {
		found.Fail("endpoint", "correct base_url", "%v", err)
		return found
	}
	defer e.Close()
	p := protocolNamed(u.Protocols[0])
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	with, without := http.Header{}, http.Header{}
	if p == messages {
		with.Set("Anthropic-Version", anthropic.Version)
		without.Set("Anthropic-Version", anthropic.Version)
	}
	p.authorize(with, e.Host(), u.Endpoint.APIKey)
	l, err := e.List(ctx, listPath(p, e), with)
	if err != nil {
		u.unreached(&found, e, err)
		return found
	}
	found.OK("endpoint", "%s answers%s", e.Host(), through(u.Endpoint.BaseURL))
	open := false
	if l.Refused == nil && u.Endpoint.APIKey != "" {
		again, err := e.List(ctx, listPath(p, e), without)
		open = err == nil && again.Refused == nil
	}
	u.taken(&found, l, open)
	u.served(&found, l)
	clock(&found, e.Host(), l.Ahead)
	return found
}

// protocolNamed is a protocol by its name.
func protocolNamed(name Protocol) *protocol {
	for _, p := range []*protocol{responsesAPI, messages, geminiAPI} {
		if p.name == name {
			return p
		}
	}
	return chat
}

// listPath is where an endpoint lists its models, behind its base URL.
func listPath(p *protocol, e *wire.Endpoint) string {
	v1 := strings.HasSuffix(e.Path(), "/v1")
	switch {
	case p == geminiAPI && v1:
		return "../v1beta/models"
	case p == geminiAPI:
		return "v1beta/models"
	case p == messages && !v1:
		return "v1/models"
	}
	return "models"
}

// through names the proxy through which a URL is asked.
func through(address string) string {
	if proxy := wire.ProxyFor(address); proxy != "" {
		return " through the proxy " + proxy
	}
	return ""
}

// unreached says why an endpoint was not reached.
func (u Upstream) unreached(found *bench.Checks, e *wire.Endpoint, err error) {
	host := e.Host()
	remedy := "check base_url, and whether this machine reaches " + host
	var dns *net.DNSError
	switch text := err.Error(); {
	case wire.ProxyFor(u.Endpoint.BaseURL) != "":
		remedy = fmt.Sprintf("if it is to be reached without the proxy, name it in NO_PROXY: "+
			"export NO_PROXY=$NO_PROXY,%s; else check HTTPS_PROXY and HTTP_PROXY", hostOf(host))
	case errors.As(err, &dns):
		remedy = "check the host in base_url, and this machine's name server"
	case errors.Is(err, syscall.ECONNREFUSED):
		remedy = "nothing listens there: start the server, or correct the port in base_url"
	case strings.Contains(text, "x509: "), strings.Contains(text, "tls: "):
		remedy = "check this machine's clock and its certificates (SSL_CERT_FILE); where the server " +
			"speaks no TLS, base_url begins with http://"
	}
	found.Fail("endpoint", remedy, "%s%s is not reached: %s", host, through(u.Endpoint.BaseURL),
		e.Keys().Text(err.Error()))
}

// hostOf is a host without its port.
func hostOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}

// taken says whether the key is. An endpoint that lists its models to everybody has not
// looked at it.
func (u Upstream) taken(found *bench.Checks, l wire.Listing, open bool) {
	const ask = "bench doctor --models asks the model, for a fraction of a cent"
	switch {
	case l.Refused == nil && u.Endpoint.APIKey == "":
		found.OK("key", "none is sent, and none is asked for")
	case l.Refused == nil && open:
		found.OK("key", "not tried: the endpoint lists its models without one, too (%s)", ask)
	case l.Refused == nil:
		found.OK("key", "it is taken")
	case slices.Contains([]int{http.StatusUnauthorized, http.StatusPaymentRequired,
		http.StatusForbidden}, l.Refused.Status):
		found.Fail("key", "check the key in the variable that api_key_env names, and the account: "+
			"a key belongs to one provider, and ends when it is revoked or nothing is left to spend",
			"it is refused: %v", l.Refused)
	case slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusNotImplemented}, l.Refused.Status):
		found.OK("key", "not tried: the endpoint does not list its models (%s)", ask)
	case l.Refused.Status == http.StatusTooManyRequests:
		found.Warn("key", "wait, or set rate_limit of the model below the provider's limit",
			"the endpoint limits requests now: %v", l.Refused)
	default:
		found.Warn("key", "see the provider's status page; "+ask,
			"not tried: the endpoint cannot list its models: %v", l.Refused)
	}
}

// served says whether the endpoint lists the model.
func (u Upstream) served(found *bench.Checks, l wire.Listing) {
	switch {
	case len(l.Models) == 0:
	case slices.ContainsFunc(l.Models, func(name string) bool {
		return bench.SameModel(u.Model.Model, name)
	}):
		found.OK("model name", "%s is in the endpoint's list", u.Model.Model)
	default:
		found.Warn("model name", "correct the model's name, if bench doctor --models finds it missing",
			"%s is not among the %d models that the endpoint lists", u.Model.Model, len(l.Models))
	}
}

// clock says by how much this machine's clock is off.
func clock(found *bench.Checks, host string, ahead *time.Duration) {
	const remedy = "set this machine's clock: timedatectl set-ntp true"
	switch {
	case ahead == nil:
	case ahead.Abs() >= clockFail:
		found.Fail("clock", remedy, "this machine's clock is %s %s: keys and certificates may be "+
			"refused, and prices by the hour are wrong", ahead.Abs(), behind(*ahead, host))
	case ahead.Abs() >= clockWarn:
		found.Warn("clock", remedy, "this machine's clock is %s %s", ahead.Abs(), behind(*ahead, host))
	default:
		found.OK("clock", "as that of %s", host)
	}
}

func behind(ahead time.Duration, host string) string {
	if ahead > 0 {
		return "behind that of " + host
	}
	return "ahead of that of " + host
}
