package examples_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bench/internal/require"
)

// A job that is requeued waits for its credential to expire, two minutes if not told
// otherwise (cred_expire).
const slurmConf = `ClusterName=test
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=%[2]d
SlurmdPort=%[3]d
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
SlurmUser=root
StateSaveLocation=%[4]s/state
SlurmdSpoolDir=%[4]s/spool
SlurmctldPidFile=%[4]s/slurmctld.pid
SlurmdPidFile=%[4]s/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SlurmdParameters=config_overrides
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,batch_sched_delay=1
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=3 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
`

// startSlurm starts a cluster of one node, which ends with the test, and makes it that of
// the test's commands.
func startSlurm(t *testing.T) {
	t.Helper()
	for _, name := range []string{"sbatch", "scontrol"} {
		require.ProgramOf(t, "slurm", name)
	}
	controller := require.ProgramOf(t, "slurm", "slurmctld")
	node := require.ProgramOf(t, "slurm", "slurmd")
	if os.Getuid() != 0 {
		t.Skip("a node of Slurm is root's")
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "slurm-") // short: a socket lies there
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	for _, name := range []string{"state", "spool"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	conf := filepath.Join(dir, "slurm.conf")
	text := fmt.Sprintf(slurmConf, host, freePort(t), freePort(t), dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SLURM_CONF", conf)
	in := func(name string) string { return filepath.Join(dir, name) }
	daemon(t, in("slurmctld.log"), controller, "-D", "-c")
	daemon(t, in("slurmd.log"), node, "-D", "-c")
	eventually(t, "the node is idle", in("slurmctld.log"), func() bool {
		out, err := exec.CommandContext(t.Context(), "scontrol", "show", "node").Output()
		return err == nil && strings.Contains(string(out), "State=IDLE ")
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// daemon starts a program that ends with the test.
func daemon(t *testing.T, log, program string, args ...string) {
	t.Helper()
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		_ = cmd.Wait()
	})
}

func eventually(t *testing.T, what, log string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			said, _ := os.ReadFile(log)
			t.Fatalf("not true in two minutes: %s\n%s", what, said)
		}
	}
}

const slurmConfig = `
dataset: {path: %s, ids: [quickstart__cache-8, quickstart__recur-5, quickstart__textwrap-9]}
attempts: 4
workers: {agents: 1, grading: 1}
sandbox: {kind: local}
models:
  sim-frontier: {provider: scripted, script: %s, price: {input: 1, output: 1}}
configurations:
  solo-frontier: {kind: single, model: sim-frontier}
`

// TestSlurm: an array job of shards, one of which is requeued in its middle, and their
// merge come out as one process.
func TestSlurm(t *testing.T) {
	startSlurm(t)
	dir := t.TempDir()
	if out, err := run(t, "..", "go", "build", "-o", filepath.Join(dir, "bin", "bench"), "./cmd/bench"); err != nil {
		t.Fatalf("build bench: %v\n%s", err, out)
	}
	text := fmt.Sprintf(slurmConfig, filepath.Join(wd(t), tasks),
		filepath.Join(wd(t), "quickstart", "script.yaml"))
	if err := os.WriteFile(filepath.Join(dir, "bench.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	do := func(name string, args ...string) string {
		t.Helper()
		out, err := run(t, dir, name, args...)
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return out
	}
	do(filepath.Join(wd(t), "slurm", "submit.sh"), "bench.yaml", "r", "3")
	first := filepath.Join(dir, "r.1.db")
	eventually(t, "a trial has ended", filepath.Join(dir, "r-1.log"), func() bool {
		return ended(t, first) > 0
	})
	do("scontrol", "requeue", arrayTask(do("squeue", "--noheader", "--array", "--format=%F_%K %j"), "_1 r"))
	eventually(t, "the shards are merged", filepath.Join(dir, "r-1.log"), func() bool {
		said, _ := os.ReadFile(filepath.Join(dir, "r-merge.log"))
		return strings.Contains(string(said), "Configurations of r")
	})
	if said, err := os.ReadFile(filepath.Join(dir, "r-merge.log")); err != nil ||
		!strings.Contains(string(said), "3 of 3 shards") {
		t.Errorf("%v\n%s", err, said)
	}
	said, err := os.ReadFile(filepath.Join(dir, "r-1.log"))
	if starts := strings.Count(string(said), "run r: shard 1/3, "); err != nil || starts != 2 ||
		!strings.Contains(string(said), "interrupted: to continue") {
		t.Errorf("it was not requeued in its middle: %v\n%s", err, said)
	}
	do("bench", "run", "--config", "bench.yaml", "--run-id", "r", "--db", "one.db")
	merged, one := verdicts(t, filepath.Join(dir, "r.db")), verdicts(t, filepath.Join(dir, "one.db"))
	if !slices.Equal(merged, one) || len(one) != 12 {
		t.Errorf("merged %q, in one process %q", merged, one)
	}
}

// arrayTask is the job whose line ends so.
func arrayTask(queue, end string) string {
	for line := range strings.Lines(queue) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, end) {
			id, _, _ := strings.Cut(line, " ")
			return id
		}
	}
	return ""
}

// ended is how many trials of a database have ended, 0 where there is none yet.
func ended(t *testing.T, path string) (n int) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		return 0
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRowContext(t.Context(), "SELECT count(*) FROM v_trials WHERE phase = 'done'").Scan(&n)
	if err != nil { // it is being made
		return 0
	}
	return n
}
