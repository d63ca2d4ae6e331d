// Package chart makes pictures of comparisons and trends: what is to be drawn of which
// numbers. How it looks is in package draw. The report and bench plot show the same.
package chart
