package scripted

import (
	"bytes"
	"errors"
)

// errStop ends an iteration early and without error.
var errStop = errors.New("stop")

// object calls f with every key of the JSON object at i and where its value
// starts; f returns where it ends.
func object(b []byte, i int, f func(key []byte, at int) (end int, err error)) error {
	if i >= len(b) || b[i] != '{' {
		return errShape
	}
	for i = space(b, i+1); i < len(b) && b[i] != '}'; {
		end := value(b, i)
		if end < 0 || b[i] != '"' {
			return errShape
		}
		key := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return errShape
		}
		end, err := f(key, space(b, i+1))
		if err != nil {
			return err
		}
		if end < 0 {
			return errShape
		}
		i = separator(b, end)
	}
	if i >= len(b) {
		return errShape
	}
	return nil
}

// array calls f with the start of every element of the JSON array at i; f
// returns where it ends. The result is the end of the array.
func array(b []byte, i int, f func(at int) (end int, err error)) (int, error) {
	if i >= len(b) || b[i] != '[' {
		return 0, errShape
	}
	for i = space(b, i+1); i < len(b) && b[i] != ']'; {
		end, err := f(i)
		if err != nil {
			return 0, err
		}
		i = separator(b, end)
	}
	if i >= len(b) {
		return 0, errShape
	}
	return i + 1, nil
}

// separator steps over space and a comma.
func separator(b []byte, i int) int {
	i = space(b, i)
	if i < len(b) && b[i] == ',' {
		i = space(b, i+1)
	}
	return i
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// value returns the end of the JSON value at i, or -1.
func value(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return quoted(b, i)
	case '{', '[':
		return container(b, i)
	case '}', ']', ',', ':':
		return -1
	}
	for i < len(b) && !bytes.ContainsRune([]byte(" \n\t\r,]}"), rune(b[i])) {
		i++
	}
	return i
}

// quoted returns the end of the string at i, or -1.
func quoted(b []byte, i int) int {
	for j := i + 1; ; {
		k := bytes.IndexByte(b[j:], '"')
		if k < 0 {
			return -1
		}
		end := j + k
		escapes := end
		for escapes > i+1 && b[escapes-1] == '\\' {
			escapes--
		}
		if (end-escapes)%2 == 0 {
			return end + 1
		}
		j = end + 1
	}
}

// container returns the end of the object or array at i, or -1.
func container(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := quoted(b, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
