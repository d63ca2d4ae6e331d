package config

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"

	"bench"
)

// Within is the numbers that a condition holds for: 5, 3..8, 2.. or ..5, ends included.
type Within struct {
	span bench.Range
	text string // as it is written; empty if there is no condition
}

// WithinUSD is the same of dollars.
type WithinUSD Within

const withinPattern = `^([0-9][0-9_]*(\.[0-9]+)?)?(\.\.([0-9][0-9_]*(\.[0-9]+)?)?)?$`

var withinRE = regexp.MustCompile(`^([0-9][0-9_]*(?:\.[0-9]+)?)?(\.\.)?` +
	`([0-9][0-9_]*(?:\.[0-9]+)?)?$`)

// DecodeScalar reads a range of whole numbers.
func (w *Within) DecodeScalar(text string) error {
	return w.read(text, "2.., ..5, 3..8 or 5", func(text string) (int64, error) {
		return strconv.ParseInt(text, 10, 64)
	})
}

// DecodeScalar reads a range of dollars.
func (w *WithinUSD) DecodeScalar(text string) error {
	return (*Within)(w).read(text, "0.50.. or ..0.50", func(text string) (int64, error) {
		usd, err := strconv.ParseFloat(text, 64)
		if usd > 1e6 {
			return 0, strconv.ErrRange
		}
		return int64(bench.Dollars(usd)), err
	})
}

// read reads both ends; like says what is expected.
func (w *Within) read(text, like string, number func(string) (int64, error)) error {
	wrong := errors.New("a number or a range such as " + like)
	m := withinRE.FindStringSubmatch(text)
	if m == nil || m[1] == "" && m[3] == "" || m[2] == "" && m[3] != "" {
		return wrong
	}
	end := func(text string, none int64) (int64, error) {
		if text == "" {
			return none, nil
		}
		return number(strings.ReplaceAll(text, "_", ""))
	}
	least, err := end(m[1], 0)
	most, tooMuch := end(m[3], math.MaxInt64)
	if err != nil || tooMuch != nil {
		return wrong
	}
	if m[2] == "" {
		most = least
	}
	if most < least {
		return errors.New("a range that begins with its lower end, such as " + like)
	}
	w.text, w.span.Min = text, least
	if most < math.MaxInt64 {
		w.span.Max = &most
	}
	return nil
}

// IsZero reports whether there is no condition.
func (w Within) IsZero() bool { return w.text == "" }

// IsZero reports whether there is no condition.
func (w WithinUSD) IsZero() bool { return w.text == "" }

// MarshalJSON writes the text that was read.
func (w Within) MarshalJSON() ([]byte, error) { return json.Marshal(w.text) }

// MarshalJSON writes the text that was read.
func (w WithinUSD) MarshalJSON() ([]byte, error) { return json.Marshal(w.text) }
