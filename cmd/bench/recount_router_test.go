package main

import (
	"math"
	"time"

	"bench"
	"bench/llm"
)

// routedOf is a configuration of which the dear model takes the first turn and those
// after failed tests; from the third turn on somebody is asked, and the rest is small's.
func routedOf(name string, big, small, asked bench.Model) bench.Configuration {
	from := func(fact bench.RouteFact, least, most int64) bench.RouteCondition {
		c := bench.RouteCondition{Fact: fact, Range: bench.Range{Min: least}}
		if most < math.MaxInt64 {
			c.Max = &most
		}
		return c
	}
	return bench.Configuration{
		Name: name, Kind: bench.KindRouter, Main: small, MaxParallelTools: 8,
		Router: &bench.Router{
			Models: []bench.Model{big}, Tests: `^check`,
			Rules: []bench.RouteRule{
				{Model: big.Name, When: []bench.RouteCondition{from(bench.FactTurn, 1, 1)}},
				{Model: big.Name, When: []bench.RouteCondition{from(bench.FactFailedTests, 1, math.MaxInt64)}},
				{Model: small.Name, When: []bench.RouteCondition{from(bench.FactTurn, 2, 2)}},
			},
			Ask: &bench.RouteAsk{Model: asked, Choices: []bench.RouteChoice{
				{Model: big.Name, When: "it is hard"}, {Model: small.Name, When: "it is easy"},
			}},
		},
	}
}

// routedPlay has the models change by rules, as one that is asked says, and by default.
func routedPlay(p play, name string) {
	second := time.Second
	thinks := func(r *llm.Response) {
		r.Message = llm.Answer{Text: r.Message.Text, ToolCalls: r.Message.ToolCalls,
			Extra: []byte(`{"reasoning_content":"Hm."}`)}.Message()
		r.Usage.CacheWrite1h = r.Usage.CacheWrite / 2
	}
	p[name+" single"] = []said{
		{after: 3 * second, calls: []llm.ToolCall{terminal("cat a.txt")},
			usage: tokens(1500, 0, 1400, 40), more: thinks},
		{after: 2 * second, calls: []llm.ToolCall{newFile("new.txt", "right\n")},
			usage: tokens(1700, 0, 0, 60)},
		{after: 4 * second, calls: []llm.ToolCall{terminal("cat b.txt"), terminal("sleep 400")},
			usage: tokens(1900, 1400, 450, 30), more: thinks},
		{after: 2 * second, calls: []llm.ToolCall{terminal("echo right >more.txt")},
			usage: tokens(2100, 1500, 0, 30)},
		{after: 2 * second, calls: []llm.ToolCall{terminal("cat more.txt")},
			usage: tokens(2200, 2000, 0, 9)},
		{after: 2 * second, text: "Done.", usage: tokens(2400, 1900, 450, 9)},
	}
	p[name+" router"] = []said{
		{}, {},
		{after: second, text: "big", usage: tokens(300, 0, 0, 2)},
		{after: second, text: "small.", usage: tokens(320, 0, 0, 2)},
		{after: second, text: "either big or small", usage: tokens(340, 0, 0, 4)},
		{after: second, text: "`big`", usage: tokens(360, 0, 0, 2)},
	}
}
