package page

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// pack writes HTML as an element that a script unpacks when it is asked for.
func pack(w io.Writer, id, content string) error {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, content); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Fprintf(w, `<script type="application/gzip" id="%s">`, id)
	encoder := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := encoder.Write(packed.Bytes()); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "</script>\n")
	return err
}

// together is how many cards are packed as one: what they have in common, such as how a
// timeline is drawn, then takes its room once.
const together = 8

// between stands between cards that are packed together. It is no text: clean HTML does
// not have it.
const between = "\x1e"

// packCards packs cards in their order. The script finds the n-th of all by how many are
// packed together.
func packCards(w io.Writer, cards []string) error {
	for i := 0; i < len(cards); i += together {
		some := cards[i:min(len(cards), i+together)]
		if err := pack(w, fmt.Sprintf("cards%d", i/together), strings.Join(some, between)); err != nil {
			return err
		}
	}
	return nil
}

// longest is how many bytes of one text a page shows.
const longest = 60_000

// short is a text, or its beginning and its end, and what is left out.
func short(s string) string { return cut(s, longest) }

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	half := most / 2
	return s[:half] + fmt.Sprintf("\n… %d bytes are left out here …\n", len(s)-2*half) +
		s[len(s)-half:]
}
