// Package regrade judges stored logs again: many files, all cores, in order,
// and never more of them in memory than are being judged.
package regrade
