package require

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// podmanConf has nothing to do with the machine's own Podman, and takes what a machine
// without systemd, with both kinds of control groups and with root that may not raise limits
// gives.
const podmanConf = `[containers]
default_ulimits = []
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "%[1]s/tmp"
image_copy_tmp_dir = "%[1]s"
%[2]s[network]
network_config_dir = "%[1]s/networks"
`

// Podman needs Podman, and returns the host of a service of it that lives as long as the
// test and has images of Docker's engine, made by `make images`.
func Podman(t testing.TB, images ...string) (host string) {
	t.Helper()
	for _, name := range images {
		Image(t, name)
	}
	p := podman{t: t, program: Program(t, "podman")}
	var err error
	if p.dir, err = os.MkdirTemp("", "podman-"); err != nil { // short: a socket lies there
		t.Fatal(err)
	}
	t.Cleanup(p.remove)
	p.configure()
	socket := filepath.Join(p.dir, "podman.sock")
	p.serve(socket)
	for _, name := range images {
		p.load(name)
		try := p.command("run", "--rm", "--network", "none", name, "true")
		if out, err := try.CombinedOutput(); err != nil {
			unmet(t, "podman", "Podman runs no containers: "+strings.TrimSpace(string(out)))
		}
	}
	return "unix://" + socket
}

// podman is an engine of a test.
type podman struct {
	t            testing.TB
	program, dir string
}

func (p podman) configure() {
	runtime := ""
	if _, err := exec.LookPath("runc"); err == nil { // crun refuses both kinds of groups at once
		runtime = "runtime = \"runc\"\n"
	}
	for name, text := range map[string]string{
		"containers.conf": fmt.Sprintf(podmanConf, p.dir, runtime),
		"storage.conf": fmt.Sprintf("[storage]\ndriver = \"overlay\"\ngraphroot = \"%[1]s/graph\"\n"+
			"runroot = \"%[1]s/run\"\n", p.dir),
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p podman) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(p.t.Context()), p.program, args...)
	cmd.Dir = p.dir // where a container that lacks memory leaves a file
	cmd.Env = append(os.Environ(), "CONTAINERS_CONF="+p.dir+"/containers.conf",
		"CONTAINERS_STORAGE_CONF="+p.dir+"/storage.conf", "TMPDIR="+p.dir)
	return cmd
}

// serve starts the service, and waits until it answers.
func (p podman) serve(socket string) {
	p.t.Helper()
	service := p.command("system", "service", "--time=0", "unix://"+socket)
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	service.Stdout, service.Stderr = log, log
	if err := service.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		service.Process.Kill()
		service.Wait()
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(log.Name())
			unmet(p.t, "podman", fmt.Sprintf("Podman's service does not answer: %v\n%s", err, said))
		}
	}
}

// load copies an image from Docker's engine, and gives it the name by which it is asked for
// in Docker's language.
func (p podman) load(name string) {
	p.t.Helper()
	file := filepath.Join(p.dir, "image.tar")
	defer os.Remove(file)
	for _, cmd := range []*exec.Cmd{
		exec.CommandContext(p.t.Context(), "docker", "save", "-o", file, name),
		p.command("load", "-q", "-i", file),
		p.command("tag", "localhost/"+name, "docker.io/"+name),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			unmet(p.t, "podman", strings.Join(cmd.Args, " ")+": "+strings.TrimSpace(string(out)))
		}
	}
}

// remove removes all of it: containers, what is mounted, files of other users.
func (p podman) remove() {
	_ = p.command("rm", "-fa").Run() // what is left keeps the directory from being removed
	_ = exec.Command("umount", p.dir+"/graph/overlay").Run()
	if os.Getuid() != 0 {
		_ = p.command("unshare", "rm", "-rf", p.dir+"/graph").Run()
	}
	if err := os.RemoveAll(p.dir); err != nil {
		p.t.Error(err)
	}
}
