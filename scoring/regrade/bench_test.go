package regrade

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"bench/scoring/swebench"
)

// cpuTime is the processor time this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkRun judges real logs that lie stored, reading included: bytes of log
// per second, and per second of processor time.
func BenchmarkRun(b *testing.B) {
	tasks, logs := corpus(b)
	dir, lines := write(b, logs)
	size := 0
	for _, l := range logs {
		size += len(*l.Log)
	}
	for name, path := range map[string]string{"files": dir, "lines": lines} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			used := cpuTime(b)
			for b.Loop() {
				s, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				err = Run(b.Context(), s, Options{Tasks: tasks, Rules: swebench.V5}, same, func(r Result) error {
					n++
					return r.Err
				})
				if err != nil || n != len(logs) {
					b.Fatal(n, err)
				}
			}
			seconds := (cpuTime(b) - used).Seconds()
			b.ReportMetric(float64(size)*float64(b.N)/1e6/seconds, "MB/cpu-s")
			b.ReportMetric(float64(len(logs)*b.N)/seconds, "logs/cpu-s")
		})
	}
}

// BenchmarkTenThousand judges 10,000 files and reports the memory this takes
// beyond what was there before, results thrown away.
func BenchmarkTenThousand(b *testing.B) {
	tasks, logs := corpus(b)
	first, _ := write(b, logs)
	dir := b.TempDir()
	for i := range 10_000 {
		from := i % len(logs)
		folder := filepath.Join(dir, fmt.Sprint(i), *logs[from].Row)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		name := filepath.Join(first, fmt.Sprintf("%06d", from), *logs[from].Row, LogName)
		if err := os.Link(name, filepath.Join(folder, LogName)); err != nil {
			b.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	for b.Loop() {
		n := 0
		err := Run(b.Context(), s, Options{Tasks: tasks, Rules: swebench.V5}, same, func(r Result) error {
			if n++; n%500 == 0 {
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
			}
			return r.Err
		})
		if err != nil || n != 10_000 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(peak)/1e6, "MB-heap")
}
