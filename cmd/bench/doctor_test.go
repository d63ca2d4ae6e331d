//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"bench"
)

// patientConfig is a config in whose runs nothing is wrong but what a test makes so.
const patientConfig = `
dataset: {path: tasks}
sandbox: {kind: %s}
models:
  m:
    provider: openai
    model: m-1
    base_url: %s
    api_key_env: BENCH_TEST_KEY
    price: {input: 1, output: 1}
configurations:
  solo: {kind: single, model: m}
`

// patientTask is its task, with an image to pull.
const patientTask = `{"instance_id": "x__y-1", "repo": "x/y", "base_commit": ` +
	`"0123456789012345678901234567890123456789", "problem_statement": "p", "test_patch": "t", ` +
	`"patch": "p", "version": "1", "FAIL_TO_PASS": ["T"], "PASS_TO_PASS": [], "image_name": "reg.test/x:1"}`

// patient is a machine to be broken, and examined.
type patient struct {
	t        *testing.T
	dir      string
	env      []string
	args     []string
	sandbox  string
	base     string // URL of the model
	provider fakeProvider
	engine   fakeEngine
	nobody   bool // is who runs the doctor
	files    int  // that may be open; 0 for the usual
}

// fakeProvider lists models, and tells the time.
type fakeProvider struct {
	key    string
	ahead  time.Duration
	status int
	models string
}

func (f *fakeProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", time.Now().Add(f.ahead).UTC().Format(http.TimeFormat))
	switch {
	case r.URL.Path != "/v1/models" || r.Method != http.MethodGet:
		http.NotFound(w, r)
	case f.status != 0:
		http.Error(w, `{"error":{"message":"something is wrong with it"}}`, f.status)
	case f.key != "" && r.Header.Get("Authorization") != "Bearer "+f.key:
		http.Error(w, `{"error":{"message":"no such key as sk-not-this-one"}}`, http.StatusUnauthorized)
	default:
		fmt.Fprintf(w, `{"data":[%s]}`, f.models)
	}
}

// fakeEngine answers as Docker does what the doctor asks.
type fakeEngine struct {
	api      string
	info     string
	registry string // what it says of an image; "" if the registry has it
	status   int
}

