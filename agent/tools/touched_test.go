package tools

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bench"
)

// brief writes touches down: w for a write, the path, lines and bytes.
func brief(touches []bench.Touch) string {
	var parts []string
	for _, t := range touches {
		s := t.Path
		if t.From > 0 {
			s += fmt.Sprintf(":%d-%d", t.From, t.To)
		}
		if t.Bytes > 0 {
			s += fmt.Sprintf("(%d)", t.Bytes)
		}
		if t.Write {
			s = "w " + s
		}
		if !t.Derived {
			s += " not derived"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func TestTouched(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ line, want string }{
		{"cat setup.py", "/w/setup.py(99)"},
		{"cat -A a.py b.py", "/w/a.py, /w/b.py"},
		{"cat /etc/hosts", "/etc/hosts(99)"},
		{"cat ../x", "/x(99)"},
		{"cd /testbed && cat src/core.py", "/testbed/src/core.py(99)"},
		{"cd sub\nnl -ba core.py", "/w/sub/core.py(99)"},
		{"cd sub; cd ..; cat a", "/w/a(99)"},
		{"cd $DIR && cat a /b", "/b(99)"},
		{"cd && cat a", ""},
		{"head -n 40 a.py", "/w/a.py:1-40(99)"},
		{"head -20 a.py", "/w/a.py:1-20(99)"},
		{"head a.py", "/w/a.py:1-10(99)"},
		{"head -n -5 a.py", "/w/a.py(99)"},
		{"head -c 100 a.py", ""},
		{"tail -n 30 a.py", "/w/a.py(99)"},
		{"tail -n +30 a.py", "/w/a.py(99)"},
		{"sed -n '10,40p' src/a.py", "/w/src/a.py:10-40(99)"},
		{"sed -n 7p a.py", "/w/a.py:7-7(99)"},
		{"sed -n '1,5p;90,95p' a.py", "/w/a.py:1-5, /w/a.py:90-95"},
		{"sed -n -e '3,4p' a.py", "/w/a.py:3-4(99)"},
		{"sed -n '/def f/,/return/p' a.py", "/w/a.py(99)"},
		{"sed -n '10,$p' a.py", "/w/a.py(99)"},
		{"cat a.py | head -n 20", "/w/a.py:1-20(99)"},
		{"nl -ba a.py | sed -n '30,60p'", "/w/a.py:30-60(99)"},
		{"sed -n '100,200p' a.py | head -5", "/w/a.py:100-104(99)"},
		{"sed -n '100,103p' a.py | head", "/w/a.py:100-103(99)"},
		{"head -5 a.py | sed -n '9,12p'", ""},
		{"cat a.py | grep -n x | head -3", "/w/a.py(99)"},
		{"cat a.py | python -c 'x'", ""},
		{"grep -n 'def f(' a.py b.py", "/w/a.py, /w/b.py"},
		{"grep -rn foo src", ""},
		{"grep -e foo a.py", "/w/a.py(99)"},
		{"grep -A 3 -B3 foo a.py", "/w/a.py(99)"},
		{"grep -f patterns a.py", ""},
		{"grep foo *.py", ""},
		{"rg -n foo src/a.py", "/w/src/a.py(99)"},
		{"rg foo src", ""},
		{"rg --glob '*.py' foo a.py", ""},
		{"wc -l a.py && diff -u a.py b.py", "/w/a.py, /w/a.py, /w/b.py"},
		{"diff -U 3 a b", "/w/a, /w/b"},
		{"less 'my file.py'", "/w/my file.py(99)"},
		{`cat "my file.py" \#x`, "/w/my file.py, /w/#x"},
		{"LC_ALL=C cat a.py # all of it", "/w/a.py(99)"},
		{"cat a.py > b.py", "w /w/b.py"},
		{"echo x >> log.txt", "w /w/log.txt"},
		{"python t.py > out.txt 2>&1", "w /w/out.txt"},
		{"python t.py 2>/dev/null", ""},
		{"cat a.py 2>/dev/null", "/w/a.py(99)"},
		{"make &> build.log", "w /w/build.log"},
		{"cat > new.py <<'EOF'\nx = $(1)\ncat a.py\nEOF\npython new.py", "w /w/new.py"},
		{"cat <<-EOF > a\n\tx\n\tEOF\n", "w /w/a"},
		{"cat > new.py <<EOF\nnever ended", ""},
		{"echo x | tee a.txt b.txt", "w /w/a.txt, w /w/b.txt"},
		{"cat a | tee b | wc", "w /w/b"},
		{"sed -i 's/a/b/' x.py y.py", "w /w/x.py, w /w/y.py"},
		{"sed -i.bak -e 's/a/b/' x.py", "w /w/x.py"},
		{"cp a.py b.py", "w /w/b.py"},
		{"mv a.py dir/", "w /w/dir/a.py"},
		{"cp a b dir", ""},
		{"git apply /tmp/bench-t0001.patch", ""},
		{"git diff", ""},
		{"cat a.py || cat b.py", ""},
		{"test -f a || cd sub && cat a", ""},
		{"cat a.py; ls; cat b.py", "/w/a.py, /w/b.py"},
		{"for f in *.py; do cat $f; done", ""},
		{"if true; then cat a; fi", ""},
		{"cat $(git ls-files)", ""},
		{"cat `ls`", ""},
		{"cat \"$(ls)\"", ""},
		{"(cd x && cat a)", ""},
		{"{ cat a; }", ""},
		{"sleep 5 & cat a", ""},
		{"cat $FILE ~/x a?.py", ""},
		{"cat < a.py", ""},
		{"cat <<< text", ""},
		{"diff <(cat a) b", ""},
		{"cat 'a", ""},
		{"cat -", ""},
		{"", ""},
	} {
		if got := brief(touched(test.line, "/w", 99)); got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.line, got, test.want)
		}
	}
}

func FuzzTouched(f *testing.F) {
	for _, s := range []string{"sed -\xc1", "cd x && sed -n '1,2p' a | head -3 > b", "cat <<-E >a\nE", `a "\`, "<<", ">", "2>", "&>", "$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, x := range touched(line, "/w", 1) {
			if x.Path == "" || !strings.HasPrefix(x.Path, "/") || x.From > x.To || !x.Derived {
				t.Errorf("%q: %+v", line, x)
			}
			if x.Write && x.Bytes > 0 {
				t.Errorf("%q: a write was shown: %+v", line, x)
			}
		}
		if a, b := touched(line, "/w", 1), touched(line, "/w", 1); !slices.Equal(a, b) {
			t.Errorf("%q: %v, then %v", line, a, b)
		}
	})
}
