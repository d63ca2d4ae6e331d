// Package page writes a comparison and its trials as one HTML file that needs no
// server and no network.
//
//  1. Write reads what a page is made of and writes it (page.go). Sections are
//     drawn here, by html/template and package draw; the script in page.js only
//     opens trials, sorts and filters.
//  2. What a reader opens one at a time is packed: a trial's card, and the
//     conversation of its agents, are HTML that gzip has made small and the
//     browser's own DecompressionStream makes large again (pack.go).
//  3. Nothing that a model, a repository or a test has written can act: templates
//     escape it, draw.Clean takes control characters away, and the page's
//     Content-Security-Policy allows its own script and style alone.
package page
