package scripted

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxBody bounds a request.
const maxBody = 64 << 20

// Server answers requests of several protocols as its script says. Use New,
// then Start and Close, or Handler alone.
type Server struct {
	script  *Script
	mux     *http.ServeMux
	hash    maphash.Seed
	buffers sync.Pool // *bytes.Buffer

	closing chan struct{} // closed by Close; ends latencies and hangs
	http    *http.Server
	serving sync.WaitGroup // the accept loop and every request

	mu     sync.Mutex // guards what follows
	closed bool
	ledger Ledger
	seen   map[uint64]struct{} // hashes of conversation prefixes
	tries  map[uint64]int      // requests by identity, if the script draws lots
	used   map[use]int         // how often a rule spoke in a conversation
	serial int64
}

// use is a rule in a conversation.
type use struct {
	rule         int
	conversation uint64
}

// Options change how a server plays its script.
type Options struct {
	// Seed is added to the script's own, for another draw of the same script.
	Seed int64
}

// New returns a server that is not listening yet.
func New(script *Script, o Options) *Server {
	own := *script
	own.seed += o.Seed
	s := &Server{
		script: &own, mux: http.NewServeMux(), hash: maphash.MakeSeed(),
		closing: make(chan struct{}),
		ledger:  Ledger{Models: map[string]Totals{}, Faults: map[string]int64{}},
		seen:    map[uint64]struct{}{}, tries: map[uint64]int{}, used: map[use]int{},
	}
	s.buffers.New = func() any { return new(bytes.Buffer) }
	for _, d := range dialects {
		s.mux.HandleFunc("POST "+d.path, func(w http.ResponseWriter, r *http.Request) {
			s.answer(d, w, r)
		})
	}
	s.mux.HandleFunc("POST /v1/messages/count_tokens", s.countTokens)
	s.mux.HandleFunc("GET /v1/models", s.listModels)
	s.mux.HandleFunc("GET /ledger", s.showLedger)
	return s
}

// Handler returns the server's HTTP handler.
func (s *Server) Handler() http.Handler { return s.mux }

// Start listens on addr ("127.0.0.1:0" picks a port) and returns the server's
// URL, such as http://127.0.0.1:4000; a client's base URL is that plus /v1.
func (s *Server) Start(addr string) (string, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	s.http = &http.Server{Handler: s.mux, ReadHeaderTimeout: 30 * time.Second}
	s.serving.Go(func() {
		// Serve returns ErrServerClosed after Close; an accept loop that broke
		// shows at the clients.
		_ = s.http.Serve(listener)
	})
	return "http://" + listener.Addr().String(), nil
}

// Close breaks off all requests and returns when the last one has ended.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	var err error
	if first {
		close(s.closing)
		if s.http != nil {
			err = s.http.Close()
		}
	}
	s.serving.Wait()
	return err
}

// enter counts a request in, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Add(1)
	return true
}

func (s *Server) listModels(w http.ResponseWriter, _ *http.Request) {
	type model struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	list := []model{}
	for _, name := range s.script.Models() {
		list = append(list, model{ID: name, Object: "model"})
	}
	writeJSON(w, map[string]any{"object": "list", "data": list})
}

func (s *Server) showLedger(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Ledger()) }

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // only a client that has gone makes this fail
}

// sleep waits, unless the client or the server goes first.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	}
}

// hang waits until client or server go, and breaks the connection.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closing:
	}
	panic(http.ErrAbortHandler)
}

func (s *Server) nextID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return fmt.Sprintf("req_%06d", s.serial)
}

// prefix seeds the hashes of a conversation's prefixes: models do not share
// caches, nor do agents that say who they are.
func (s *Server) prefix(model string, q *question) uint64 {
	seed := uint64(0)
	if len(q.speaker) > 0 {
		seed = q.conversation()
	}
	return mix(seed, model)
}

func (s *Server) chain(h uint64, b []byte) uint64 {
	return mix(h^maphash.Bytes(s.hash, b), "")
}

var _ io.Closer = (*Server)(nil)
