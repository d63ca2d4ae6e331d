package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// TestDocument: modules are listed as they were linked, replaced ones as what replaced them.
func TestDocument(t *testing.T) {
	t.Parallel()
	d := documentOf(&debug.BuildInfo{
		GoVersion: "go1.26.1", Main: debug.Module{Path: "bench"},
		Deps: []*debug.Module{
			{Path: "example.com/a", Version: "v1.2.3", Sum: "h1:x="},
			{Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/c", Version: "v2.0.0"}},
		},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}},
	}, "v9")
	var refs []string
	for _, c := range d.Components {
		refs = append(refs, c.Ref)
	}
	if got := strings.Join(refs, " "); got != "std@go1.26.1 example.com/a@v1.2.3 example.com/c@v2.0.0" {
		t.Errorf("got %s", got)
	}
	if m := d.Metadata.Component; m.Version != "v9" || m.Properties[0] != (property{"go:build:GOOS", "linux"}) {
		t.Errorf("got %+v", m)
	}
	if c := d.Components[1]; c.PURL != "pkg:golang/example.com/a@v1.2.3" || c.Properties[0].Value != "h1:x=" {
		t.Errorf("got %+v", c)
	}
}

// TestOwnBinary: this test is a binary, too.
func TestOwnBinary(t *testing.T) {
	t.Parallel()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := write(&out, path, "v1"); err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil || d.Format != "CycloneDX" || len(d.Components) == 0 {
		t.Errorf("%v: %s", err, out.Bytes())
	}
	if err := write(&out, os.DevNull, "v1"); err == nil {
		t.Error("what is no binary has no parts")
	}
}
