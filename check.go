package bench

import "fmt"

// CheckStatus says what a check found.
type CheckStatus string

// The statuses. Warn is what runs work with, at a loss that the text names; Fail is
// what they do not work with.
const (
	CheckOK   CheckStatus = "ok"
	CheckWarn CheckStatus = "warn"
	CheckFail CheckStatus = "fail"
)

// Check is one thing that a run needs and that was looked at.
type Check struct {
	Name   string      `json:"name"`
	Status CheckStatus `json:"status"`
	Text   string      `json:"text"`
	// Remedy is what to do about it, "" if nothing is wrong or the text says so.
	Remedy string `json:"remedy,omitempty"`
}

// Checks are what was found of one thing after another.
type Checks []Check

// OK notes what is as it should be.
func (c *Checks) OK(name, format string, a ...any) { c.add(name, CheckOK, "", format, a...) }

// Warn notes what runs work with at a loss, and what to do about it.
func (c *Checks) Warn(name, remedy, format string, a ...any) {
	c.add(name, CheckWarn, remedy, format, a...)
}

// Fail notes what no run works with, and what to do about it.
func (c *Checks) Fail(name, remedy, format string, a ...any) {
	c.add(name, CheckFail, remedy, format, a...)
}

func (c *Checks) add(name string, s CheckStatus, remedy, format string, a ...any) {
	*c = append(*c, Check{Name: name, Status: s, Text: fmt.Sprintf(format, a...), Remedy: remedy})
}

// Failed reports whether one of the checks has failed.
func (c Checks) Failed() bool {
	for _, check := range c {
		if check.Status == CheckFail {
			return true
		}
	}
	return false
}
