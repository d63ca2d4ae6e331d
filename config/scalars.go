package config

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bench"
)

// Duration is a time span, written as in Go: "45m", "1h30m", "90s".
type Duration time.Duration

// DecodeScalar reads a duration above zero.
func (d *Duration) DecodeScalar(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v <= 0 {
		return errors.New("a duration above zero with its unit, such as 90s, 45m or 1h30m")
	}
	*d = Duration(v)
	return nil
}

// Std returns the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is the shortest form that DecodeScalar reads: "45m", not "45m0s".
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalJSON writes what String returns.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// TimeOfDay is a time of the day in UTC, written "16:30".
type TimeOfDay bench.TimeOfDay

// DecodeScalar reads a time of the day.
func (t *TimeOfDay) DecodeScalar(text string) error {
	if (*bench.TimeOfDay)(t).UnmarshalText([]byte(text)) != nil {
		return errors.New("a time of the day in UTC, such as \"16:30\"")
	}
	return nil
}

// MarshalText writes "16:30".
func (t TimeOfDay) MarshalText() ([]byte, error) { return bench.TimeOfDay(t).MarshalText() }

// Size is a number of bytes, written with a unit: "4GiB", "512MiB", "2GB".
type Size int64

// sizeUnits are the units, the binary ones from the largest down.
func sizeUnits() ([]string, map[string]int64) {
	return []string{"TiB", "GiB", "MiB", "KiB"}, map[string]int64{
		"TiB": 1 << 40, "GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10,
		"TB": 1e12, "GB": 1e9, "MB": 1e6, "KB": 1e3, "B": 1,
	}
}

var sizeRE = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([KMGT]i?B|B)$`)

// DecodeScalar reads a size above zero.
func (s *Size) DecodeScalar(text string) error {
	expected := errors.New("a size above zero with its unit, such as 512MiB or 4GiB")
	m := sizeRE.FindStringSubmatch(text)
	if m == nil {
		return expected
	}
	n, err := strconv.ParseFloat(m[1], 64)
	_, units := sizeUnits()
	bytes := math.Round(n * float64(units[m[2]]))
	if err != nil || bytes < 1 || bytes > 1<<60 {
		return expected
	}
	*s = Size(bytes)
	return nil
}

// String is the size in the largest binary unit that divides it.
func (s Size) String() string {
	names, units := sizeUnits()
	for _, u := range names {
		if s != 0 && int64(s)%units[u] == 0 {
			return strconv.FormatInt(int64(s)/units[u], 10) + u
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalJSON writes what String returns.
func (s Size) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// EnvName is the name of an environment variable.
type EnvName string

var envNameRE = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// DecodeScalar reads a name. A value that cannot be one is likely a key that
// was pasted here, so the error does not repeat it (see checkKeyNames).
func (e *EnvName) DecodeScalar(text string) error {
	if text == "" {
		return errors.New("the name of an environment variable")
	}
	*e = EnvName(text)
	return nil
}

// Secret is a text that is never printed, logged or encoded, not even as an
// unexported field of something that is: the text is behind a pointer, and
// formatting follows no pointer that deep. The zero value is the empty text.
type Secret struct{ text *string }

// NewSecret hides a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// String hides the text.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return "[secret]"
}

// GoString hides the text from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the text from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
