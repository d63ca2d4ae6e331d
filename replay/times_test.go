package replay

import "testing"

func TestTimeless(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"ok  \texample.com/cache\t0.003s\n", "ok  \texample.com/cache\t(cached)\n"},
		{"--- PASS: TestX (0.00s)", "--- PASS: TestX (1.20s)"},
		{"===== 3 passed in 0.12s =====", "===== 3 passed in 10.12s ===="},
		{"Ran 3 tests in 0.002s", "Ran 3 tests in 1.5s"},
		{"seconds: 0.3\nfiles: 1", "seconds: 12\nfiles: 1"},
		{"drwx 4096 Nov 30 05:41 .", "drwx 4096 Dec  1  2025 ."},
		{"at 2026-11-30T05:41:07.123Z", "at 2026-12-01 15:41:07"},
		{"real\t1m2.5s", "real\t0.1s"},
		{"took 5 seconds", "took 15 ms"},
	} {
		if a, b := timeless(c[0]), timeless(c[1]); a != b {
			t.Errorf("%q and %q are not the same: %q, %q", c[0], c[1], a, b)
		}
	}
	for _, c := range [][2]string{
		{"3 passed in 0.12s", "4 passed in 0.12s"},
		{"exit code 0", "exit code 1"},
		{"return 5 * s", "return 6 * s"},
		{"x := 10m3", "x := 11m3"},
		{"v1.2.3", "v1.2.4"},
		{"a  b", "ab"},
		{"status 404", "status 500"},
	} {
		if timeless(c[0]) == timeless(c[1]) {
			t.Errorf("%q and %q are the same: %q", c[0], c[1], timeless(c[0]))
		}
	}
}
