package scripted_test

import (
	"fmt"
	"net/http"
	"strings"

	"bench/llm/scripted"
)

func Example() {
	script, err := scripted.Parse("hello.yaml", []byte(`
models: {sim: {price: {input: 10, output: 50}}}
rules: [{when: {turn: 1}, say: "Hello.", usage: {input: 100, output: 10}}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := scripted.New(script, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	resp, err := http.Post(url+"/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"sim","messages":[{"role":"user","content":"Hello?"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, server.Ledger().Cost())
	// Output: 200 OK $0.0015
}
