// Package view serves the pages of runs on this machine, straight from their database.
//
//  1. A Server answers GET and HEAD alone, and no request that was sent to another name
//     than this machine's, as a page of somebody else's would send it whose name was
//     made to lead here (server.go).
//  2. Pages are made one at a time, however many ask for them, and never kept: what a
//     server needs is what one page needs (pages.go).
package view
