package view

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"bench"
	"bench/results"
	"bench/results/page"
)

// Source is where runs are, such as a results.Store.
type Source interface {
	Runs(ctx context.Context) ([]results.Run, error)
}

// Options say what a server shows.
type Options struct {
	Source   Source
	Database string   // its name
	Runs     []string // that are shown; none: all
	// Page writes the page of runs, which a browser loads again after so many seconds; 0:
	// never. What it writes before an error is lost.
	Page func(ctx context.Context, w io.Writer, runs []string, refresh int) error
}

// Server serves a list of runs, and the page of each. Use New.
type Server struct {
	options Options
	// making is held by who makes a page. It guards took.
	making chan struct{}
	took   map[string]time.Duration // to make the page of runs the last time
	since  string                   // which tells its pages from those of another server
}

// New returns a server that is not listening yet.
func New(o Options) *Server {
	return &Server{
		options: o, making: make(chan struct{}, 1), took: map[string]time.Duration{},
		since: strconv.FormatInt(time.Now().UnixNano(), 36),
	}
}

// ErrNotLoopback is an address that other machines can reach.
var ErrNotLoopback = errors.New("not an address of this machine alone")

// Listen listens on an address of the loopback interface, such as 127.0.0.1:0.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, ErrNotLoopback
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	// Only now is it certain where localhost leads to.
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		return nil, errors.Join(ErrNotLoopback, l.Close())
	}
	return l, nil
}

// Bounds of requests and of the end of a server.
const (
	mostHeader   = 16 << 10
	headerWithin = 10 * time.Second
	idle         = time.Minute
	writeWithin  = time.Minute // a part of an answer, to a browser that does not read
	endWithin    = time.Second
)

// Serve answers requests until ctx is cancelled, which ends those under way, too.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerWithin, IdleTimeout: idle, MaxHeaderBytes: mostHeader,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		err := server.Shutdown(within)
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil // browsers keep connections on which they may ask for something later
		}
		err = errors.Join(err, server.Close())
		s.making <- struct{}{} // whoever makes a page still reads, and none begins
		ended <- err
	})
	err := server.Serve(l)
	if stop() { // it ended by itself
		return errors.Join(err, server.Close())
	}
	return <-ended
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", page.Policy()+"; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	switch {
	case !toThisMachine(r):
		refuse(w, http.StatusForbidden, "bench view answers requests to the address it has printed, "+
			"not to "+strconv.Quote(r.Host))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "bench view only reads: GET and HEAD")
	case r.URL.Path == "/":
		s.list(w, r)
	case r.URL.Path == runPath:
		s.page(w, r)
	default:
		refuse(w, http.StatusNotFound, "nothing is here; the list of runs is at /")
	}
}

// toThisMachine reports whether a request was sent to the address that it has come to,
// or to localhost. A browser that was told that another name leads here sends that name.
func toThisMachine(r *http.Request) bool {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = r.Host, "80"
	}
	if port != strconv.Itoa(at.Port) {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip == at.AddrPort().Addr().Unmap()
}

// refuse answers with a sentence.
func refuse(w http.ResponseWriter, status int, why string) {
	http.Error(w, why, status)
}

// statusOf is the status of an error, by who is to blame.
func statusOf(err error) int {
	if bench.ExitStatusOf(err) == bench.ExitUsage {
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}
