package wire

import (
	"net"
	"net/http"
	"time"
)

// NewTransport returns a transport for a thousand requests under way to one
// host: connections are kept rather than dialled anew, whatever their number.
// Clients of the same host may share one.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 30 * time.Second},
		MaxIdleConns:          4096,
		MaxIdleConnsPerHost:   2048,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
		WriteBufferSize:       32 << 10, // conversations are large, answers small
		ReadBufferSize:        4 << 10,
	}
}
