package contamination

import "time"

// InPackage returns what the path of an archive or of an installed package says of a later
// version of the task's package; "" if it is none.
func (f *Fix) InPackage(path string) string {
	return NewExamination(f, time.Time{}).newerCopy(path)
}

// InFile returns a line of the fix, with its file, that a text shows; "" if it shows none.
func (f *Fix) InFile(text string) string {
	x := NewExamination(f, time.Time{})
	x.lines(Step{Output: text})
	for _, found := range x.Findings() {
		if found.Rule == RuleFix {
			return found.Text
		}
	}
	return ""
}
