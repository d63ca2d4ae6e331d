package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// rootless asks Podman whether it is: the client leaves that out of what it reads, and
// Podman does not say it where Docker does.
func (p *Pool) rootless(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	conn, err := p.engine.Dialer()(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(pingTime)); err != nil {
		return false, err
	}
	// Of this version of HTTP an answer ends with the connection.
	if _, err := io.WriteString(conn, "GET /info HTTP/1.0\r\nHost: podman\r\n\r\n"); err != nil {
		return false, err
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return false, err
	}
	_, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	var info struct{ Rootless *bool }
	if err := json.Unmarshal(body, &info); err != nil || info.Rootless == nil {
		return false, fmt.Errorf("it does not say whether it is rootless: %.200s", answer)
	}
	return *info.Rootless, nil
}
