package strictyaml

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Near returns the candidate a writer most likely meant, or "".
func Near(word string, candidates []string) string {
	best, distance := "", 1+max(1, len([]rune(word))/3)
	for _, c := range candidates {
		d := edits(strings.ToLower(word), strings.ToLower(c))
		if d < distance {
			best, distance = c, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, c := range candidates {
		if strings.HasPrefix(c, word) || strings.HasPrefix(word, c) && len(c) > 2 {
			return c
		}
	}
	return ""
}

// DidYouMean is the hint for a word that is none of the candidates: the near
// one where there is one, and all of them.
func DidYouMean(word, what string, candidates []string) string {
	list := what + " " + all(candidates)
	if len(candidates) == 0 {
		return ""
	}
	if near := Near(word, candidates); near != "" && near != word {
		return "did you mean " + near + "? " + list
	}
	return list
}

// List joins words that are alternatives: "a, b or c".
func List(words []string) string { return join(words, " or ") }

// maxListed is how many words a hint lists; what has more is not read.
const maxListed = 40

// all joins words that are there: "a, b and c".
func all(words []string) string {
	if more := len(words) - maxListed; more > 0 {
		words = append(slices.Clone(words[:maxListed]), fmt.Sprintf("%d more", more))
	}
	return join(words, " and ")
}

func join(words []string, last string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + last + words[n-1]
}

// edits counts insertions, deletions, substitutions and swaps of neighbours
// between two words (optimal string alignment distance).
func edits(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return 1 << 20
	}
	before, prev, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(t)]
}

// hintNumber says what is wrong with what looks like the number that is expected.
func (d *Decoder) hintNumber(n *Node, number *regexp.Regexp) {
	hint := &d.Errors[len(d.Errors)-1].Hint
	switch text := strings.ReplaceAll(n.Text, "_", ""); {
	case n.Kind != Scalar || !number.MatchString(n.Text):
	case n.Quoted && !n.Expanded:
		*hint = "remove the quotes"
	case number == integerRE && len(strings.TrimLeft(text, "+-")) > 18:
		*hint = "the largest is 9223372036854775807"
	}
}
