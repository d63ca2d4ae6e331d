package datasets

import (
	"maps"
	"slices"
	"strings"

	"bench"
)

// kind is a dataset that people know by name.
type kind struct {
	repo  string // on Hugging Face
	split string // that results are reported on; "" for all files
	// is reports whether a row of unknown origin is one of this dataset; nil if
	// such a row is read as one of SWE-bench.
	is func(r *rowReader) bool
	// read turns a row into a task.
	read func(r *rowReader) bench.Task
}

// kinds are the datasets whose rows this package reads, by name. A new one is
// a line here, and a reader.
func kinds() map[string]kind {
	return map[string]kind{
		"swe-bench":              {"SWE-bench/SWE-bench", "test", nil, readOfficial},
		"swe-bench-lite":         {"SWE-bench/SWE-bench_Lite", "test", nil, readOfficial},
		"swe-bench-verified":     {"SWE-bench/SWE-bench_Verified", "test", nil, readOfficial},
		"swe-bench-multilingual": {"SWE-bench/SWE-bench_Multilingual", "test", nil, readOfficial},
		"swe-bench-multimodal": {
			"SWE-bench/SWE-bench_Multimodal", "test", isMultimodal, readMultimodal,
		},
		"swe-bench-live": {"SWE-bench-Live/SWE-bench-Live", "test", isLive, readLive},
		"swe-bench-live-multilang": {
			"SWE-bench-Live/MultiLang", "", isLiveMultilang, readLiveMultilang,
		},
		"swe-bench-live-windows": {"SWE-bench-Live/Windows", "", isLiveWindows, readLiveWindows},
		"swe-rebench":            {"nebius/SWE-rebench", "test", isRebench, readRebench},
		"swe-rebench-v2":         {"nebius/SWE-rebench-V2", "train", isRebenchV2, readRebenchV2},
		"swe-bench-extra":        {"nebius/SWE-bench-extra", "train", isExtra, readExtra},
		"swe-gym":                {"SWE-Gym/SWE-Gym", "train", isGym, readGym},
		"swe-smith":              {"SWE-bench/SWE-smith", "train", isSmith, readSmith},
		"swe-bench-pro":          {"ScaleAI/SWE-bench_Pro", "test", isPro, readPro},
		"multi-swe-bench":        {"ByteDance-Seed/Multi-SWE-bench", "", isMulti, readMulti},
	}
}

// detectionOrder is that in which the kinds with telling fields are asked.
func detectionOrder() []string {
	return []string{
		"swe-bench-pro", "multi-swe-bench", "swe-rebench-v2", "swe-rebench",
		"swe-bench-live-windows", "swe-bench-live-multilang", "swe-bench-live", "swe-smith",
		"swe-bench-extra", "swe-gym", "swe-bench-multimodal",
	}
}

// Names are the names that Options.Source may have besides paths.
func Names() []string { return slices.Sorted(maps.Keys(kinds())) }

// Known is what the program knows of a dataset by its name.
type Known struct {
	Name  string
	Repo  string // on Hugging Face
	Split string // that results are reported on; "" for all files
}

// Lookup returns the dataset called name, which may end in "@revision".
func Lookup(name string) (known Known, revision string, ok bool) {
	name, revision, _ = strings.Cut(name, "@")
	k, ok := kinds()[name]
	return Known{Name: name, Repo: k.repo, Split: k.split}, revision, ok
}

// kindOf returns the dataset that a row belongs to: the named one, or what its
// fields tell.
func (r *rowReader) kindOf(source string) kind {
	all := kinds()
	if k, ok := all[source]; ok {
		return k
	}
	for _, name := range detectionOrder() {
		if all[name].is(r) {
			return all[name]
		}
	}
	return all["swe-bench"]
}

// has reports whether a row gives a column.
func (r *rowReader) has(column string) bool { return r.cell(column).kind != absent }

// peek is the text of a column, or "" if it is not one; nothing is reported.
func (r *rowReader) peek(column string) string {
	if c := r.cell(column); c.kind == text {
		return c.text
	}
	return ""
}
