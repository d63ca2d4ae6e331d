"""A small agent that speaks the Agent Client Protocol, well or badly.

usage: agent.py SCENARIO
"""
import json
import os
import subprocess
import sys
import time
import urllib.request

out = sys.stdout.buffer
last = 0
session = "sess-1"
cancelled = False


def send(**message):
    line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False)
    out.write(line.encode() + b"\n")
    out.flush()


def receive():
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def ask(method, params):
    """A request to the client: its answer, whatever comes before it."""
    global last, cancelled
    last += 1
    send(id=last, method=method, params=params)
    while True:
        m = receive()
        if m.get("id") == last and "method" not in m:
            return m
        if m.get("method") == "session/cancel":
            cancelled = True


def update(what, **fields):
    send(method="session/update",
         params={"sessionId": session, "update": {"sessionUpdate": what, **fields}})


def say(text, kind="agent_message_chunk"):
    update(kind, content={"type": "text", "text": text})


def allowed(call, options=("allow_once", "reject_once"), **fields):
    m = ask("session/request_permission", {
        "sessionId": session, "toolCall": {"toolCallId": call, **fields},
        "options": [{"optionId": "o-" + k, "name": k, "kind": k} for k in options]})
    return m["result"]["outcome"].get("optionId", m["result"]["outcome"]["outcome"])


def run(call, command):
    """A command, as a tool call that needs permission."""
    given = {"command": command}
    if scenario.startswith("work-"):  # an id of its own
        call = call + "-own"
    if scenario == "work-bare":
        given = {}
    update("tool_call", toolCallId=call, title="`" + command + "`", kind="execute",
           status="pending", rawInput=given)
    answer = allowed(call)
    if not answer.startswith("o-allow"):
        update("tool_call_update", toolCallId=call, status="failed",
               content=[{"type": "content", "content": {"type": "text", "text": "not allowed"}}])
        return "not allowed"
    update("tool_call_update", toolCallId=call, status="in_progress")
    p = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    update("tool_call_update", toolCallId=call,
           status="completed" if p.returncode == 0 else "failed", rawOutput=p.stdout + p.stderr)
    return p.stdout + p.stderr


