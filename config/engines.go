package config

import (
	"cmp"
	"fmt"
	"net"
	"net/url"

	"bench/internal/strictyaml"
)

// checkEngines settles what engines are called, and refuses those that cannot be reached
// safely.
func (l *loader) checkEngines(s *Sandbox) {
	names := map[string]bool{}
	for i := range s.Engines {
		e := &s.Engines[i]
		at := func(key string) strictyaml.Path {
			return strictyaml.Path(fmt.Sprintf("sandbox/engines/%d/%s", i, key))
		}
		e.Name = cmp.Or(e.Name, e.Host)
		if names[e.Name] {
			l.Fail(l.Key(at("host")), "give each a name: of its own",
				"sandbox.engines.%d: two engines are called %q", i, e.Name)
		}
		names[e.Name] = true
		u, err := url.Parse(e.Host)
		scheme := ""
		if err == nil {
			scheme = u.Scheme
		}
		switch scheme {
		case "unix":
		case "ssh":
			if u.Hostname() == "" {
				l.Fail(l.Value(at("host")), "", "sandbox.engines.%d.host: expected ssh://USER@HOST, "+
					"found %q", i, e.Host)
			}
		case "tcp":
			if ip := net.ParseIP(u.Hostname()); e.TLS == "" && (ip == nil || !ip.IsLoopback()) {
				l.Fail(l.Value(at("host")), "tls: a directory with ca.pem, cert.pem and key.pem",
					"sandbox.engines.%d.host: without TLS everybody on the way to %s is root on that machine",
					i, e.Host)
			}
		default:
			l.Fail(l.Value(at("host")), "", "sandbox.engines.%d.host: expected unix://PATH, "+
				"ssh://USER@HOST or tcp://HOST:PORT, found %q", i, e.Host)
		}
		if e.TLS == "" {
			continue
		}
		if scheme != "tcp" {
			l.Fail(l.Key(at("tls")), "remove it", "sandbox.engines.%d.tls: only for tcp://HOST:PORT", i)
			continue
		}
		e.TLS = l.path(e.TLS)
		l.exists(at("tls"), e.TLS)
	}
}
