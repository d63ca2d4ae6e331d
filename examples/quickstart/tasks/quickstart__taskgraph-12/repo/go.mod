module example.com/taskgraph

go 1.24