def complete(messages):
    """One call of the model, through the gateway."""
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json.dumps({"model": os.environ["BENCH_MODEL"], "max_tokens": 100, "messages": messages,
                    "tools": [{"type": "function", "function": {"name": "terminal"}}]}).encode(),
        {"Content-Type": "application/json",
         "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]})
    with urllib.request.urlopen(request, timeout=30) as f:
        return json.load(f)["choices"][0]["message"]


def work(prompt):
    """A loop of a model and a terminal."""
    messages = [{"role": "user", "content": prompt}]
    while True:
        message = complete(messages)
        messages.append(message)
        if message.get("content"):
            say(message["content"])
        if not message.get("tool_calls"):
            return "end_turn"
        for c in message["tool_calls"]:
            command = json.loads(c["function"]["arguments"])["command"]
            messages.append({"role": "tool", "tool_call_id": c["id"],
                             "content": run(c["id"], command)})


def well(prompt):
    update("available_commands_update", availableCommands=[])
    say("I look ", "agent_thought_chunk")
    say("first.", "agent_thought_chunk")
    update("plan", entries=[{"content": "Write", "priority": "high", "status": "pending"}])
    say("Reading.")
    update("tool_call", toolCallId="r", title="Read README", kind="read", status="in_progress",
           locations=[{"path": os.getcwd() + "/README", "line": 1}])
    update("tool_call_update", toolCallId="r", status="completed",
           content=[{"type": "content", "content": {"type": "text", "text": open("README").read()}}])
    run("w", "echo changed >README")
    update("current_mode_update", currentModeId="code")
    update("usage_update", used=53000, size=200000, cost={"amount": 0.045, "currency": "USD"})
    say("All ")
    say("done.")
    print("noise: " + prompt.split()[0], file=sys.stderr)
    return "end_turn"


def odd(prompt):
    print("Welcome to the agent!", flush=True)
    out.write(b"\xff\xfe{\n\n[1,2]\n{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}\n")
    send(method="_vendor/progress", params={"n": 1})
    update("future_update", anything=[1])
    update("tool_call", title="nobody's")
    update("tool_call_update", toolCallId="late", status="completed", title="late")
    for method in ("fs/read_text_file", "fs/write_text_file", "terminal/create", "_vendor/ask"):
        m = ask(method, {"sessionId": session, "path": "/etc/passwd", "content": "x"})
        if m["error"]["code"] != -32601:
            return "unexpected"
    if allowed("a", options=("reject_once",)) != "cancelled":
        return "unexpected"
    if allowed("b", options=("allow_always", "reject_once")) != "o-allow_always":
        return "unexpected"
    update("tool_call", toolCallId="open", title="never over", status="in_progress")
    subprocess.run("echo odd >README", shell=True)
    return "end_turn"


def forever(prompt):
    subprocess.run("echo partly >README", shell=True)
    update("tool_call", toolCallId="t", title="waits", kind="execute", status="in_progress")
    answer = allowed("t")  # of a client that has cancelled: cancelled
    say("waiting " + answer)
    m = receive()
    while m.get("method") != "session/cancel":
        m = receive()
    update("tool_call_update", toolCallId="t", status="failed")
    return "cancelled"


def deaf(prompt):
    with open(os.path.dirname(sys.argv[0]) + "/pid", "w") as f:
        f.write(str(os.getpid()))
    subprocess.run("echo partly >README", shell=True)
    while True:
        time.sleep(1)


def crash(prompt):
    subprocess.run("echo partly >README", shell=True)
    print("Traceback: it broke", file=sys.stderr, flush=True)
    out.write(b"{\"jsonrpc\":")
    out.flush()
    os._exit(3)


def giant(prompt):
    piece = b"x" * (1 << 20)
    out.write(b"{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":\"")
    for _ in range(40):
        out.write(piece)
    out.write(b"\"}\n")
    out.flush()
    return "end_turn"


def flood(prompt):
    for i in range(20100):
        update("tool_call", toolCallId="c%d" % i, title="t", status="completed", rawOutput="x")
    for i in range(3000):
        say("y" * 1000)
    print("z" * 200000, file=sys.stderr)
    return "end_turn"


class Refused(Exception):
    pass


def fails(prompt):
    raise Refused


scenario = sys.argv[1]
turns = {"well": well, "work": work, "work-own": work, "work-bare": work, "odd": odd, "forever": forever, "deaf": deaf, "crash": crash,
         "giant": giant, "flood": flood, "fails": fails}


def serve():
    global session
    while True:
        m = receive()
        method, i, p = m.get("method"), m.get("id"), m.get("params", {})
        if method == "initialize":
            caps = p["clientCapabilities"]
            if caps["terminal"] or caps["fs"]["readTextFile"] or caps["fs"]["writeTextFile"]:
                sys.exit("offers what it does not serve")
            if scenario == "mute":
                continue
            version = 2 if scenario == "version" else p["protocolVersion"]
            send(id=i, result={"protocolVersion": version, "agentCapabilities": {},
                               "agentInfo": {"name": "tiny", "version": "1.2"},
                               "authMethods": [{"id": "key", "name": "Key"},
                                               {"id": "login", "name": "L", "type": "terminal"}]})
        elif method == "authenticate":
            scenario_done.add(p["methodId"])
            send(id=i, result=None)
        elif method == "session/new":
            if scenario == "locked" and "key" not in scenario_done:
                send(id=i, error={"code": -32000, "message": "Authentication required"})
                continue
            if p["mcpServers"] != [] or os.path.realpath(p["cwd"]) != os.path.realpath(os.getcwd()):
                sys.exit("another directory: " + p["cwd"])
            send(id=i, result={"sessionId": session, "modes": {
                "currentModeId": "ask", "availableModes": [{"id": "ask", "name": "A"},
                                                           {"id": "code", "name": "C"}]}})
        elif method == "session/set_mode":
            scenario_done.add(p["modeId"])
            send(id=i, result={})
        elif method == "session/prompt":
            text = "".join(b["text"] for b in p["prompt"])
            if scenario in ("max_tokens", "max_turn_requests", "refusal", "cancelled", "bored"):
                send(id=i, result={"stopReason": scenario})
                continue
            if scenario in ("locked", "mode"):
                say(" ".join(sorted(scenario_done)))
                send(id=i, result={"stopReason": "end_turn"})
                continue
            try:
                reason = turns[scenario](text)
                send(id=str(i), result={"stopReason": reason})
            except Refused:
                send(id=i, error={"code": -32603, "message": "Internal error",
                                  "data": {"details": "no credit"}})


scenario_done = set()
serve()
