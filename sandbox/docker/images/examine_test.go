package images

import (
	"errors"
	"strings"
	"testing"
)

// TestRemedyFor: what to do about a registry follows from what it, or the network, said.
func TestRemedyFor(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"dial tcp: lookup r.test on 10.0.0.1:53: no such host":       "reaches r.test",
		"dial tcp 10.0.0.1:443: connect: connection refused":         "reaches r.test",
		"toomanyrequests: You have reached your pull rate limit":     "docker login raises",
		"manifest unknown: manifest unknown":                         "correct the image's name",
		"No such image: r.test/x:1":                                  "correct the image's name",
		"pull access denied for x, repository does not exist or may": "correct the image's name",
		"unauthorized: authentication required":                      "docker login r.test",
		"unexpected EOF":                                             "reaches r.test",
	} {
		if got := remedyFor("r.test", errors.New(said)); !strings.Contains(got, want) {
			t.Errorf("%s: %s", said, got)
		}
	}
}
