package pricing_test

import (
	"fmt"

	"bench/llm/pricing"
)

func ExampleLookup() {
	price, known := pricing.Lookup("anthropic/claude-opus-5")
	fmt.Println(price.ID, price.Input.USDPerMillion(), known)
	_, known = pricing.Lookup("somebody/else")
	fmt.Println(known)
	// Output:
	// prices-2026-11-29/claude-opus-5 5 true
	// false
}
