package datasets_test

import (
	"context"
	"fmt"

	"bench/datasets"
)

func ExampleLoad() {
	set, err := datasets.Load(context.Background(), datasets.Options{
		Path:      "testdata/good/rows.jsonl",
		Selection: datasets.Selection{Filter: "^acme__", Slice: ":1"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, task := range set.Tasks {
		fmt.Println(task.InstanceID, task.Repo, task.FailToPass)
	}
	fmt.Println(len(set.Tasks), "of", set.Rows)
	// Output:
	// acme__rocket-1 acme/rocket [test_a]
	// 1 of 2
}
