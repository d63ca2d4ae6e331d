package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"bench/internal/strictyaml"
)

// Exclusion is an instance that is left out, an entry of a quarantine file. Such
// a file is a list of them, in YAML or JSON.
type Exclusion struct {
	InstanceID string `json:"instance_id" jsonschema:"required,minLength=1"`
	Reason     string `json:"reason"`

	file string
}

// from says where an exclusion stands.
func (e Exclusion) from() string {
	if e.file == "" {
		return ""
	}
	return " (" + e.file + ")"
}

// readExclusions returns the instances that ids and files name.
func readExclusions(items []string) (map[string]Exclusion, error) {
	all := map[string]Exclusion{}
	for _, item := range items {
		if !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(item)) {
			all[item] = Exclusion{InstanceID: item}
			continue
		}
		list, err := readQuarantine(item)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			e.file = item
			all[e.InstanceID] = e
		}
	}
	return all, nil
}

func readQuarantine(path string) ([]Exclusion, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("exclude tasks: %w", err)
	}
	tree, errs := strictyaml.Parse(strictyaml.NewSource(path, text), text)
	var (
		list    []Exclusion
		decoder strictyaml.Decoder
	)
	if tree != nil {
		decoder.Decode(tree, &list)
		errs = append(errs, decoder.Errors...)
	}
	if len(errs) > 0 {
		return nil, errs.Sorted()
	}
	return list, nil
}

// WriteExclusions writes a quarantine file, which dataset.exclude takes: JSON
// where path ends in .json, else YAML that begins with a comment, about.
func WriteExclusions(path, about string, list []Exclusion) error {
	text := exclusionsJSON(list)
	if filepath.Ext(path) != ".json" {
		text = exclusionsYAML(about, list)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write quarantine list: %w", err)
	}
	return nil
}

func exclusionsJSON(list []Exclusion) []byte {
	b, err := json.MarshalIndent(append([]Exclusion{}, list...), "", "  ")
	if err != nil {
		panic("encode exclusions: " + err.Error()) // texts always encode
	}
	return append(b, '\n')
}

// exclusionsYAML writes every text as JSON has it, which is YAML too.
func exclusionsYAML(about string, list []Exclusion) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "# "+about)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range list {
		for _, field := range [][2]string{
			{"- instance_id: ", e.InstanceID}, {"  reason: ", e.Reason},
		} {
			b.WriteString(field[0])
			if err := enc.Encode(field[1]); err != nil {
				panic("encode exclusions: " + err.Error()) // texts always encode
			}
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(&b, "[]")
	}
	return b.Bytes()
}
