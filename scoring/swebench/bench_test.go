package swebench

import (
	"maps"
	"slices"
	"testing"

	"bench"
)

// BenchmarkJudge grades real logs of the Python repositories and of go test:
// reading, parsing and judging, in bytes of log per second on one core.
func BenchmarkJudge(b *testing.B) {
	type job struct {
		task bench.Task
		log  []byte
	}
	gold := goldRows(b)
	var jobs []job
	var size int64
	jsonLines(b, "logs/smoke.jsonl.gz", func(c logCase) {
		if c.Log == nil || len(*c.Log) == 0 {
			return
		}
		jobs = append(jobs, job{c.task(gold), []byte(*c.Log)})
		size += int64(len(*c.Log))
	})
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, j := range jobs {
			if _, err := Judge(j.task, V5, j.log); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(jobs)*b.N)/b.Elapsed().Seconds(), "logs/s")
}

// BenchmarkParse parses the logs of each parser apart.
func BenchmarkParse(b *testing.B) {
	logs := map[string][]string{}
	jsonLines(b, "logs/smoke.jsonl.gz", func(c logCase) {
		if c.Log != nil {
			logs[c.Parser] = append(logs[c.Parser], decode([]byte(*c.Log)))
		}
	})
	for _, name := range slices.Sorted(maps.Keys(parsers)) {
		if len(logs[name]) == 0 {
			continue
		}
		b.Run(name, func(b *testing.B) {
			var size int64
			for _, l := range logs[name] {
				size += int64(len(l))
			}
			b.SetBytes(size)
			for b.Loop() {
				for _, l := range logs[name] {
					if _, err := Parse(name, V5, bench.Task{}, l); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
