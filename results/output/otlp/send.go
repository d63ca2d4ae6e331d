package otlp

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"bench"
	"bench/internal/plural"
	"bench/results"
)

// endpoint is where traces are sent.
type endpoint struct {
	url     *url.URL
	header  http.Header
	gzip    bool
	timeout time.Duration // of one request
	client  *http.Client
	wait    time.Duration // before the first repetition
}

// Send implements output.Sender.
func (o Output) Send(ctx context.Context, s *results.Store, run string) (string, error) {
	e, err := o.endpoint()
	if err != nil {
		return "", err
	}
	defer e.client.CloseIdleConnections()
	sent, rejected, why := 0, int64(0), ""
	err = o.each(ctx, s, run, func(document []byte, spans int) error {
		left, message, err := e.post(ctx, document)
		if sent += spans; left > 0 {
			rejected, why = rejected+left, message
		}
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("send traces to %s: %w", e, err)
	case rejected > 0:
		return "", fmt.Errorf("%s took %d of %s: %s", e, int64(sent)-rejected,
			plural.Count(sent, "span"), why)
	}
	return fmt.Sprintf("sent %s to %s", plural.Count(sent, "span"), e), nil
}

// String is the address without what may be secret in it.
func (e *endpoint) String() string {
	return (&url.URL{Scheme: e.url.Scheme, Host: e.url.Host, Path: e.url.Path}).String()
}

// ofTraces is the value of a variable: that for traces alone, or that for all signals.
func (o Output) ofTraces(name string) (variable, value string) {
	variable = "OTEL_EXPORTER_OTLP_TRACES_" + name
	if value = o.Getenv(variable); value == "" {
		variable = "OTEL_EXPORTER_OTLP_" + name
		value = o.Getenv(variable)
	}
	return variable, value
}

// endpoint is what the environment says (OpenTelemetry specification, OTLP exporter).
func (o Output) endpoint() (*endpoint, error) {
	e := &endpoint{header: http.Header{}, timeout: 10 * time.Second, wait: cmp.Or(o.wait, time.Second)}
	variable, address := o.ofTraces("ENDPOINT")
	if address == "" {
		return nil, bench.Usagef("--send: OTEL_EXPORTER_OTLP_ENDPOINT does not say where to, " +
			"such as http://localhost:4318")
	}
	var err error
	if e.url, err = url.Parse(address); err != nil || e.url.Host == "" ||
		e.url.Scheme != "http" && e.url.Scheme != "https" {
		return nil, bench.Usagef("%s: want an address that begins with http:// or https://", variable)
	}
	if variable == "OTEL_EXPORTER_OTLP_ENDPOINT" {
		e.url = e.url.JoinPath("v1/traces")
	}
	if err := o.options(e); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if transport.TLSClientConfig, err = o.trusted(); err != nil {
		return nil, err
	}
	// Whoever is redirected to would get the headers, and these may hold a key.
	e.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return e, nil
}

// options reads how to send.
func (o Output) options(e *endpoint) error {
	if variable, protocol := o.ofTraces("PROTOCOL"); protocol != "" && protocol != "http/json" {
		return bench.Usagef("%s=%s: bench sends http/json", variable, protocol)
	}
	variable, headers := o.ofTraces("HEADERS")
	all, err := pairs(variable, headers)
	for _, h := range all {
		e.header.Set(h[0], h[1])
	}
	if err != nil {
		return err
	}
	variable, ms := o.ofTraces("TIMEOUT")
	if ms != "" {
		n, err := strconv.Atoi(ms)
		if err != nil || n < 1 {
			return bench.Usagef("%s=%s: want milliseconds above 0", variable, ms)
		}
		e.timeout = time.Duration(n) * time.Millisecond
	}
	switch variable, compression := o.ofTraces("COMPRESSION"); compression {
	case "", "none":
	case "gzip":
		e.gzip = true
	default:
		return bench.Usagef("%s=%s: want gzip or none", variable, compression)
	}
	for _, name := range []string{"CLIENT_KEY", "CLIENT_CERTIFICATE"} {
		if variable, value := o.ofTraces(name); value != "" {
			return bench.Usagef("%s: bench has no certificates of its own", variable)
		}
	}
	return nil
}

// trusted is whom to trust: the machine's authorities, or those of a file.
func (o Output) trusted() (*tls.Config, error) {
	variable, file := o.ofTraces("CERTIFICATE")
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, bench.Usagef("%s: %w", variable, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, bench.Usagef("%s: no certificate is in %s", variable, file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// mostTries is how often a document is sent at most.
const mostTries = 6

// post sends a document, again where that may help. It returns how many spans the
// endpoint rejected, and why.
func (e *endpoint) post(ctx context.Context, document []byte) (int64, string, error) {
	if e.gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(document); err != nil {
			return 0, "", err
		}
		if err := z.Close(); err != nil {
			return 0, "", err
		}
		document = b.Bytes()
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = e.wait
	answer, err := backoff.Retry(ctx, func() ([]byte, error) { return e.once(ctx, document) },
		backoff.WithBackOff(wait), backoff.WithMaxTries(mostTries))
	if err != nil {
		return 0, "", err
	}
	var said struct {
		Partial struct {
			Rejected json.RawMessage `json:"rejectedSpans"` // a number, in quotes or without
			Message  string          `json:"errorMessage"`
		} `json:"partialSuccess"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return 0, "", nil //nolint:nilerr // taken, whatever the answer is
	}
	n, err := strconv.ParseInt(strings.Trim(string(said.Partial.Rejected), `"`), 10, 64)
	if err != nil {
		n = 0
	}
	return n, brief(said.Partial.Message), nil
}

// once sends a document once.
func (e *endpoint) once(ctx context.Context, document []byte) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(within, http.MethodPost, e.url.String(),
		bytes.NewReader(document))
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	req.Header = e.header.Clone()
	req.Header.Set("Content-Type", "application/json")
	if e.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return nil, plain(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case resp.StatusCode/100 == 2:
		return answer, err
	case again(resp.StatusCode):
		err := refused(resp.Status, answer)
		if s, not := strconv.Atoi(resp.Header.Get("Retry-After")); not == nil && s > 0 {
			err = fmt.Errorf("%w: %w", err, backoff.RetryAfter(s))
		}
		return nil, err
	}
	return nil, backoff.Permanent(refused(resp.Status, answer))
}

// again reports whether the protocol allows a document to be sent again after a status.
func again(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable,
		http.StatusGatewayTimeout:
		return true
	}
	return false
}

// plain is a failure of the connection without the address, which may hold a secret.
func plain(err error) error {
	if of := (*url.Error)(nil); errors.As(err, &of) {
		return of.Err
	}
	return err
}

func refused(status string, answer []byte) error {
	return fmt.Errorf("the endpoint answers %s: %s", status, brief(string(answer)))
}

// brief is the beginning of what an endpoint says, on one line.
func brief(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	return s[:min(len(s), 300)]
}
