package datasets

import (
	"encoding/json"

	"bench"
)

// readOfficial reads rows of SWE-bench and of its Lite, Verified and
// Multilingual selections, of all versions, and rows made in their form.
func readOfficial(r *rowReader) bench.Task {
	t := r.common(need{commit: true, script: true})
	t.LogParser = r.text("log_parser", false)
	return t
}

// isMultimodal: only SWE-bench Multimodal has images beside the texts.
func isMultimodal(r *rowReader) bool {
	return r.has("image_assets") || r.has("image_assets.test_patch")
}

// readMultimodal reads rows of SWE-bench Multimodal. Where tests compare with
// images, the harness brings these into the container beside the row.
func readMultimodal(r *rowReader) bench.Task {
	t := readOfficial(r)
	if r.testImages() {
		t.Judging = &bench.Judging{
			Set:   "swe-bench-multimodal",
			Lacks: "the images that its tests compare with (image_assets.test_patch)",
		}
	}
	return t
}

// testImages reports whether image_assets, an object or one as JSON in a text,
// names files of the test patch.
func (r *rowReader) testImages() bool {
	if c := r.cell("image_assets.test_patch"); c.kind != absent {
		return c.kind != list || len(c.list) > 0
	}
	var assets struct {
		TestPatch []json.RawMessage `json:"test_patch"`
	}
	s := r.peek("image_assets")
	if s != "" && json.Unmarshal([]byte(s), &assets) != nil {
		r.fail("image_assets", "expected an object, or one as JSON in a text, found %s", quoted(s))
	}
	return len(assets.TestPatch) > 0
}
