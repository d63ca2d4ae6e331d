package docker

import (
	"slices"
	"testing"

	"bench/sandbox"
	"bench/sandbox/repo"
)

func TestSystemPaths(t *testing.T) {
	for workdir, c := range map[string]struct{ has, lacks []string }{
		"/testbed":     {[]string{"/usr", "/opt", "/etc"}, []string{"/usr/bin"}},
		"/opt/app":     {[]string{"/usr"}, []string{"/opt"}},
		"/usr/src/app": {[]string{"/usr/bin", "/usr/lib", "/opt"}, []string{"/usr", "/usr/src"}},
		"/usr/share/x": {[]string{"/usr/bin"}, []string{"/usr", "/usr/share"}},
		"/optional":    {[]string{"/opt"}, nil},
	} {
		got := systemPaths(workdir)
		for _, p := range c.has {
			if !slices.Contains(got, p) {
				t.Errorf("%s: %v lacks %s", workdir, got, p)
			}
		}
		for _, p := range c.lacks {
			if slices.Contains(got, p) {
				t.Errorf("%s: %v has %s", workdir, got, p)
			}
		}
	}
}

// TestReadOnlySystem: an agent changes no program, library or setting of its container,
// and works otherwise as before. What grades is as it was.
func TestReadOnlySystem(t *testing.T) {
	p := newPool(t, Options{ReadOnlySystem: true})
	task := onImage(t, debian)
	box := open(t, p, task, sandbox.ForAgent)
	for _, script := range []string{
		"echo x >/usr/bin/git", "rm /bin/sh", "echo x >/etc/passwd", "mkdir /opt/x", "touch /usr/local/bin/x",
		"mv /usr /usr2", "umount /usr", "mount -o remount,rw /usr", "echo 1 >/proc/sys/kernel/panic",
		"echo x >/etc/gitconfig", "touch /usr/lib/python3/dist-packages/sitecustomize.py",
	} {
		if r := sh(t, box, script+" 2>&1"); r.Code == 0 {
			t.Errorf("%s: it can be done: %s", script, r.Output)
		}
	}
	for _, script := range []string{
		"echo x >README", "touch /tmp/x /var/tmp/x /root/x /run/x", "git config --global user.name x",
		"git -c user.email=x@example.com commit --allow-empty -qm x", "mkdir -p /home/x /var/lib/x",
	} {
		if r := sh(t, box, script+" 2>&1"); r.Code != 0 {
			t.Errorf("%s: it cannot be done: %s", script, r.Output)
		}
	}
	base, err := repo.TakeBaseline(t.Context(), box)
	if err != nil {
		t.Fatal(err)
	}
	sh(t, box, "echo new >new")
	if patch, err := repo.Take(t.Context(), box, task, base); err != nil || !slices.Equal(patch.Files, []string{"new"}) {
		t.Errorf("the patch is %+v, %v", patch, err)
	}
	if r := sh(t, open(t, p, task, sandbox.ForGrading), "echo x >/etc/x"); r.Code != 0 {
		t.Error("the system of what grades is read-only")
	}
}
