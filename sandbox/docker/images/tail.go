package images

// Tail keeps the last few thousand bytes written to it.
type Tail struct{ b []byte }

// Write implements io.Writer.
func (t *Tail) Write(p []byte) (int, error) {
	const most = 4000
	t.b = append(t.b, p...)
	if len(t.b) > 2*most {
		t.b = append(t.b[:0], t.b[len(t.b)-most:]...)
	}
	return len(p), nil
}

// String is what was kept.
func (t *Tail) String() string { return string(t.b) }
