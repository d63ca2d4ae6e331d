package wire

import "bytes"

// Fields calls each for every field of a JSON object, in order, with its name as
// it is written between the quotes and its value as it is written. It allocates
// nothing, because streams have thousands of small objects, and reports false
// where object is none. What values say is not checked.
func Fields(object []byte, each func(name, value []byte)) bool {
	i, ok := open(object, '{')
	for ok {
		if object[i] == '}' {
			return true
		}
		end := stringEnd(object, i)
		if end < 0 {
			return false
		}
		name := object[i+1 : end-1]
		if i = space(object, end); i == len(object) || object[i] != ':' {
			return false
		}
		i = space(object, i+1)
		if end = valueEnd(object, i); end <= i {
			return false
		}
		each(name, object[i:end])
		i, ok = another(object, end)
	}
	return false
}

// Elements calls each for every element of a JSON array, as Fields does.
func Elements(array []byte, each func(value []byte)) bool {
	i, ok := open(array, '[')
	for ok {
		if array[i] == ']' {
			return true
		}
		end := valueEnd(array, i)
		if end <= i {
			return false
		}
		each(array[i:end])
		i, ok = another(array, end)
	}
	return false
}

// open returns where the first element of a compound stands.
func open(text []byte, bracket byte) (int, bool) {
	i := space(text, 0)
	if i == len(text) || text[i] != bracket {
		return 0, false
	}
	i = space(text, i+1)
	return i, i < len(text)
}

// another returns where the next element stands, or the bracket at the end.
func another(text []byte, i int) (int, bool) {
	i = space(text, i)
	if i < len(text) && text[i] == ',' {
		i = space(text, i+1)
	} else if i < len(text) && text[i] != '}' && text[i] != ']' {
		return i, false
	}
	return i, i < len(text)
}

func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// valueEnd returns where the value that begins at i ends, or -1.
func valueEnd(text []byte, i int) int {
	if i >= len(text) {
		return -1
	}
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case '{', '[':
		return compoundEnd(text, i)
	}
	for j := i; j < len(text); j++ {
		switch text[j] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return j
		}
	}
	return len(text)
}

// StringEnd returns what follows the string with which text begins, or -1.
func StringEnd(text []byte) int { return stringEnd(text, 0) }

// stringEnd returns what follows the string that begins at i, or -1.
func stringEnd(text []byte, i int) int {
	if i >= len(text) || text[i] != '"' {
		return -1
	}
	for j := i + 1; ; j++ {
		at := bytes.IndexByte(text[j:], '"')
		if at < 0 {
			return -1
		}
		j += at
		slashes := 0
		for text[j-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return j + 1
		}
	}
}

// compoundEnd returns what follows the object or array that begins at i, or -1.
func compoundEnd(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			if i = stringEnd(text, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}
