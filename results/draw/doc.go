// Package draw draws the pictures of a report as SVG, PNG and PDF. It decides nothing:
// what is drawn, with its intervals, comes from packages compare, verdict and timeline.
//
//  1. Picture collects shapes with classes (picture.go); everything it is told is cleaned.
//  2. Scale turns values into places, and finds round ticks (scale.go).
//  3. One file for each kind of picture.
//  4. What a class looks like is said once (paint.go): as a style sheet for pages, in
//     light and dark, and shape by shape on the white paper of files.
//  5. svg.go, png.go and pdf.go write shapes; the latter two bring their font.
//
// Series differ in colours that every kind of colour vision tells apart, and in marks,
// dashes and hatching besides, so that grey print does.
package draw
