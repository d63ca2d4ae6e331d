package results

import (
	"slices"
	"strings"
	"testing"

	"bench"
)

func TestAdded(t *testing.T) {
	t.Parallel()
	const patch = `diff --git a/src/a.py b/src/a.py
--- a/src/a.py
+++ b/src/a.py
@@ -10,4 +10,5 @@ def f():
 context
-old
+new 11
+new 12
 context
+new 14
 context
@@ -30,3 +31,2 @@
 context
--- removed, which is no header
 context
@@ -50 +50 @@
-one
+two
\ No newline at end of file
diff --git a/gone b/gone
--- a/gone
+++ /dev/null
@@ -1,2 +0,0 @@
-x
-y
diff --git a/new b/new
--- /dev/null
+++ b/new
@@ -0,0 +1,3 @@
+1
++++ 2
+3
diff --git a/i.png b/i.png
Binary files /dev/null and b/i.png differ
`
	want := []bench.Touch{
		{Path: "src/a.py", Write: true, From: 11, To: 12},
		{Path: "src/a.py", Write: true, From: 14, To: 14},
		{Path: "src/a.py", Write: true, From: 50, To: 50},
		{Path: "new", Write: true, From: 1, To: 3},
		{Path: "i.png", Write: true},
	}
	if got := added(patch); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := added("@@ -1,99999999999999999999 +1 @@\n+x"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

// What a patch does line by line, also to files without lines, and to which file.
func TestChanges(t *testing.T) {
	t.Parallel()
	const patch = `diff --git a/gone b/gone
deleted file mode 100644
index 1..0
--- a/gone
+++ /dev/null
@@ -1,2 +0,0 @@
-x
--- y
diff --git a/empty b/empty
new file mode 100644
index 0..e69
diff --git a/a b/c.bin b/a b/c.bin
index 1..2 100644
GIT binary patch
literal 3
Kc-a

literal 0
Hcx

diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/old.bin b/old.bin
deleted file mode 100644
Binary files a/old.bin and /dev/null differ
diff --git a/with space b/with space
--- a/with space	
+++ b/with space	
@@ -1 +1 @@
-old
+new
`
	want := []change{
		{path: "gone", text: "x", line: 0, removed: true},
		{path: "gone", text: "-- y", line: 0, removed: true},
		{path: "empty", text: "new file mode 100644", whole: true},
		{path: "a b/c.bin", text: "GIT binary patch\nliteral 3\nKc-a\nliteral 0\nHcx", whole: true, binary: true},
		{path: "run.sh", text: "old mode 100644\nnew mode 100755", whole: true},
		{path: "old.bin", text: "deleted file mode 100644\nBinary files a/old.bin and /dev/null differ",
			removed: true, whole: true, binary: true},
		{path: "with space", text: "old", line: 1, removed: true},
		{path: "with space", text: "new", line: 1},
	}
	if got := slices.Collect(changes(strings.ReplaceAll(patch, `\t`, "\t"))); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
