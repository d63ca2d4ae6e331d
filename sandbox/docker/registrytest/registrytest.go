// Package registrytest serves images on the loopback interface, as a registry
// does, for tests of what pulls them.
package registrytest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// The media types of an image as registries serve it.
const (
	typeManifest = "application/vnd.docker.distribution.manifest.v2+json"
	typeConfig   = "application/vnd.docker.container.image.v1+json"
	typeLayer    = "application/vnd.docker.image.rootfs.diff.tar.gzip"
)

type descriptor struct {
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Digest    string `json:"digest"`
}

// Registry serves images of one file each, another one under every name, except
// under names with "missing" in them. Its fields may be set before it is asked.
type Registry struct {
	Host     string // and port
	Refusals int    // requests yet to be refused with 429
	Says     string // with a refusal
	Login    string // user:password that requests must show; "" for none

	mu    sync.Mutex
	asked []string // repositories whose manifests were served
}

// ImageSize is how large the file in an image is, in bytes.
const ImageSize = 100_000

// Serve starts a registry. stop ends it.
func Serve() (r *Registry, stop func()) {
	r = &Registry{Says: "slow down"}
	server := httptest.NewServer(r)
	r.Host = strings.TrimPrefix(server.URL, "http://")
	return r, server.Close
}

// ServeHTTP implements http.Handler.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	user, password, _ := req.BasicAuth()
	r.mu.Lock()
	login := r.Login == "" || r.Login == user+":"+password
	refused := req.URL.Path != "/v2/" && r.Refusals > 0
	if refused {
		r.Refusals--
	}
	r.mu.Unlock()
	repository, kind, what := cutPath(strings.TrimPrefix(req.URL.Path, "/v2/"))
	blobs, manifest := packImage(repository)
	blob, known := blobs[what]
	switch {
	case !login:
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
	case refused:
		http.Error(w, `{"errors":[{"code":"TOOMANYREQUESTS","message":"`+r.Says+`"}]}`,
			http.StatusTooManyRequests)
	case req.URL.Path == "/v2/":
	case strings.Contains(repository, "missing"):
		http.Error(w, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`, http.StatusNotFound)
	case kind == "manifests" && (known || what == "latest"):
		r.mu.Lock()
		r.asked = append(r.asked, repository)
		r.mu.Unlock()
		w.Header().Set("Content-Type", typeManifest)
		w.Header().Set("Docker-Content-Digest", digest(manifest))
		w.Write(manifest)
	case known:
		w.Write(blob)
	default:
		http.NotFound(w, req)
	}
}

// Served returns the repositories that images were pulled from, each once.
func (r *Registry) Served() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Sorted(slices.Values(r.asked))
	return slices.Compact(all)
}

// cutPath splits "repository/manifests/what" and "repository/blobs/what".
func cutPath(path string) (repository, kind, what string) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return path, "", ""
	}
	n := len(parts)
	return strings.Join(parts[:n-2], "/"), parts[n-2], parts[n-1]
}

// Digest returns the digest of a repository's image.
func Digest(repository string) string {
	_, manifest := packImage(repository)
	return digest(manifest)
}

// packImage makes an image of one file of random bytes, which depend on the
// name: its blobs by digest, and the manifest among them.
func packImage(name string) (blobs map[string][]byte, manifest []byte) {
	blobs = map[string][]byte{}
	put := func(mediaType string, b []byte) descriptor {
		blobs[digest(b)] = b
		return descriptor{mediaType, len(b), digest(b)}
	}
	layer := packLayer(name)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(layer)
	z.Close()
	config := mustJSON(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config":  map[string]any{"Labels": map[string]string{"bench.test": "true"}},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
		"history": []map[string]any{{"created_by": "COPY file / # buildkit"}},
	})
	manifest = mustJSON(map[string]any{
		"schemaVersion": 2, "mediaType": typeManifest, "config": put(typeConfig, config),
		"layers": []descriptor{put(typeLayer, zipped.Bytes())},
	})
	put(typeManifest, manifest)
	return blobs, manifest
}

func packLayer(name string) []byte {
	content := make([]byte, ImageSize)
	rand.NewChaCha8(sha256.Sum256([]byte(name))).Read(content)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: "file", Mode: 0o644, Size: ImageSize})
	w.Write(content)
	w.Close()
	return b.Bytes()
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
