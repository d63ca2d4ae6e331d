package compare

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strings"
)

// The form in which sums are kept: the fields of a struct in order, numbers as
// varints, maps by their keys in order. It does not describe itself; layout does.

// pack appends a value to b.
func pack(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			b = pack(b, v.Field(i))
		}
	case reflect.Map:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, k := range keys {
			b = pack(pack(b, k), v.MapIndex(k))
		}
	case reflect.Int, reflect.Int64:
		b = binary.AppendVarint(b, v.Int())
	case reflect.Float64: // few of its low bits are set
		b = binary.AppendUvarint(b, bits.ReverseBytes64(math.Float64bits(v.Float())))
	case reflect.String:
		b = append(binary.AppendUvarint(b, uint64(v.Len())), v.String()...)
	default:
		panic(fmt.Sprintf("a %s cannot be packed", v.Type()))
	}
	return b
}

var errPacked = errors.New("the sums of a trial are damaged")

// unpack reads a value from the beginning of b and returns what is left.
func unpack(b []byte, v reflect.Value) (rest []byte, err error) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if b, err = unpack(b, v.Field(i)); err != nil {
				return nil, err
			}
		}
		return b, nil
	case reflect.Map:
		return unpackMap(b, v)
	case reflect.Int, reflect.Int64:
		x, n := binary.Varint(b)
		if n <= 0 {
			return nil, errPacked
		}
		v.SetInt(x)
		return b[n:], nil
	case reflect.Float64:
		x, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errPacked
		}
		v.SetFloat(math.Float64frombits(bits.ReverseBytes64(x)))
		return b[n:], nil
	case reflect.String:
		size, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < size {
			return nil, errPacked
		}
		v.SetString(string(b[n : n+int(size)]))
		return b[n+int(size):], nil
	default:
		panic(fmt.Sprintf("a %s cannot be unpacked", v.Type()))
	}
}

func unpackMap(b []byte, v reflect.Value) (rest []byte, err error) {
	entries, n := binary.Uvarint(b)
	if b = b[max(0, n):]; n <= 0 || entries > uint64(len(b)) {
		return nil, errPacked
	}
	v.SetZero()
	if entries > 0 {
		v.Set(reflect.MakeMapWithSize(v.Type(), int(entries)))
	}
	key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	for range entries {
		elem.SetZero()
		if b, err = unpack(b, key); err != nil {
			return nil, err
		}
		if b, err = unpack(b, elem); err != nil {
			return nil, err
		}
		v.SetMapIndex(key, elem)
	}
	return b, nil
}

// layout writes down of what a packed type is made.
func layout(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		var fields []string
		for i := range t.NumField() {
			f := t.Field(i)
			fields = append(fields, f.Name+" "+layout(f.Type)+string(f.Tag))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case reflect.Map:
		return "[" + layout(t.Key()) + "]" + layout(t.Elem())
	default:
		return t.Kind().String()
	}
}
