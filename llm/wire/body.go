package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// Body is a request body in pieces, which are sent one after another. Nothing
// is copied: the pieces are shared with the conversation they come from.
type Body struct {
	pieces [][]byte
	size   int64
}

// Add puts pieces at the end. They must not be changed afterwards.
func (b *Body) Add(pieces ...[]byte) {
	for _, p := range pieces {
		b.size += int64(len(p))
	}
	b.pieces = append(b.pieces, pieces...)
}

// Into makes b the body of an HTTP request.
func (b *Body) Into(r *http.Request) {
	r.Body = b.Reader()
	r.GetBody = func() (io.ReadCloser, error) { return b.Reader(), nil }
	r.ContentLength = b.size
}

// Reader reads the body from its beginning.
func (b *Body) Reader() io.ReadCloser { return &bodyReader{rest: b.pieces} }

type bodyReader struct {
	piece []byte // what is left of the current piece
	rest  [][]byte
}

func (r *bodyReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		for len(r.piece) == 0 {
			if len(r.rest) == 0 {
				if n == 0 {
					return 0, io.EOF
				}
				return n, nil
			}
			r.piece, r.rest = r.rest[0], r.rest[1:]
		}
		k := copy(p[n:], r.piece)
		r.piece = r.piece[k:]
		n += k
	}
	return n, nil
}

func (r *bodyReader) Close() error { return nil }

// Concat joins strings and bytes to something that is kept: it has no spare
// capacity.
func Concat(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			out = append(out, p...)
		case []byte:
			out = append(out, p...)
		case json.RawMessage:
			out = append(out, p...)
		}
	}
	return bytes.Clone(out)
}

// Merge encodes head, a struct of request fields, with the fields of extra in
// place of its own or beside them. It returns an object that is still open:
// what follows begins with a comma.
func Merge(head any, extra map[string]any) ([]byte, error) {
	out, err := json.Marshal(head)
	if err == nil && len(extra) > 0 {
		fields := map[string]any{}
		if err = json.Unmarshal(out, &rawFields{fields}); err == nil {
			for name, value := range extra {
				fields[name] = value
			}
			out, err = json.Marshal(fields)
		}
	}
	if err != nil {
		return nil, err
	}
	return out[:len(out)-1], nil
}

// rawFields keeps the values of an object as they are written.
type rawFields struct{ to map[string]any }

func (f *rawFields) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	for name, value := range raw {
		f.to[name] = value
	}
	return nil
}
