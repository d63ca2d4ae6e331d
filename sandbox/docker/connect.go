package docker

import (
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/client"
)

// connect returns a client of the engine that the options name. Nothing is sent yet.
func connect(o Options) (*client.Client, error) {
	options := []client.Opt{
		client.WithHTTPClient(&http.Client{
			Transport: &http.Transport{
				ResponseHeaderTimeout: o.AnswerTime, MaxIdleConns: 6, IdleConnTimeout: 30 * time.Second,
			},
			CheckRedirect: client.CheckRedirect,
		}),
		client.WithHost(client.DefaultDockerHost), client.WithAPIVersionNegotiation(),
	}
	if o.Host == "" { // where it names certificates, the client makes a transport of its own
		return client.NewClientWithOpts(append(options, client.FromEnv)...)
	}
	helper, err := connhelper.GetConnectionHelperWithSSHOpts(o.Host, sharedConnection())
	switch {
	case err != nil:
		return nil, err
	case helper != nil:
		options = append(options, client.WithHost(helper.Host),
			client.WithDialContext(helper.Dialer))
	default:
		options = append(options, client.WithHost(o.Host))
	}
	if o.TLS != "" {
		options = append(options, client.WithTLSClientConfig(filepath.Join(o.TLS, "ca.pem"),
			filepath.Join(o.TLS, "cert.pem"), filepath.Join(o.TLS, "key.pem")))
	}
	return client.NewClientWithOpts(options...)
}

// sharedConnection has ssh log in once for all connections to an engine: requests and the
// streams of helpers are channels of one connection, which ends a minute after the last.
func sharedConnection() []string {
	options := []string{
		"-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4",
	}
	if path := controlPath(); path != "" {
		options = append(options, "-o", "ControlMaster=auto", "-o", "ControlPersist=60",
			"-o", "ControlPath="+path)
	}
	return options
}

// longestControl is how long a directory may be so that ssh can have a socket in it: the
// hash, what ssh appends meanwhile, and the end of all.
const longestControl = 104 - len("/ssh-") - 40 - 18

// controlPath is where ssh has the socket of a shared connection: in a directory that
// nobody else writes to, since who has the socket has the engine. "" if there is none.
func controlPath() string {
	cache, err := os.UserCacheDir()
	dir := filepath.Join(cache, "bench")
	if err != nil || len(dir) > longestControl || os.MkdirAll(dir, 0o755) != nil {
		return ""
	}
	return filepath.Join(dir, "ssh-%C")
}

// host is where the engine is, as whoever chose it wrote it.
func (p *Pool) host() string {
	if p.o.Host != "" {
		return p.o.Host
	}
	return p.engine.DaemonHost()
}
