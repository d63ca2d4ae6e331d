// Package hub fetches datasets from Hugging Face, or another server with its
// API, into the cache of datasets.
package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bench"
)

// Hub is a server with the API of Hugging Face.
type Hub struct {
	endpoint *url.URL
	token    string
	client   *http.Client
	pause    time.Duration // before the first repetition; it doubles
	stall    time.Duration // how long a download may bring nothing
	progress func(format string, args ...any)
}

const (
	tries          = 6                // in a row that bring nothing
	longestPause   = 60 * time.Second // between two of them
	reportInterval = 5 * time.Second  // between two lines about one download
)

// New returns the hub that HF_ENDPOINT and HF_TOKEN name. The token goes to
// that host alone, and never over a line that others can read.
func New(progress func(string, ...any)) (*Hub, error) {
	address := os.Getenv("HF_ENDPOINT")
	if address == "" {
		address = "https://huggingface.co"
	}
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil, bench.Usagef("HF_ENDPOINT is no address such as https://huggingface.co")
	}
	h := &Hub{
		endpoint: u, token: strings.TrimSpace(os.Getenv("HF_TOKEN")), pause: time.Second,
		stall: time.Minute, progress: progress,
	}
	if h.token != "" && u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return nil, bench.Usagef("HF_ENDPOINT is not https: HF_TOKEN is not sent there; unset one " +
			"of them")
	}
	h.client = &http.Client{CheckRedirect: h.redirected}
	return h, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// redirected takes the token off requests to other hosts.
func (h *Hub) redirected(req *http.Request, via []*http.Request) error {
	if len(via) > 10 {
		return errors.New("more than 10 redirects")
	}
	if req.URL.Host != h.endpoint.Host || req.URL.Scheme != h.endpoint.Scheme {
		req.Header.Del("Authorization")
	}
	return nil
}

// file is a file of a repository on the hub.
type file struct {
	Type string `json:"type"`
	Path string `json:"path"`
	Size int64  `json:"size"`
	OID  string `json:"oid"` // of git's blob
	LFS  *struct {
		OID string `json:"oid"` // SHA-256 of the content
	} `json:"lfs"`
}

// checksum is what the content must have: "sha256:…" or "git:…".
func (f file) checksum() string {
	if f.LFS != nil && f.LFS.OID != "" {
		return "sha256:" + strings.TrimPrefix(f.LFS.OID, "sha256:")
	}
	return "git:" + f.OID
}

// hash is that of the checksum.
func (f file) hash() hash.Hash {
	if strings.HasPrefix(f.checksum(), "sha256:") {
		return sha256.New()
	}
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", f.Size)
	return h
}

var commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// commit is the commit that a revision of a repository is at present.
func (h *Hub) commit(ctx context.Context, repo, revision string) (string, error) {
	var answer struct {
		SHA string `json:"sha"`
	}
	_, err := h.json(ctx, h.endpoint.JoinPath(
		"api/datasets", repo, "revision", url.PathEscape(revision)), &answer)
	if err == nil && !commitID.MatchString(answer.SHA) {
		err = errors.New("the answer names no commit")
	}
	if err != nil {
		return "", fmt.Errorf("look up %s@%s: %w", repo, revision, err)
	}
	return answer.SHA, nil
}

// files are those of a repository at a commit. The hub lists them in pages; of
// the address of the next one only the cursor is taken.
func (h *Hub) files(ctx context.Context, repo, commit string) ([]file, error) {
	u := h.endpoint.JoinPath("api/datasets", repo, "tree", commit)
	u.RawQuery = "recursive=true"
	var all []file
	for range 1000 {
		var page []file
		header, err := h.json(ctx, u, &page)
		if err != nil {
			return nil, fmt.Errorf("list files of %s: %w", repo, err)
		}
		all = append(all, page...)
		next := nextPage(header)
		if next == "" {
			return all, nil
		}
		u.RawQuery = next
	}
	return nil, fmt.Errorf("list files of %s: the list has no end", repo)
}

var nextRE = regexp.MustCompile(`<([^>]+)>;\s*rel="next"`)

func nextPage(header http.Header) string {
	m := nextRE.FindStringSubmatch(header.Get("Link"))
	if m == nil {
		return ""
	}
	u, err := url.Parse(m[1])
	if err != nil {
		return ""
	}
	return u.RawQuery
}

// json asks for a document, again if the hub is busy.
func (h *Hub) json(ctx context.Context, u *url.URL, v any) (header http.Header, err error) {
	err = h.again(ctx, u.Path, func() (bool, error) {
		resp, err := h.get(ctx, u, 0)
		if err != nil {
			return false, err
		}
		defer resp.Body.Close()
		if err := accept(resp, http.StatusOK); err != nil {
			return false, err
		}
		header = resp.Header
		if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<20)).Decode(v); err != nil {
			return false, fmt.Errorf("unreadable answer: %w", err)
		}
		return true, nil
	})
	return header, err
}

func (h *Hub) get(ctx context.Context, u *url.URL, from int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "bench")
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		req.Header.Set("Accept-Encoding", "identity")
	}
	resp, err := h.client.Do(req)
	var failed *url.Error
	if errors.As(err, &failed) {
		// The addresses of files are signed: whoever has one may read the file.
		address, _, _ := strings.Cut(failed.URL, "?")
		return nil, fmt.Errorf("get %s: %w", address, failed.Err)
	}
	return resp, err
}

// refusal is an answer that will not be another one the next time.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// busy is an answer that may be another one later.
type busy struct {
	text  string
	after time.Duration // that the server asks for; 0: not said
}

func (b *busy) Error() string { return b.text }

// accept turns all statuses but those wanted into errors.
func accept(resp *http.Response, wanted ...int) error {
	for _, status := range wanted {
		if resp.StatusCode == status {
			return nil
		}
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return &refusal{resp.Status + ": it does not exist, or asks for permission: accept its terms " +
			"on its page and put a token that may read it into HF_TOKEN"}
	case resp.StatusCode == http.StatusNotFound:
		return &refusal{resp.Status + ": there is no such dataset, revision or file"}
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return &busy{resp.Status, time.Duration(max(0, seconds)) * time.Second}
	}
	return &refusal{resp.Status}
}

// again repeats what may succeed later, until it has brought nothing for a
// number of times. do says whether it brought something.
func (h *Hub) again(ctx context.Context, what string, do func() (bool, error)) error {
	pause := h.pause
	for try := 1; ; try++ {
		advanced, err := do()
		var (
			no   *refusal
			wait *busy
		)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.As(err, &no), errors.Is(err, syscall.ENOSPC), errors.Is(err, os.ErrPermission):
			return err
		}
		if advanced {
			try, pause = 0, h.pause
		}
		if try == tries {
			return fmt.Errorf("%w (tried %d times)", err, try)
		}
		if errors.As(err, &wait) && wait.after > pause {
			pause = wait.after
		}
		pause = min(pause, longestPause)
		h.progress("%s: %v; again in %s", what, err, pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		pause *= 2
	}
}
