package docker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/sandbox"
)

// A container that writes more than it may ends the work in it, and can still be read;
// what another one writes is of no account, and neither is what is its image's.
func TestDiskLimit(t *testing.T) {
	limits := Limits{Disk: 8 << 20}
	p := newPool(t, Options{Limits: limits, GradingLimits: limits, measureEvery: 20 * time.Millisecond})
	task := onImage(t, debian) // whose image is larger
	for _, purpose := range []sandbox.Purpose{sandbox.ForAgent, sandbox.ForGrading} {
		modest := open(t, p, task, purpose)
		work, stop := sandbox.WithinDisk(t.Context(), modest)
		sh(t, modest, "head -c 4000000 /dev/zero >modest")
		box := open(t, p, task, purpose)
		within, end := sandbox.WithinDisk(t.Context(), box)
		begin := time.Now()
		_, err := sandbox.Run(within, box, sandbox.Shell("head -c 32000000 /dev/zero >big; sleep 100"), nil)
		var limit *bench.LimitError
		if !errors.As(err, &limit) || limit.Resource != bench.ResourceDisk {
			t.Errorf("%s: after %s: %v", purpose, time.Since(begin), err)
		}
		if r := sh(t, box, "wc -c <big"); string(r.Output) != "32000000\n" {
			t.Errorf("%s: it is lost: %s", purpose, r.Output)
		}
		again, end2 := sandbox.WithinDisk(t.Context(), box)
		if again.Err() == nil {
			t.Error("whoever comes later is not told")
		}
		if n, err := written(t, modest); err != nil || n < 4_000_000 || n > 8<<20 {
			t.Errorf("%s: the other one has written %d, %v", purpose, n, err)
		}
		if work.Err() != nil {
			t.Errorf("%s: the other one is stopped: %v", purpose, context.Cause(work))
		}
		end2()
		end()
		stop()
	}
}

func written(t *testing.T, b sandbox.Sandbox) (int64, error) {
	t.Helper()
	return b.(*box).written(t.Context())
}

// Where the engine's storage has quotas they are asked for, elsewhere once, in vain.
func TestQuota(t *testing.T) {
	proxy := viaProxy(t)
	p := newPool(t, Options{Limits: Limits{Disk: 1 << 30}})
	task := onImage(t, minimal)
	info, err := p.engine.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := open(t, p, task, sandbox.ForAgent)
	made := proxy.Count("/containers/create")
	open(t, p, task, sandbox.ForAgent)
	if got := inspect(t, first).HostConfig.StorageOpt["size"]; p.noQuota.Load() == (got != "") {
		t.Errorf("%s: size %q, without quotas: %t", info.Driver, got, p.noQuota.Load())
	}
	if again := proxy.Count("/containers/create"); again != made+1 {
		t.Errorf("%d creations for the second container", again-made)
	}
}

func TestUlimits(t *testing.T) {
	p := newPool(t, Options{
		Limits: Limits{Files: 300, File: 256 << 20}, GradingLimits: Limits{Files: 400},
	})
	for purpose, want := range map[sandbox.Purpose]string{
		sandbox.ForAgent: "300 0 524288\n", sandbox.ForGrading: "400 0 unlimited\n",
	} {
		box := open(t, p, onImage(t, minimal), purpose)
		r := sh(t, box, "echo $(ulimit -n) $(ulimit -c) $(ulimit -f); env | grep BENCH; ulimit -n 500 2>&1")
		if said := string(r.Output); !strings.HasPrefix(said, want) || strings.Contains(said, "BENCH") ||
			r.Code == 0 {
			t.Errorf("%s: %s", purpose, said)
		}
	}
	p = newPool(t, Options{Limits: Limits{Files: 1 << 40}})
	_, err := p.Create(t.Context(), sandbox.Spec{Purpose: sandbox.ForAgent, Task: onImage(t, minimal)})
	if err == nil || !strings.Contains(err.Error(), "the engine allows no more than") {
		t.Errorf("more files than the engine allows: %v", err)
	}
}

// A file that grows beyond what one may have ends whoever writes it, and nobody else.
func TestFileSize(t *testing.T) {
	p := newPool(t, Options{Limits: Limits{File: 1 << 20}})
	box := open(t, p, onImage(t, debian), sandbox.ForAgent)
	r := sh(t, box, "exec 2>&-; head -c 3000000 /dev/zero >big; echo $?; wc -c <big; "+
		"truncate -s 3G sparse; echo $?")
	if string(r.Output) != "153\n1048576\n153\n" { // 128 and SIGXFSZ
		t.Errorf("got %s", r.Output)
	}
	if r := sh(t, box, "head -c 500000 /dev/zero >small && echo well"); string(r.Output) != "well\n" {
		t.Errorf("afterwards: %s", r.Output)
	}
}
