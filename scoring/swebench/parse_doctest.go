package swebench

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

var errNoXML = errors.New("doctest report without an end")

// parseDoctest reads doctest -r=xml: from the first "<doctest" to its end tag.
// Every SubCase of a TestCase, at any depth, is a test "case > subcase", which
// passed if no Expression below it failed. Cases without SubCases yield
// nothing. Bad XML is an error.
func parseDoctest(_ input, log string, m *StatusMap) error {
	start := strings.Index(log, "<doctest")
	if start < 0 {
		return nil
	}
	const last = "</doctest>"
	end := indexFrom(log, last, start)
	if end < 0 {
		return errNoXML
	}
	root, err := readXML(log[start : end+len(last)])
	if err != nil {
		return err
	}
	for _, c := range root.find("TestCase", nil) {
		for _, s := range c.find("SubCase", nil) {
			status := statusPassed
			if s.failed {
				status = statusFailed
			}
			m.set(c.name+" > "+s.name, status)
		}
	}
	return nil
}

// xmlNode is an element of a doctest report.
type xmlNode struct {
	tag      string
	name     string // "None" without the attribute
	failed   bool   // an Expression below failed
	children []*xmlNode
}

// find appends the descendants with a tag in document order.
func (n *xmlNode) find(tag string, found []*xmlNode) []*xmlNode {
	for _, c := range n.children {
		if c.tag == tag {
			found = append(found, c)
		}
		found = c.find(tag, found)
	}
	return found
}

// maxXMLDepth bounds the nesting, as expat's users do by their stack.
const maxXMLDepth = 10_000

func readXML(text string) (*xmlNode, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	root := &xmlNode{}
	open := []*xmlNode{root}
	for {
		from := d.InputOffset()
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(open) == 1 && len(root.children) > 0 || len(open) > maxXMLDepth {
				return nil, fmt.Errorf("element %s: not allowed here", t.Name.Local)
			}
			n, success, err := newXMLNode(t)
			if err == nil {
				err = checkAttributes(text[from:d.InputOffset()])
			}
			if err != nil {
				return nil, err
			}
			if n.tag == "Expression" && !success {
				for _, o := range open {
					o.failed = true
				}
			}
			parent := open[len(open)-1]
			parent.children = append(parent.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.Directive:
			return nil, errors.New("directive inside the report")
		case xml.ProcInst:
			if strings.EqualFold(t.Target, "xml") {
				return nil, errors.New("XML declaration inside the report")
			}
		case xml.Comment:
			if strings.ContainsFunc(string(t), isControl) {
				return nil, errors.New("control character in a comment")
			}
		}
	}
	if len(root.children) == 0 {
		return nil, errNoXML
	}
	return root.children[0], nil
}

// newXMLNode reads an element's attributes; each may be given once.
func newXMLNode(t xml.StartElement) (n *xmlNode, success bool, err error) {
	n = &xmlNode{name: "None"}
	if n.tag = t.Name.Local; t.Name.Space != "" || strings.Contains(n.tag, ":") {
		return nil, false, fmt.Errorf("element %s: unknown prefix", n.tag)
	}
	seen := map[xml.Name]bool{}
	for _, a := range t.Attr {
		if seen[a.Name] {
			return nil, false, fmt.Errorf("element %s: two attributes %s", n.tag, a.Name.Local)
		}
		seen[a.Name] = true
		switch a.Name.Space {
		case "":
		case "xmlns", "http://www.w3.org/XML/1998/namespace":
			continue
		default:
			return nil, false, fmt.Errorf("attribute %s: unknown prefix", a.Name.Local)
		}
		switch a.Name.Local {
		case "name":
			n.name = spaceToBlank(a.Value)
		case "success":
			success = a.Value == "true"
		}
	}
	return n, success, nil
}

// checkAttributes refuses a start tag with two attributes that no whitespace
// parts, which package xml lets pass.
func checkAttributes(tag string) error {
	for i := strings.IndexAny(tag, `"'`); i >= 0; i = strings.IndexAny(tag, `"'`) {
		end := indexFrom(tag, tag[i:i+1], i+1)
		if end < 0 || end+1 == len(tag) {
			return nil
		}
		if c := tag[end+1]; c != '/' && c != '>' && !asciiSpace[c] {
			return errors.New("attributes without whitespace between them")
		}
		tag = tag[end+1:]
	}
	return nil
}

// isControl reports whether XML forbids r.
func isControl(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }

// spaceToBlank is XML's normalization of attributes.
func spaceToBlank(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(s)
}
