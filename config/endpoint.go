package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"bench/internal/strictyaml"
)

// kept stands for a dollar sign of the file in what is stored: the variable that
// it begins stays one, as its value is a secret. It is no character, so that no
// file means it.
const kept = "\ufdd0"

// unexpanded is a text of the file to be stored with its variables.
func unexpanded(source string) string { return strings.ReplaceAll(source, "$", kept) }

// checkEndpoint reads base_url. User information and keys in its query come from
// the environment. They are kept apart from what is printed, and stored as the
// variables that they are.
func (l *loader) checkEndpoint(at strictyaml.Path, m *Model) {
	u, err := url.Parse(m.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		l.Fail(l.Value(at), "", "%s: expected a URL such as https://openrouter.ai/api/v1", at)
		return
	}
	source := l.Source(at)
	if what := pasted(source); what != "" {
		l.Fail(l.Value(at), "put it into the environment, "+
			"as in https://${USER}:${PASSWORD}@host/v1?key=${KEY}",
			"%s: %s does not stand in the file", at, what)
		l.Errors[len(l.Errors)-1].Secret = true
		return
	}
	m.Endpoint, m.stored = NewSecret(m.BaseURL), m.BaseURL
	m.secrets = urlSecrets(u, l.Values(at))
	if (u.User != nil || u.RawQuery != "") && strings.Contains(source, "${") {
		m.stored = unexpanded(source)
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	m.BaseURL = u.String()
}

// urlSecrets are the parts of a URL in which keys are sent, user information and the values
// of its query, that come from variables, and those variables. The rest is printed.
func urlSecrets(u *url.URL, values []string) (out []Secret) {
	var parts []string
	if u.User != nil {
		password, _ := u.User.Password()
		parts = append(parts, u.User.Username(), password)
	}
	for _, list := range u.Query() {
		parts = append(parts, list...)
	}
	for _, part := range parts {
		for _, v := range values {
			unescaped, err := url.QueryUnescape(v)
			switch {
			case part == "" || err != nil && !strings.Contains(v, part):
			case strings.Contains(part, v), strings.Contains(part, unescaped):
				out = append(out, NewSecret(part), NewSecret(v), NewSecret(unescaped))
			case strings.Contains(v, part), strings.Contains(unescaped, part):
				out = append(out, NewSecret(part))
			}
		}
	}
	return out
}

var variableRE = regexp.MustCompile(`\$\{[^{}]*\}`)

// pasted is the kind of secret that a URL holds as text instead of in a variable;
// empty if it holds none.
func pasted(source string) string {
	for literal := ""; literal != source; { // a default may have variables, too
		literal, source = source, variableRE.ReplaceAllString(source, "")
	}
	_, rest, _ := strings.Cut(source, "://")
	authority, query, _ := strings.Cut(rest, "?")
	authority, _, _ = strings.Cut(authority, "/")
	if user, _, has := strings.Cut(authority, "@"); has && strings.Trim(user, ":") != "" {
		return "a user name or password"
	}
	holds := func(field string) bool {
		name, value, _ := strings.Cut(field, "=")
		return value != "" && keyHeader.MatchString(name)
	}
	if slices.ContainsFunc(strings.Split(query, "&"), holds) {
		return "a key"
	}
	return ""
}
