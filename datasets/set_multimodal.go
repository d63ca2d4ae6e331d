package datasets

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"bench"
)

// The images that a patch cannot carry: where they lie below a task's folder,
// and where the harness puts them in the container.
const (
	imageFolder = "test_assets"
	imageStage  = "/image_assets"
)

// isMultimodal: only SWE-bench Multimodal has images beside the texts.
func isMultimodal(r *rowReader) bool {
	return r.has("image_assets") || r.has("image_assets.test_patch")
}

// readMultimodal reads rows of SWE-bench Multimodal. Rows only say where the
// images are that tests compare with; without them a right patch fails.
func readMultimodal(r *rowReader) bench.Task {
	t := readOfficial(r)
	names, needed := r.testImages()
	if !needed {
		return t
	}
	t.Judging = &bench.Judging{Set: "swe-bench-multimodal"}
	files, err := r.judging.files(r.id, imageFolder)
	missing := slices.ContainsFunc(names, func(name string) bool {
		_, ok := files[name]
		return !ok
	})
	switch {
	case err != nil:
		r.fail("image_assets", "%v", err)
	case len(files) == 0 || missing:
		t.Judging.Lacks = "images that its tests need: dataset.judging is the path of a directory with " +
			"a folder per instance, which has them in " + imageFolder
	default:
		stageImages(&t, files)
	}
	return t
}

// testImages returns the paths of images that belong to the test patch or to
// the gold patch, as far as the row tells them, and whether there are any. In
// image_assets, an object or one as JSON in a text, an image is {path, url} or,
// in rows of version 4, a URL; of those, that version knows only the test
// patch's.
func (r *rowReader) testImages() (names []string, needed bool) {
	assets := map[string]json.RawMessage{}
	if s := r.peek("image_assets"); s != "" && json.Unmarshal([]byte(s), &assets) != nil {
		r.fail("image_assets", "expected an object, or one as JSON in a text, found %s", quoted(s))
	}
	for _, of := range []string{"test_patch", "patch"} {
		c := r.cell("image_assets." + of)
		if c.kind == absent {
			c = jsonCell(assets[of])
		}
		switch c.kind {
		case list:
			needed = needed || of == "test_patch" && len(c.list) > 0
		case other:
			needed = true
		case absent, text, number, object:
			continue
		}
		var images []struct{ Path string }
		if json.Unmarshal(c.raw, &images) == nil {
			for _, image := range images {
				names = append(names, image.Path)
			}
		}
	}
	return names, needed
}

// stageImages puts the images into the grading sandbox, and copies them to
// their places just before the tests, as version 5 of the harness does.
func stageImages(t *bench.Task, files map[string]string) {
	t.Judging.Files = map[string]string{}
	var restore []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		staged := path.Join(imageStage, strings.ReplaceAll(name, "/", "__"))
		t.Judging.Files[staged] = files[name]
		restore = append(restore,
			"mkdir -p "+word(path.Dir(name))+" && cp "+word(staged)+" "+word(name))
	}
	lines := strings.Split(t.EvalScript, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, startMarker) })
	if at < 0 {
		t.Judging.Lacks = "an eval_script with the place where its images belong"
		return
	}
	t.EvalScript = strings.Join(slices.Insert(lines, at, restore...), "\n")
}

// word makes s one word for a shell.
func word(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
