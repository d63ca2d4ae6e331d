package runlog

import (
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"bench"
)

// attrs pairs names with values. What is empty or zero says nothing and is left out.
func attrs(pairs ...any) (out []slog.Attr) {
	for i := 0; i < len(pairs); i += 2 {
		v := reflect.ValueOf(pairs[i+1])
		if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
			continue
		}
		out = append(out, slog.Any(pairs[i].(string), value(pairs[i+1])))
	}
	return out
}

// value is a value as a log has it: durations and dollars are numbers, words are texts.
func value(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return v.Seconds()
	case bench.USD:
		return v.Float()
	}
	if reflect.TypeOf(v).Kind() == reflect.String {
		return fmt.Sprint(v)
	}
	return v
}

// failed is level, or that of errors.
func failed(level slog.Level, yes bool) slog.Level {
	if yes {
		return slog.LevelError
	}
	return level
}

// warned is level, or that of warnings where there is an error.
func warned(level slog.Level, err string) slog.Level {
	if err != "" {
		return slog.LevelWarn
	}
	return level
}
