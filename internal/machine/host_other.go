//go:build !linux

package machine

func memory() int64 { return 0 }

func kernel() string { return "" }
