package results

import (
	"slices"
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
