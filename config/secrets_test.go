package config_test

import (
	"slices"
	"testing"

	"bench/config"
)

// Everything that came from a variable into the parts of an endpoint in which keys are
// sent is a secret, whatever header or field it stands in; what stands in the file is none,
// and neither is where the endpoint is.
func TestModelSecrets(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"HOST": "models.example:8443", "NAME": "canary-user", "PASSWORD": "canary%2Fpassword",
		"QUERY": "canary-query", "HEADER": "canary-header", "TOKEN": "Bearer canary-token",
		"URL": "https://canary-user:canary-password@models.example/v1?key=canary-query", "EMPTY": "",
	}
	const model = "dataset: {path: ../tasks.jsonl}\nmodels: {m: {provider: openai, model: m, price: {input: 1, output: 1}, "
	for _, c := range []struct {
		name, keys string
		want       []string
	}{
		{"where it is", "base_url: 'https://${HOST}/v1?api-version=2024-10-21'", nil},
		{"user and password", "base_url: 'https://${NAME}:${PASSWORD}@${HOST}/v1'",
			[]string{"canary%2Fpassword", "canary-user", "canary/password"}},
		{"a value of the query", "base_url: 'https://${HOST}/v1?sig=a-${QUERY}&v=1'",
			[]string{"a-canary-query", "canary-query"}},
		{"all of the URL", "base_url: '${URL}'", []string{"canary-password", "canary-query", "canary-user"}},
		{"a header of any name", "base_url: 'https://h/v1', extra_headers: {X-Title: 'by ${HEADER}'}",
			[]string{"canary-header"}},
		{"a scheme", "base_url: 'https://h/v1', extra_headers: {X-Thing: '${TOKEN}'}",
			[]string{"Bearer canary-token", "canary-token"}},
		{"a key's name", "base_url: 'https://h/v1', extra_headers: {X-Key: 'a-${HEADER}'}",
			[]string{"a-canary-header", "canary-header"}},
		{"words of the file", "base_url: 'https://h/v1', extra_headers: {X-Session-Name: word, X-Title: '${EMPTY:-mine}'}",
			nil},
		{"a default that is not used", "base_url: 'https://h/v1', extra_headers: {X-T: '${HEADER:-${HOST}}'}",
			[]string{"canary-header"}},
	} {
		text := model + c.keys + "}}\nconfigurations: {solo: {kind: single, model: m}}\n"
		cfg, err := config.Parse("testdata/good/x.yaml", []byte(text), options(env))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := slices.DeleteFunc(cfg.Models.Get("m").Secrets(), func(s string) bool { return s == "" })
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
