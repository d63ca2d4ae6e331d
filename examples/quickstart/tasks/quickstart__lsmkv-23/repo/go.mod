module example.com/lsmkv

go 1.24
