package images

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
)

// Progress is how a pull proceeds.
type Progress struct {
	Image      string
	Bytes      int64 // downloaded so far
	Total      int64 // of the layers whose size is known yet
	Done       bool
	RetryAfter time.Duration // set when an attempt has failed with Err
	Err        error
}

// retry says how failed pulls are repeated.
type retry struct{ first, longest, limit time.Duration }

// fetch pulls an image and records that it was. The budget is met beforehand, and
// again when its size is known.
func (st *Store) fetch(ctx context.Context, name string) (Local, error) {
	ref, from, err := st.references(name)
	if err != nil {
		return Local{}, err
	}
	if err := st.pruneToBudget(ctx); err != nil {
		return Local{}, err
	}
	if err := st.pullImage(ctx, name, from); err != nil {
		return Local{}, err
	}
	l, err := st.present(ctx, name)
	if err != nil {
		return Local{}, err
	}
	defer st.use.hold(l.ID)()
	if err := st.remember(ctx, l.ID, familiar(ref), familiar(from)); err != nil {
		return Local{}, err
	}
	return l, st.pruneToBudget(ctx)
}

// pullImage pulls an image, again if that fails for a reason that may pass.
func (st *Store) pullImage(ctx context.Context, name string, from reference.Named) error {
	auth, err := login(from)
	if err != nil {
		return err
	}
	exponential := backoff.NewExponentialBackOff()
	exponential.InitialInterval, exponential.MaxInterval = st.pull.first, st.pull.longest
	b := &patient{BackOff: exponential}
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		err := st.pullOnce(ctx, name, from, auth)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		b.asked = askedFor(err)
		return struct{}{}, err
	}, backoff.WithBackOff(b), backoff.WithMaxElapsedTime(st.pull.limit),
		backoff.WithNotify(func(err error, after time.Duration) {
			st.tell(Progress{Image: name, Err: err, RetryAfter: after})
		}))
	return advised(err)
}

// patient waits at least as long as the registry asks.
type patient struct {
	backoff.BackOff
	asked time.Duration
}

// NextBackOff implements backoff.BackOff.
func (b *patient) NextBackOff() time.Duration {
	next := b.BackOff.NextBackOff()
	if next == backoff.Stop {
		return next
	}
	return max(next, b.asked)
}

// The engine passes on a registry's text only. That of ghcr.io, as an example,
// ends in "retry-after: 1.5s, allowed: 44000/minute".
var retryAfter = regexp.MustCompile(`(?i)retry[- ]after:? *([0-9.]+) ?(ns|µs|us|ms|s|m|h)?\b`)

// askedFor is how long a registry wants to be left alone; 0 if it does not say.
func askedFor(err error) time.Duration {
	if err == nil {
		return 0
	}
	m := retryAfter.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	d, err := time.ParseDuration(m[1] + cmp.Or(m[2], "s"))
	if err != nil {
		return 0
	}
	return d
}

// advised adds what to do about errors that many people meet.
func advised(err error) error {
	if err == nil {
		return nil
	}
	switch text := strings.ToLower(err.Error()); {
	case strings.Contains(text, "toomanyrequests"), strings.Contains(text, "too many requests"):
		return fmt.Errorf("%w: docker login raises the registry's limit, and "+
			"sandbox.registry_mirror goes round it", err)
	case strings.Contains(text, "no space left on device"):
		return fmt.Errorf("%w: free disk with bench images prune, and bound what images take with "+
			"sandbox.disk_budget", err)
	}
	return err
}

// passing reports whether a pull may succeed later.
func passing(err error) bool {
	if errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err) || errdefs.IsPermissionDenied(err) ||
		errdefs.IsUnauthorized(err) {
		return false
	}
	for _, final := range []string{
		"manifest unknown", "not found", "access denied", "does not exist", "no matching manifest",
		"no space left on device", "unauthorized",
	} {
		if strings.Contains(err.Error(), final) {
			return false
		}
	}
	return true
}

func (st *Store) tell(progress Progress) {
	if st.o.OnPull != nil {
		st.o.OnPull(progress)
	}
}

func (st *Store) pullOnce(
	ctx context.Context, name string, from reference.Named, auth string,
) error {
	rc, err := st.engine.ImagePull(ctx, from.String(), image.PullOptions{
		Platform: st.o.Platform, RegistryAuth: auth,
	})
	if err != nil {
		return err
	}
	defer rc.Close()
	layers := map[string]layer{}
	err = readMessages(rc, func(m message) {
		l := layers[m.ID]
		switch {
		case m.Status == "Downloading" && m.Detail.Total > 0:
			l = layer{m.Detail.Current, m.Detail.Total}
		case m.Status == "Download complete" || m.Status == "Pull complete":
			l.now = l.total
		default:
			return
		}
		layers[m.ID] = l
		st.tell(progressOf(name, layers))
	})
	if err != nil {
		return err
	}
	done := progressOf(name, layers)
	done.Done = true
	st.tell(done)
	return nil
}

// layer is how far the download of one is, in bytes.
type layer struct{ now, total int64 }

func progressOf(name string, layers map[string]layer) Progress {
	progress := Progress{Image: name}
	for _, l := range layers {
		progress.Bytes += l.now
		progress.Total += l.total
	}
	return progress
}

// message is a line of what the engine says while it pulls, pushes or builds.
type message struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Stream string `json:"stream"`
	Error  string `json:"error"` // the whole failed, though the call did not
	Detail struct {
		Current int64 `json:"current"`
		Total   int64 `json:"total"`
	} `json:"progressDetail"`
}

// readMessages reads to the end, which is when the work is done.
func readMessages(r io.Reader, each func(message)) error {
	d := json.NewDecoder(r)
	for {
		var m message
		err := d.Decode(&m)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case m.Error != "":
			return errors.New(strings.TrimSpace(m.Error))
		}
		each(m)
	}
}
