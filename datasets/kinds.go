package datasets

import (
	"maps"
	"slices"
)

// kind is a dataset that people know by name.
type kind struct {
	repo string // on Hugging Face
	file string // in it
}

// kinds are the datasets whose rows this package reads, by name. A new one is
// a line here.
func kinds() map[string]kind {
	const shard = "data/test-00000-of-00001.parquet"
	return map[string]kind{
		"swe-bench":              {"SWE-bench/SWE-bench", shard},
		"swe-bench-lite":         {"SWE-bench/SWE-bench_Lite", shard},
		"swe-bench-verified":     {"SWE-bench/SWE-bench_Verified", shard},
		"swe-bench-multilingual": {"SWE-bench/SWE-bench_Multilingual", shard},
	}
}

// Names are the names that Options.Source may have besides paths.
func Names() []string { return slices.Sorted(maps.Keys(kinds())) }