func (f *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", f.api)
	w.Header().Set("Ostype", "linux")
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/")
	switch {
	case r.URL.Path == "/_ping":
	case path == "info":
		io.WriteString(w, f.info)
	case path == "version":
		io.WriteString(w, `{"Arch": "amd64", "Version": "28.0"}`)
	case path == "images/json":
		io.WriteString(w, `[]`)
	case strings.HasPrefix(path, "distribution/") && f.registry == "":
		io.WriteString(w, `{"Descriptor": {"digest": "sha256:0"}}`)
	case strings.HasPrefix(path, "distribution/"):
		w.WriteHeader(f.status)
		fmt.Fprintf(w, `{"message": %q}`, f.registry)
	default:
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"message": "no such image"}`)
	}
}

// engineInfo is what an engine says of itself, with a root directory.
func engineInfo(root, changes string) string {
	return fmt.Sprintf(`{"ServerVersion": "28.0", "NCPU": 8, "MemTotal": 68719476736, "Driver": "overlay2",
		"DockerRootDir": %q, "CgroupVersion": "2", "CgroupDriver": "systemd", "MemoryLimit": true,
		"SwapLimit": true, "PidsLimit": true, "CpuCfsQuota": true%s}`, root, changes)
}

// listen serves the engine at its socket.
func (p *patient) listen() string {
	p.t.Helper()
	path := filepath.Join(p.dir, "engine.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		p.t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: &p.engine}}
	server.Start()
	p.t.Cleanup(server.Close)
	return path
}

// disk is a directory on a disk of its own.
func (p *patient) disk(flags uintptr, options string) string {
	p.t.Helper()
	dir := filepath.Join(p.dir, "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options)
	if errors.Is(err, syscall.EPERM) {
		p.t.Skip("mounting a disk takes root")
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// examine runs the doctor.
func (p *patient) examine() (out, said string, status int) {
	p.t.Helper()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	write("bench.yaml", fmt.Sprintf(patientConfig, p.sandbox, p.base))
	os.Mkdir(filepath.Join(p.dir, "tasks"), 0o755)
	write("tasks/test.jsonl", patientTask)
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	c := exec.CommandContext(p.t.Context(), self, append([]string{"doctor", "-c", "bench.yaml"}, p.args...)...)
	if p.files > 0 {
		c = exec.CommandContext(p.t.Context(), "sh", append([]string{"-c",
			fmt.Sprintf(`ulimit -n %d; exec bench "$@"`, p.files), "sh"}, c.Args[1:]...)...)
	}
	if p.nobody {
		// The program itself may lie where nobody may look.
		c.Path = "/proc/self/exe"
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if p.files == 0 {
		c.Args[0] = "bench"
	}
	var stdout, stderr bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = p.dir, &stdout, &stderr
	c.Env = append(os.Environ(), p.env...)
	if err := c.Run(); err != nil && c.ProcessState == nil {
		p.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

// broken is one way in which a machine is broken, and what is said of it.
type broken struct {
	name   string
	by     func(p *patient)
	status bench.ExitStatus
	says   string // status, check and text, as regular expression
	remedy string // on the next line
}

// brokenMachines are those of the machine, its database and the model.
var brokenMachines = []broken{
	{"a key that is missing", func(p *patient) { p.env = append(p.env, "BENCH_TEST_KEY=") },
		3, `fail  key .*BENCH_TEST_KEY is not set`, `export BENCH_TEST_KEY=`},
	{"a key that is wrong", func(p *patient) { p.provider.key = "sk-another-key" },
		3, `fail  key .*refused: HTTP 401: .*no such key`, `check the key`},
	{"a key that was never looked at", func(p *patient) { p.provider.key = "" },
		0, `ok    key .*not tried.*lists its models without one`, ``},
	{"an endpoint without a list", func(p *patient) { p.provider.status = 404 },
		0, `ok    key .*not tried: the endpoint does not list`, ``},
	{"an account without money", func(p *patient) { p.provider.status = 402 },
		3, `fail  key .*refused: HTTP 402`, `nothing is left to spend`},
	{"a provider that limits", func(p *patient) { p.provider.status = 429 },
		0, `warn  key .*limits requests now`, `set rate_limit`},
	{"a model that is not there", func(p *patient) { p.provider.models = `{"id": "other"}` },
		0, `warn  model name .*m-1 is not among the 1 models`, `correct the model's name`},
	{"an endpoint that is down", func(p *patient) { p.base = "http://127.0.0.1:1/v1" },
		3, `fail  endpoint .*127.0.0.1:1 is not reached: .*refused`, `nothing listens there`},
	{"a name that is none", func(p *patient) { p.base = "http://no.such.invalid/v1" },
		3, `fail  endpoint .*no.such.invalid is not reached`, `check the host in base_url`},
	{"a proxy in front of what is near", func(p *patient) {
		p.base = "http://models.internal:8000/v1"
		p.env = append(p.env, "HTTP_PROXY=http://127.0.0.1:1", "NO_PROXY=")
	}, 3, `fail  endpoint .*models.internal:8000 through the proxy http://127.0.0.1:1 is not reached`,
		`export NO_PROXY=\$NO_PROXY,models.internal`},
	{"a clock that is off", func(p *patient) { p.provider.ahead = time.Hour },
		3, `fail  clock .*this machine's clock is (59m\d\ds|1h0m0s) behind`, `timedatectl`},
	{"a clock that is a little off", func(p *patient) { p.provider.ahead = -time.Minute },
		0, `warn  clock .*ahead`, `timedatectl`},
	{"too few open files", func(p *patient) {
		p.files = 200
	}, 3, `fail  open files .*200 may be open at once, and 256 are needed`, `ulimit -n 256`},
	{"no git", func(p *patient) { p.env = append(p.env, "PATH="+p.dir) },
		3, `fail  git .*none in PATH`, `install it`},
	{"a full disk for temporary files", func(p *patient) {
		p.env = append(p.env, "TMPDIR="+p.disk(0, "size=1m"))
	}, 3, `fail  temporary files .*is full: \d+ MB are left`, `export TMPDIR=`},
	{"temporary files that may not run", func(p *patient) {
		p.env = append(p.env, "TMPDIR="+p.disk(syscall.MS_NOEXEC, "size=4g"))
	}, 3, `fail  temporary files .*noexec`, `mount it without noexec`},
	{"a full disk for the database", func(p *patient) {
		p.args = []string{"--db", filepath.Join(p.disk(0, "size=1m"), "bench.db")}
	}, 3, `fail  directory .*is full: \d+ MB are left`, `--db FILE`},
	{"a disk that is nearly full", func(p *patient) {
		p.args = []string{"--db", filepath.Join(p.disk(0, "size=1g"), "bench.db")}
	}, 0, `warn  directory .*is nearly full: \d+ MB are left`, `--db FILE`},
	{"a read-only disk for the database", func(p *patient) {
		p.args = []string{"--db", filepath.Join(p.disk(syscall.MS_RDONLY, ""), "bench.db")}
	}, 3, `fail  directory .*nothing can be made in .*read-only`, `make the directory writable`},
	{"a database of a newer bench", func(p *patient) { p.database("PRAGMA user_version = 999") },
		3, `fail  file .*made by a newer bench`, `update bench`},
	{"a database with damaged pages", func(p *patient) {
		path := p.database("VACUUM")
		b, err := os.ReadFile(path)
		if err != nil {
			p.t.Fatal(err)
		}
		copy(b[8192:], bytes.Repeat([]byte("damage"), len(b)/12))
		if err := os.WriteFile(path, b, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}, 3, `fail  file .*the database is damaged`, `keep a copy of the file`},
}

// database puts the demo's database in place, on which SQL was executed.
func (p *patient) database(text string) string {
	p.t.Helper()
	path := filepath.Join(changed(p.t, text), "bench.db")
	p.args = []string{"--db", path}
	return path
}

// brokenEngines are those of the engine and its images.
var brokenEngines = []broken{
	{"nothing", func(*patient) {}, 0, `ok    limits .*cgroup v2, driver systemd`, ``},
	{"no engine", func(p *patient) { p.env = append(p.env, "DOCKER_HOST=unix:///no/such.sock") },
		3, `fail  engine .*Cannot connect to the Docker daemon`, `systemctl start docker`},
	{"one of several engines is down", func(p *patient) {
		p.sandbox = "docker, engines: [{name: near, host: \"unix://" + filepath.Join(p.dir, "engine.sock") +
			"\"}, {name: far, host: \"unix:///no/such.sock\"}]"
	}, 3, `fail  engine .*Cannot connect to the Docker daemon at unix:///no/such.sock`, `start it`},
	{"an engine that is elsewhere, and is not", func(p *patient) {
		p.env = append(p.env, "DOCKER_HOST=tcp://127.0.0.1:1")
	}, 3, `fail  engine .*tcp://127.0.0.1:1`, `correct DOCKER_HOST`},
	{"a socket of others", func(p *patient) {
		if p.nobody = os.Geteuid() == 0; p.nobody {
			for dir := p.dir; dir != "/"; dir = filepath.Dir(dir) {
				if info, err := os.Stat(dir); err == nil && info.Mode()&1 == 0 {
					os.Chmod(dir, info.Mode().Perm()|0o711)
				}
			}
		}
		if err := os.Chmod(filepath.Join(p.dir, "engine.sock"), 0); err != nil {
			p.t.Fatal(err)
		}
	}, 3, `fail  engine .*permission denied`, `usermod -aG docker`},
	{"an old engine", func(p *patient) { p.engine.api = "1.38" },
		3, `fail  engine .*its API is 1.38`, `install a later one`},
	{"no control groups", func(p *patient) {
		p.engine.info = engineInfo(p.dir, `, "MemoryLimit": false, "PidsLimit": false, "CgroupDriver": "none"`)
	}, 3, `fail  limits .*cannot limit memory and pids \(cgroup v2, driver none\)`, `delegate control groups`},
	{"no limit of swap", func(p *patient) { p.engine.info = engineInfo(p.dir, `, "SwapLimit": false`) },
		0, `warn  limits .*cannot limit swap`, `swapaccount=1`},
	{"more memory than there is", func(p *patient) {
		p.engine.info = engineInfo(p.dir, `, "MemTotal": 8589934592`)
	}, 0, `warn  memory .*4 agents and 2 evaluations at once may take 34.4 GB, and the engine has 8.6`, `lower workers`},
	{"an engine whose disk is full", func(p *patient) {
		p.engine.info = engineInfo(p.disk(0, "size=1m"), "")
	}, 3, `fail  engine's disk .*is full: \d+ MB are left`, `bench images prune`},
	{"an image that is nowhere", func(p *patient) {
		p.engine.registry, p.engine.status = "manifest unknown: manifest unknown", 404
	}, 3, `fail  registry .*image reg.test/x:1 cannot be had from reg.test`, `correct the image's name`},
	{"a registry that limits", func(p *patient) {
		p.engine.registry, p.engine.status = "toomanyrequests: You have reached your pull rate limit", 429
	}, 3, `fail  registry .*toomanyrequests`, `docker login raises`},
	{"a registry that denies", func(p *patient) {
		p.engine.registry, p.engine.status = "pull access denied for x", 403
	}, 3, `fail  registry .*access denied`, `docker login reg.test`},
}

// The doctor names what is broken, and what to do about it, for each way in which a machine
// may be.
func TestDoctorNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	for kind, all := range map[string][]broken{"local": brokenMachines, "docker": brokenEngines} {
		for _, b := range all {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				p := &patient{
					t: t, dir: t.TempDir(), sandbox: kind,
					provider: fakeProvider{key: "sk-a-key-of-tests", models: `{"id": "m-1"}`},
				}
				server := httptest.NewServer(&p.provider)
				t.Cleanup(server.Close)
				p.base = server.URL + "/v1"
				p.engine = fakeEngine{api: "1.47", info: engineInfo(p.dir, "")}
				p.env = []string{
					"BENCH_TEST_KEY=sk-a-key-of-tests", "DOCKER_HOST=unix://" + p.listen(), "DOCKER_CONTEXT=",
					"BENCH_CACHE=" + filepath.Join(p.dir, "cache"), "DOCKER_CONFIG=" + p.dir, "HOME=" + p.dir,
				}
				b.by(p)
				b.judge(t, p)
			})
		}
	}
}

func (b broken) judge(t *testing.T, p *patient) {
	t.Helper()
	out, said, status := p.examine()
	if status != int(b.status) {
		t.Errorf("status %d, want %d\n%s%s", status, b.status, out, said)
	}
	want := `(?m)^  ` + b.says + `.*$`
	if b.remedy != "" {
		want += `\n +→ .*` + b.remedy
	}
	if !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("does not say %s\n%s%s", want, out, said)
	}
	if b.status == 3 && !strings.Contains(said, "a run would fail with ") {
		t.Errorf("says %s", said)
	}
	if strings.Contains(out+said, "sk-a-key-of-tests") {
		t.Errorf("the key is printed:\n%s", out)
	}
}
