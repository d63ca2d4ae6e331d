// Package inifile reads and writes INI files.
package inifile

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// File is a parsed INI file. Keys before the first section header belong to
// the section with the empty name.
type File struct {
	sections []*Section
}

// Section is a named list of keys and values.
type Section struct {
	Name string
	keys []pair
}

type pair struct{ key, value string }

// New returns an empty file.
func New() *File { return &File{} }

// Sections lists the section names in order.
func (f *File) Sections() []string {
	names := make([]string, len(f.sections))
	for i, s := range f.sections {
		names[i] = s.Name
	}
	return names
}

// Section finds a section, or makes it at the end of the file.
func (f *File) Section(name string) *Section {
	for _, s := range f.sections {
		if s.Name == name {
			return s
		}
	}
	s := &Section{Name: name}
	f.sections = append(f.sections, s)
	return s
}

// Keys lists the keys of a section in order, as they were first written.
func (s *Section) Keys() []string {
	keys := make([]string, len(s.keys))
	for i, p := range s.keys {
		keys[i] = p.key
	}
	return keys
}

// Get returns the value of a key.
func (s *Section) Get(key string) (string, bool) {
	for _, p := range s.keys {
		if strings.EqualFold(p.key, key) {
			return p.value, true
		}
	}
	return "", false
}

// Set changes a value, or adds the key at the end of the section.
func (s *Section) Set(key, value string) {
	for i, p := range s.keys {
		if strings.EqualFold(p.key, key) {
			s.keys[i].value = value
			return
		}
	}
	s.keys = append(s.keys, pair{key, value})
}

// String returns a value, or the fallback if the key is missing.
func (s *Section) String(key, fallback string) string {
	if v, ok := s.Get(key); ok {
		return v
	}
	return fallback
}

// Int returns a value as a whole number, or the fallback if it is missing.
func (s *Section) Int(key string, fallback int) (int, error) {
	v, ok := s.Get(key)
	if !ok {
		return fallback, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, fmt.Errorf("[%s] %s: %q is not a whole number", s.Name, key, v)
	}
	return n, nil
}

// Bool returns a value as yes or no, or the fallback if it is missing.
func (s *Section) Bool(key string, fallback bool) (bool, error) {
	v, ok := s.Get(key)
	if !ok {
		return fallback, nil
	}
	switch strings.ToLower(v) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("[%s] %s: %q is neither yes nor no", s.Name, key, v)
}

// Duration returns a value such as "1m30s", or the fallback if it is missing.
func (s *Section) Duration(key string, fallback time.Duration) (time.Duration, error) {
	v, ok := s.Get(key)
	if !ok {
		return fallback, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("[%s] %s: %q is not a duration", s.Name, key, v)
	}
	return d, nil
}
