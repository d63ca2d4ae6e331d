package sandboxtest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"bench/sandbox"
)

// entry is a file of an archive.
type entry struct {
	name, content, link string
	mode                int64
	kind                byte
	at                  time.Time
}

// pack makes an archive.
func pack(t *testing.T, entries ...entry) io.Reader {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, e := range entries {
		if e.kind == 0 {
			e.kind = tar.TypeReg
		}
		h := &tar.Header{
			Name: e.name, Linkname: e.link, Mode: e.mode, Typeflag: e.kind,
			Size: int64(len(e.content)), ModTime: e.at, Format: tar.FormatPAX,
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, e.content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &buf
}

// unpack reads an archive that comes out, by name.
func unpack(t *testing.T, box sandbox.Sandbox, path string) map[string]entry {
	t.Helper()
	rc, err := box.CopyOut(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	found := map[string]entry{}
	for r := tar.NewReader(rc); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = entry{h.Name, string(content), h.Linkname, h.Mode, h.Typeflag, h.ModTime}
	}
}

var oddNames = []string{
	"space here", "-dash", "new\nline", "tab\there", "ünïcödé", "quo'te\"s", "back\\slash", "*?[",
	"\xff\xfe not UTF-8", strings.Repeat("long", 50),
}

// archives are promises about files that go in and come out.
var archives = map[string]func(*testing.T, *kit){
	"a file goes in and comes out": func(t *testing.T, k *kit) {
		name := k.dir(t) + "/deep/er/file"
		content := "line\n\x00\xff no newline"
		if err := sandbox.WriteFile(t.Context(), k.shared, name, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := sandbox.ReadFile(t.Context(), k.shared, name)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "content", string(got), content)
		equal(t, "mode", sh(t, k.shared, "stat -c %a "+name), "640\n")
	},
	"a file replaces a file": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		sh(t, k.shared, "cd "+dir+"; echo old old old >a; ln a b; ln -s a link")
		for _, name := range []string{"/a", "/link"} {
			err := sandbox.WriteFile(t.Context(), k.shared, dir+name, []byte("new\n"), 0o755)
			if err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "files", sh(t, k.shared, "cd "+dir+"; cat a link b; ls"),
			"new\nnew\nold old old\na\nb\nlink\n")
		equal(t, "mode", sh(t, k.shared, "stat -c %a "+dir+"/a"), "755\n")
	},
	"a written file is dated now": func(t *testing.T, k *kit) {
		name := k.dir(t) + "/file"
		sandbox.WriteFile(t.Context(), k.shared, name, nil, 0o644)
		sh(t, k.shared, "touch "+name+"-later; test $(stat -c %Y "+name+
			") -gt $(($(date +%s) - 60))")
	},
	"dates are kept": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		at := time.Unix(1_500_000_000, 0)
		in := pack(t, entry{name: "f", mode: 0o644, at: at})
		if err := k.shared.CopyIn(t.Context(), dir, in); err != nil {
			t.Fatal(err)
		}
		equal(t, "date", sh(t, k.shared, "stat -c %Y "+dir+"/f"), "1500000000\n")
		if got := unpack(t, k.shared, dir+"/f")["f"].at; !got.Equal(at) {
			t.Errorf("date out: %v", got)
		}
	},
	"modes and links are kept": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		in := pack(t,
			entry{name: "d/", kind: tar.TypeDir, mode: 0o750},
			entry{name: "d/run", content: "#!/bin/sh\necho ran\n", mode: 0o755},
			entry{name: "d/shut", content: "x", mode: 0o400},
			entry{name: "d/suid", content: "x", mode: 0o4755},
			entry{name: "d/link", kind: tar.TypeSymlink, link: "run"},
			entry{name: "d/broken", kind: tar.TypeSymlink, link: "/no/such"},
			entry{name: "d/hard", kind: tar.TypeLink, link: "d/run"},
		)
		if err := k.shared.CopyIn(t.Context(), dir, in); err != nil {
			t.Fatal(err)
		}
		equal(t, "output", sh(t, k.shared, dir+"/d/link; "+dir+"/d/hard"), "ran\nran\n")
		equal(t, "modes", sh(t, k.shared, "cd "+dir+"; stat -c %a d d/run d/shut d/suid"),
			"750\n755\n400\n4755\n")
		out := unpack(t, k.shared, dir+"/d")
		for name, want := range map[string]entry{
			"d/": {kind: tar.TypeDir, mode: 0o750}, "d/run": {kind: tar.TypeReg, mode: 0o755},
			"d/suid": {kind: tar.TypeReg, mode: 0o4755}, "d/link": {kind: tar.TypeSymlink, link: "run"},
			"d/broken": {kind: tar.TypeSymlink, link: "/no/such"},
			"d/hard":   {kind: tar.TypeReg, mode: 0o755},
		} {
			got := out[name]
			equal(t, "type of "+name, got.kind, want.kind)
			equal(t, "link of "+name, got.link, want.link)
			if want.mode != 0 {
				equal(t, "mode of "+name, got.mode, want.mode)
			}
		}
	},
	"names may be odd": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		var in []entry
		for i, name := range oddNames {
			in = append(in, entry{name: "odd/" + name, content: fmt.Sprint(i), mode: 0o644})
		}
		if err := k.shared.CopyIn(t.Context(), dir, pack(t, in...)); err != nil {
			t.Fatal(err)
		}
		n := sh(t, k.shared, "find "+dir+"/odd -type f -print0 | tr -cd '\\000' | wc -c")
		equal(t, "files", strings.TrimSpace(n), fmt.Sprint(len(oddNames)))
		out := unpack(t, k.shared, dir+"/odd")
		for i, name := range oddNames {
			equal(t, "content of "+name, out["odd/"+name].content, fmt.Sprint(i))
			got, err := sandbox.ReadFile(t.Context(), k.shared, dir+"/odd/"+name)
			if err != nil || string(got) != fmt.Sprint(i) {
				t.Errorf("read %q: %q, %v", name, got, err)
			}
		}
	},
	"a big file goes in and comes out": func(t *testing.T, k *kit) {
		name := k.dir(t) + "/big"
		data := make([]byte, 20_000_000)
		io.ReadFull(&repeat{line: "a line of a big file, that has no end\n"}, data)
		if err := sandbox.WriteFile(t.Context(), k.shared, name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		equal(t, "size", strings.TrimSpace(sh(t, k.shared, "wc -c <"+name)), "20000000")
		got, err := sandbox.ReadFile(t.Context(), k.shared, name)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes came out: %v", len(got), err)
		}
	},
	"many files go in and come out": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		var in []entry
		for i := range 2000 {
			name := fmt.Sprintf("m/%d/%d", i%20, i)
			in = append(in, entry{name: name, content: fmt.Sprint(i), mode: 0o600})
		}
		if err := k.shared.CopyIn(t.Context(), dir, pack(t, in...)); err != nil {
			t.Fatal(err)
		}
		out := unpack(t, k.shared, dir+"/m")
		equal(t, "entries", len(out), 2000+20+1)
		equal(t, "content", out["m/7/1987"].content, "1987")
	},
	"a link at the path is followed": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		sh(t, k.shared, "cd "+dir+"; mkdir real; echo x >real/f; ln -s real lnk; ln -s real/f lf")
		equal(t, "content", unpack(t, k.shared, dir+"/lnk")["lnk/f"].content, "x\n")
		got, err := sandbox.ReadFile(t.Context(), k.shared, dir+"/lf")
		if err != nil || string(got) != "x\n" {
			t.Errorf("read through link: %q, %v", got, err)
		}
	},
	"a missing path is fs.ErrNotExist": func(t *testing.T, k *kit) {
		_, err := k.shared.CopyOut(t.Context(), "/no/such/path")
		if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, sandbox.ErrLost) {
			t.Errorf("copy out: %v", err)
		}
		_, err = sandbox.ReadFile(t.Context(), k.shared, "/no/such/path")
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read: %v", err)
		}
	},
	"reading a directory is an error": func(t *testing.T, k *kit) {
		if _, err := sandbox.ReadFile(t.Context(), k.shared, k.shared.Workdir()); err == nil {
			t.Error("no error")
		}
	},
	"a file cannot replace a directory": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		sh(t, k.shared, "mkdir "+dir+"/d")
		err := sandbox.WriteFile(t.Context(), k.shared, dir+"/d", []byte("x"), 0o644)
		if err == nil || errors.Is(err, sandbox.ErrLost) {
			t.Errorf("got error %v", err)
		}
		equal(t, "files", sh(t, k.shared, "ls -A "+dir), "d\n")
	},
	"an archive stays below its directory": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		sh(t, k.shared, "mkdir "+dir+"/in "+dir+"/out")
		in := pack(t, entry{name: "../up", content: "x", mode: 0o644},
			entry{name: "l", kind: tar.TypeSymlink, link: "../out"},
			entry{name: "l/escaped", content: "x", mode: 0o644})
		if err := k.shared.CopyIn(t.Context(), dir+"/in", in); err == nil {
			t.Error("no error")
		}
		equal(t, "files", sh(t, k.shared, "cd "+dir+"; ls out; ls"), "in\nout\n")
	},
	"a torn archive is an error": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		why := errors.New("disk on fire")
		f := entry{name: "f", content: strings.Repeat("x", 100_000), mode: 0o644}
		full, _ := io.ReadAll(pack(t, f))
		torn := io.MultiReader(bytes.NewReader(full[:50_000]), failing{why})
		err := k.shared.CopyIn(t.Context(), dir, torn)
		if !errors.Is(err, why) {
			t.Errorf("error of the reader: %v", err)
		}
		if err := k.shared.CopyIn(t.Context(), dir, bytes.NewReader(full[:50_000])); err == nil {
			t.Error("a short archive is no error")
		}
		equal(t, "files", sh(t, k.shared, "ls -A "+dir), "")
	},
	"a transfer can be given up": func(t *testing.T, k *kit) {
		rc, err := k.shared.CopyOut(t.Context(), "/proc/self/../../bin")
		if err != nil {
			t.Fatal(err)
		}
		rc.Read(make([]byte, 10))
		if err := rc.Close(); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := k.shared.CopyIn(ctx, "/tmp", pack(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled copy: %v", err)
		}
		equal(t, "output", sh(t, k.shared, "echo hi"), "hi\n")
	},
	"readers see the old file or the new one": func(t *testing.T, k *kit) {
		name := k.dir(t) + "/f"
		old, new := bytes.Repeat([]byte("o"), 300_000), bytes.Repeat([]byte("n"), 300_000)
		var wg sync.WaitGroup
		sandbox.WriteFile(t.Context(), k.shared, name, old, 0o644)
		wg.Go(func() {
			for range 10 {
				sandbox.WriteFile(t.Context(), k.shared, name, new, 0o644)
				sandbox.WriteFile(t.Context(), k.shared, name, old, 0o644)
			}
		})
		for range 20 {
			got, err := sandbox.ReadFile(t.Context(), k.shared, name)
			if err != nil || !bytes.Equal(got, old) && !bytes.Equal(got, new) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		}
		wg.Wait()
	},
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
