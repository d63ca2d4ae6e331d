// Package datasets reads tasks: SWE-bench rows from .jsonl, .json and .parquet
// files (plain, .gz or .zst), directories with one file per split, and task
// folders, which are tasks of one's own.
//
// Load streams the rows of a source, checks each, fingerprints all of them and
// keeps the selected ones. Whatever is wrong with the data is an Errors that
// names file, row and field.
package datasets
