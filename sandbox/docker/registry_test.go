package docker

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/api/types/image"

	"bench/internal/require"
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

// serveRegistry runs a registry that holds the minimal image under the name
// returned, and fails the first requests for it.
func serveRegistry(t *testing.T, failures int32) (name string) {
	t.Helper()
	require.Image(t, minimal)
	p := newPool(t, Options{})
	blobs := map[string][]byte{}
	manifest := packImage(t, p, blobs)
	var left atomic.Int32
	left.Store(failures)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := strings.TrimPrefix(r.URL.Path, "/v2/sweb/minimal/")
		blob, ok := blobs[strings.TrimPrefix(strings.TrimPrefix(what, "blobs/"), "manifests/")]
		switch {
		case r.URL.Path == "/v2/":
		case left.Add(-1) >= 0:
			http.Error(w, `{"errors":[{"code":"TOOMANYREQUESTS"}]}`, http.StatusTooManyRequests)
		case what == "manifests/latest" || ok && strings.HasPrefix(what, "manifests/"):
			w.Header().Set("Content-Type", typeManifest)
			w.Header().Set("Docker-Content-Digest", digest(manifest))
			w.Write(manifest)
		case ok:
			w.Write(blob)
		default:
			http.Error(w, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`, http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	name = strings.TrimPrefix(server.URL, "http://") + "/sweb/minimal:latest"
	t.Cleanup(func() {
		p.engine.ImageRemove(context.Background(), name, image.RemoveOptions{Force: true})
	})
	return name
}

// packImage makes of the minimal image, as the engine saves it, what a registry
// holds: the manifest is returned, and all is put into blobs by digest.
func packImage(t *testing.T, p *Pool, blobs map[string][]byte) (manifest []byte) {
	t.Helper()
	rc, err := p.engine.ImageSave(t.Context(), []string{minimal})
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	files := map[string][]byte{}
	for r := tar.NewReader(rc); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var saved []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &saved); err != nil {
		t.Fatal(err)
	}
	put := func(mediaType string, b []byte) descriptor {
		blobs[digest(b)] = b
		return descriptor{mediaType, len(b), digest(b)}
	}
	var m struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Config        descriptor   `json:"config"`
		Layers        []descriptor `json:"layers"`
	}
	m.SchemaVersion, m.MediaType = 2, typeManifest
	m.Config = put(typeConfig, files[saved[0].Config])
	for _, layer := range saved[0].Layers {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(files[layer])
		z.Close()
		m.Layers = append(m.Layers, put(typeLayer, b.Bytes()))
	}
	if manifest, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	put(typeManifest, manifest)
	return manifest
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
