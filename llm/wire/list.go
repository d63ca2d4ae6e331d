package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bench/llm"
)

// Listing is what an endpoint answers who asks for its models, which costs nothing.
type Listing struct {
	Refused *llm.StatusError // of a status other than 2xx; nil if it was 2xx
	Models  []string         // their names; nil if the answer is no list, or a part of one
	// Ahead is by how much the endpoint's clock is ahead of this machine's, to a second,
	// and nil if it does not tell the time.
	Ahead *time.Duration
}

// List asks the endpoint for its models. Path is where it lists them, header what shows
// it the key. The error is that of an endpoint that was not reached.
func (e *Endpoint) List(ctx context.Context, path string, header http.Header) (Listing, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.base.JoinPath(path).String(), nil)
	if err != nil {
		return Listing{}, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	for name, value := range e.options.Headers {
		r.Header.Set(name, value)
	}
	sent := time.Now()
	resp, err := e.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // which has the URL, and its query
			err = u.Err
		}
		return Listing{}, err
	}
	defer resp.Body.Close()
	l := Listing{Ahead: ahead(resp.Header, sent, time.Now())}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return l, fmt.Errorf("the answer broke off: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		l.Refused = Refused(resp.StatusCode, resp.Header, body)
		l.Refused.Err = Scrubbed(l.Refused.Err, e.keys.Text)
		return l, nil
	}
	l.Models = listed(body)
	return l, nil
}

// ahead is by how much the clock of a server is ahead that answered between two times.
// Its date is in whole seconds, of which half a one is lost on average.
func ahead(h http.Header, sent, received time.Time) *time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return nil
	}
	here := sent.Add(received.Sub(sent) / 2)
	d := date.Add(time.Second / 2).Sub(here).Round(time.Second)
	return &d
}

// listed are the names in a list of models, as OpenAI and Anthropic (data, id) and
// Google (models, name) write it; nil where there is more than one page of it.
func listed(body []byte) (names []string) {
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
		Models []struct {
			Name string `json:"name"`
		} `json:"models"`
		HasMore bool   `json:"has_more"`
		Next    string `json:"nextPageToken"`
	}
	if json.Unmarshal(body, &list) != nil || list.HasMore || list.Next != "" {
		return nil
	}
	for _, m := range list.Data {
		names = append(names, m.ID)
	}
	for _, m := range list.Models {
		names = append(names, strings.TrimPrefix(m.Name, "models/"))
	}
	return names
}

// ProxyFor is the proxy through which an address is asked, as the environment says; ""
// for none.
func ProxyFor(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Redacted()
}
