// Package draw draws the pictures of a report as SVG: cost against resolved rate,
// stacked bars, curves, and the timeline of a trial. It decides nothing: what is
// drawn, with its intervals, comes from packages compare, verdict and timeline.
//
//  1. Picture collects elements; everything it is told is escaped (picture.go).
//  2. Scale turns values into places, and finds round ticks (scale.go).
//  3. One file for each kind of picture.
//
// Colours are classes, which Style gives a meaning in light and dark. Series
// differ in shape and in dashes besides, so that grey print tells them apart.
package draw
