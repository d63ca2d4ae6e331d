package replay

import "regexp"

// What commands print of the time differs whenever they are run. A replay passes over
// that: how long something took, when it was, and whether go test had to run at all.
var (
	took = regexp.MustCompile(`(?i)\bseconds: \d+(?:\.\d+)?|\(cached\)|` +
		`(?:\b\d+h)?(?:\b\d+m)?\b\d+(?:\.\d+)? ?(?:ns|µs|μs|us|ms|s|secs?|seconds?|minutes?)\b|` +
		`\b\d+m(?:\d+(?:\.\d+)?s)?\b`)
	when = regexp.MustCompile(`\b\d{4}-\d\d-\d\d` +
		`(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z| ?[+-]\d\d:?\d\d)?)?|` +
		`(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?` +
		`\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}` +
		`(?: +\d\d:\d\d(?::\d\d)?| +\d{4}\b)*|\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?`)
	// Rules and columns are as wide as the times in them.
	widths = regexp.MustCompile(`[ \t]+|={3,}|-{3,}`)
)

// timeless is a text without what it says of the time.
func timeless(text string) string {
	text = when.ReplaceAllString(text, "⏱")
	text = took.ReplaceAllString(text, "⏱")
	return widths.ReplaceAllStringFunc(text, func(s string) string { return s[:1] })
}
