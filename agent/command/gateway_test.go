package command_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent/agenttest"
	"bench/agent/command"
	"bench/internal/require"
	"bench/llm"
	"bench/llm/gateway"
	"bench/llm/llmtest"
	"bench/llm/scripted"
	"bench/llm/wire"
)

// canary is the key of the provider, which is found nowhere but there. It stands in no
// program's text.
var canary = "canary-" + rand.Text()

// newGateway is a gateway to the models big and small, which a script answers for.
func newGateway(t testing.TB) (*gateway.Gateway, *scripted.Server) {
	t.Helper()
	script, err := scripted.Parse("s.yaml", []byte(`
models:
  acme/big: {price: {input: 10, cached_input: 1, cache_write: 10, output: 40}}
rules:
  - when: {last: The task in hand, turn: 1}
    calls: [{tool: delegate, id: call_1, arguments: {prompt: Write to the file a.}}]
    usage: {input: 1000, output: 100}
  - when: {turn: 1}
    say: All done.
    usage: {input: 1000, output: 100}
  - when: {last: Done}
    say: All done.
    usage: {input: 1000, output: 100}
`))
	if err != nil {
		t.Fatal(err)
	}
	server := scripted.New(script, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	up := map[string]gateway.Upstream{}
	for name, times := range map[string]float64{"big": 10, "small": 1} {
		m := model(name, times)
		m.MaxOutputTokens = 1000
		up[name] = gateway.Upstream{
			Model: m, Client: llm.Shared(llmtest.Sequence(), llm.RateLimit{}, llm.RetryOptions{}),
			Endpoint:  wire.Options{BaseURL: url + "/v1", APIKey: canary},
			Protocols: []gateway.Protocol{gateway.Chat, gateway.Messages, gateway.Responses, gateway.Gemini},
		}
	}
	g, err := gateway.New(up)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, server
}

// asking is a program that asks once in each protocol.
const asking = `ask() { curl -sS -m 30 -H 'Content-Type: application/json' "$@"; echo; }
ask -H "Authorization: Bearer $OPENAI_API_KEY" "$OPENAI_BASE_URL/chat/completions" \
  -d '{"model":"'"$BENCH_MODEL"'","max_tokens":100,"messages":[{"role":"user","content":"a"}]}'
ask -H "Authorization: Bearer $OPENAI_API_KEY" "$OPENAI_BASE_URL/responses" \
  -d '{"model":"big","max_output_tokens":100,"input":"b"}'
ask -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN.reader" "$ANTHROPIC_BASE_URL/v1/messages" \
  -d '{"model":"big","max_tokens":100,"messages":[{"role":"user","content":"c"}]}'
ask -H "X-Goog-Api-Key: $GEMINI_API_KEY" "$GOOGLE_GEMINI_BASE_URL/v1beta/models/big:generateContent" \
  -d '{"contents":[{"role":"user","parts":[{"text":"d"}]}],"generationConfig":{"maxOutputTokens":100}}'
echo "own $URL $KEY"; env; echo changed >README
`

func metered(script string) bench.Configuration {
	c := configuration(script)
	c.Command.Usage = ""
	c.Command.Env = []string{"URL={gateway_url}", "KEY={gateway_token}-{model}-{small_model}"}
	c.Command.Gateway = &bench.Gateway{Rules: []bench.CallRule{
		{Role: bench.RoleSidekick, Key: "^reader$"}, {Role: bench.RoleMain},
	}}
	return c
}

func (tr trial) through(t testing.TB, g *gateway.Gateway) string {
	t.Helper()
	sub, err := command.New(g, "0").Run(t.Context(), tr.job)
	if err != nil {
		t.Fatal(err)
	}
	agenttest.CheckLog(t, tr.log)
	if got, want := tr.job.Budget.Spent().Cost, tr.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
	return string(sub.State) + " " + string(sub.Scope) + " " + sub.Error
}

// A program reaches its models, and what it spends is known; its key is no key.
func TestGateway(t *testing.T) {
	t.Parallel()
	require.Program(t, "curl")
	g, server := newGateway(t)
	tr := newLab(t).trial(t, metered(asking), bench.Source{})
	if got := tr.through(t, g); got != "finished  " {
		t.Errorf("ended %s", got)
	}
	checkAsked(t, tr, server)
}

func checkAsked(t *testing.T, tr trial, server *scripted.Server) {
	t.Helper()
	_, out := tr.output(t)
	if strings.Count(out, "All done.") != 4 || strings.Contains(out, canary) ||
		!strings.Contains(out, "-acme/big-acme/small\n") {
		t.Errorf("the program printed %s", out)
	}
	agents := ""
	for _, e := range tr.log.Events() {
		if c, ok := e.Payload.(bench.LLMCall); ok {
			agents += e.Agent + " "
			if c.Cost != bench.Dollars(0.014) || c.Error != "" {
				t.Errorf("call %+v", c)
			}
		}
	}
	if agents != "command command s0001 command " || server.Ledger().Cost() != tr.log.Cost() {
		t.Errorf("calls of %s, ledger %v, log %v", agents, server.Ledger().Cost(), tr.log.Cost())
	}
	if tr.notices() != "" {
		t.Errorf("notices %s", tr.notices())
	}
}

// A program that was refused a call for a limit has ended at that limit.
func TestGatewayLimit(t *testing.T) {
	t.Parallel()
	require.Program(t, "curl")
	g, _ := newGateway(t)
	c := metered(asking)
	c.Limits.Cost = bench.Dollars(0.03)
	tr := newLab(t).trial(t, c, bench.Source{})
	if got := tr.through(t, g); got != "limit_cost trial " {
		t.Errorf("ended %s", got)
	}
	if spent := tr.job.Budget.Spent().Cost; spent != bench.Dollars(0.028) {
		t.Errorf("spent %v", spent)
	}
	_, out := tr.output(t)
	if !strings.Contains(out, `"type":"billing_error"`) || !strings.Contains(out, "RESOURCE_EXHAUSTED") {
		t.Errorf("the program printed %s", out)
	}
}

// contained is a program in a container that asks its model, and looks for what else it
// can reach: the host, the engine, other containers, services of clouds, names, IPv6.
const contained = `port=${BENCH_GATEWAY_URL##*:}
body='{"model":"big","max_tokens":100,"messages":[{"role":"user","content":"c"}]}'
bash -c 'exec 3<>/dev/tcp/127.0.0.1/'$port'
printf "POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Api-Key: %s\r\nContent-Length: %s\r\n\r\n%s" \
  "$ANTHROPIC_AUTH_TOKEN" "$1" "$2" >&3; cat <&3' sh ${#body} "$body"
try() { if timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; then echo "REACHED $1"; fi; }
try 172.17.0.1 HOSTPORT; try 172.17.0.1 2375; try 172.17.0.2 80; try 169.254.169.254 80; try 8.8.8.8 53
try 2001:4860:4860::8888 53; try fe80::1 80; try ::1 HOSTPORT; try 127.0.0.1 HOSTPORT
getent hosts example.com && echo "REACHED dns"; [ -S /var/run/docker.sock ] && echo "REACHED engine"
env; ls /sys/class/net; cat /proc/1/environ | tr '\0' '\n'`

// In a container without a network the gateway can be reached, and nothing else. With
// one more can be, which shows that the program would have found it.
func TestGatewayInContainer(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	host, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	_, port, _ := net.SplitHostPort(host.Addr().String())
	for network, reached := range map[string]bool{"none": false, "bridge": true} {
		t.Run(network, func(t *testing.T) {
			g, server := newGateway(t)
			c := metered(strings.ReplaceAll(contained, "HOSTPORT", port))
			tr := dockerLab(t, network).trial(t, c, bench.Source{BaseImage: "bench-test/bullseye"})
			if got := tr.through(t, g); got != "finished  " {
				t.Errorf("ended %s", got)
			}
			_, out := tr.output(t)
			if !strings.Contains(out, "All done.") || strings.Contains(out, "REACHED") != reached ||
				strings.Contains(out, canary) || !strings.Contains(out, "\nlo\n") ||
				strings.Contains(out, "eth0") != reached {
				t.Errorf("the program printed %s", out)
			}
			if server.Ledger().Calls != 1 || tr.log.Cost() != server.Ledger().Cost() {
				t.Errorf("ledger %+v", server.Ledger().Totals)
			}
		})
	}
}

// While a program works, the provider's key is neither in the memory nor in the
// environment of any process of its sandbox, the helper's among them, and not in the log.
func TestGatewayKey(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are looked into as Linux shows them")
	}
	require.Program(t, "curl")
	g, server := newGateway(t)
	dir := t.TempDir()
	tr := newLab(t).trial(t, metered(asking+`
mkfifo `+dir+`/seen; >`+dir+`/asked; cat `+dir+`/seen`), bench.Source{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if got := tr.through(t, g); got != "finished  " {
			t.Errorf("ended %s", got)
		}
	})
	for { // the program ends the wait, or the test's time does
		if _, err := os.Stat(dir + "/asked"); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	own := searched(t, os.Getpid())
	if !strings.Contains(own, canary) {
		t.Error("the key is not found where it is")
	}
	inside := descendants(t, os.Getpid())
	if len(inside) < 3 { // a helper, a reaper, a shell
		t.Errorf("processes %v", inside)
	}
	for _, pid := range inside {
		if strings.Contains(searched(t, pid), canary) {
			t.Errorf("process %d has the key", pid)
		}
	}
	if err := os.WriteFile(dir+"/seen", nil, 0o644); err != nil {
		t.Error(err)
	}
	wg.Wait()
	for _, e := range tr.log.Events() {
		said, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range e.Bodies {
			said = append(said, b...)
		}
		if strings.Contains(string(said), canary) {
			t.Errorf("the log has it: %s", said)
		}
	}
	if server.Ledger().Calls != 4 {
		t.Errorf("ledger %+v", server.Ledger().Totals)
	}
}

// descendants are the processes below one.
func descendants(t *testing.T, parent int) (all []int) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may have ended
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			all = append(append(all, pid), descendants(t, pid)...)
		}
	}
	return all
}

// searched is what a process has in its memory and its environment.
func searched(t *testing.T, pid int) string {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	var out strings.Builder
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") ||
			to-from > 1<<30 {
			continue // what is only read came with the program; what is as large is the race detector's
		}
		for at := from; at < to; at += 1 << 20 {
			page := make([]byte, min(1<<20, to-at))
			n, _ := mem.ReadAt(page, at) // some is mapped and not there
			if i := strings.Index(string(page[:n]), canary[:len(canary)-1]); i >= 0 {
				out.Write(page[i:min(n, i+100)])
			}
		}
	}
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		t.Fatal(err)
	}
	out.Write(environ)
	return out.String()
}
