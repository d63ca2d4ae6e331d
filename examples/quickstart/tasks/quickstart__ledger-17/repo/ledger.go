// Package ledger is a small double-entry ledger; the work is done by the packages
// money, book and export. Its tests are here, because most of them go through
// more than one of those.
package ledger
