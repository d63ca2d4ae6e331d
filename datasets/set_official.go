package datasets

import "bench"

// readOfficial reads rows of SWE-bench and of its Lite, Verified and
// Multilingual selections, of all versions, and rows made in their form.
func readOfficial(r *rowReader) bench.Task {
	t := r.common(need{commit: true, script: true})
	t.LogParser = r.text("log_parser", false)
	return t
}
