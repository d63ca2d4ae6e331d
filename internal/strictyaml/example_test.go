package strictyaml_test

import (
	"fmt"

	"bench/internal/strictyaml"
)

func ExampleDecoder() {
	text := []byte("size: large\ncolr: red\n")
	tree, errs := strictyaml.Parse(strictyaml.NewSource("shirt.yaml", text), text)
	var shirt struct {
		Size  string `json:"size" jsonschema:"enum=small,enum=big"`
		Color string `json:"color"`
	}
	var d strictyaml.Decoder
	d.Decode(tree, &shirt)
	fmt.Println(append(errs, d.Errors...).Sorted())
	// Output:
	// shirt.yaml:1:7: size: expected small or big, found "large"
	//    1 | size: large
	//      |       ^~~~~
	//
	// shirt.yaml:2:1: unknown key "colr" in the top level
	//    2 | colr: red
	//      | ^~~~
	//      = did you mean color? the keys here are color and size
}
