module example.com/recur

go 1.24
