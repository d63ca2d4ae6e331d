package images

import (
	"strings"
	"testing"
)

const sha = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func TestMirrored(t *testing.T) {
	t.Parallel()
	const hubOnly, all = "mirror.example.com/hub/{image}", "m.example.com:5000/{registry}/{image}"
	for _, c := range []struct{ template, name, listed, from string }{
		{"", "swebench/x", "swebench/x:latest", "docker.io/swebench/x:latest"},
		{hubOnly, "swebench/x:1", "swebench/x:1", "mirror.example.com/hub/swebench/x:1"},
		{hubOnly, "docker.io/swebench/x", "swebench/x:latest", "mirror.example.com/hub/swebench/x:latest"},
		{hubOnly, "debian:12", "debian:12", "mirror.example.com/hub/library/debian:12"},
		{hubOnly, "ghcr.io/a/b:2", "ghcr.io/a/b:2", "ghcr.io/a/b:2"},
		{hubOnly, "a/b@" + sha, "a/b@" + sha, "mirror.example.com/hub/a/b@" + sha},
		{all, "a/b:2", "a/b:2", "m.example.com:5000/docker.io/a/b:2"},
		{all, "ghcr.io/a/b:2", "ghcr.io/a/b:2", "m.example.com:5000/ghcr.io/a/b:2"},
	} {
		p := &Store{o: Options{Mirror: c.template}}
		ref, from, err := p.references(c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := familiar(ref); got != c.listed {
			t.Errorf("%s is listed as %s, want %s", c.name, got, c.listed)
		}
		if from.String() != c.from {
			t.Errorf("%s through %q is %s, want %s", c.name, c.template, from, c.from)
		}
	}
	p := &Store{o: Options{Mirror: all}}
	if _, _, err := p.references("host:5000/a"); err == nil || !strings.Contains(err.Error(), all) {
		t.Errorf("a registry with a port becomes a part of a path: %v", err)
	}
	if _, _, err := p.references("UPPER/case"); err == nil || !strings.Contains(err.Error(), "UPPER/case") {
		t.Errorf("got error %v", err)
	}
}

func TestRegistryDigest(t *testing.T) {
	t.Parallel()
	const other = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	for name, c := range map[string]struct {
		listed []string
		want   string
	}{
		"none":           {nil, ""},
		"its own":        {[]string{"mirror.example.com/hub/a/b@" + other, "a/b@" + sha}, sha},
		"from a mirror":  {[]string{"mirror.example.com/hub/a/b@" + other}, other},
		"not a digest":   {[]string{"<none>"}, ""},
		"the first of 2": {[]string{"x/y@" + other, "x/z@" + sha}, other},
	} {
		if got := registryDigest("docker.io/a/b:1", c.listed); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
