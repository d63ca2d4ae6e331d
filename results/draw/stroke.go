package draw

import "math"

// pieces is how many lines stand for a curve.
const pieces = 12

// flat is a path as lines of points; those that return have their beginning again at
// the end.
func (p path) flat() (lines [][]point) {
	for _, s := range p {
		last := len(lines) - 1
		switch s.kind {
		case move:
			lines = append(lines, []point{s.to[0]})
		case line:
			lines[last] = append(lines[last], s.to[0])
		case curve:
			from := lines[last][len(lines[last])-1]
			for i := 1; i <= pieces; i++ {
				lines[last] = append(lines[last], cubic(from, s.to, float64(i)/pieces))
			}
		case shut:
			lines[last] = append(lines[last], lines[last][0])
		}
	}
	return lines
}

// cubic is the point of a curve at t, from 0 to 1 (de Casteljau).
func cubic(from point, to [3]point, t float64) point {
	mix := func(a, b point) point { return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t} }
	a, b, c := mix(from, to[0]), mix(to[0], to[1]), mix(to[1], to[2])
	return mix(mix(a, b), mix(b, c))
}

// stroked are the areas that a pen of a width covers along lines, dashed by lengths
// that are to be scaled.
func stroked(lines [][]point, width float64, dash []float64, scale float64) (areas [][]point) {
	for _, points := range lines {
		for _, part := range dashed(points, dash, scale) {
			for i, to := range part[1:] {
				if area := quad(part[i], to, width/2); area != nil {
					areas = append(areas, area)
				}
				if i > 0 { // a joint
					areas = append(areas, disc(part[i], width/2))
				}
			}
		}
	}
	return areas
}

// quad is the area along a line; all run round the same way, so that none takes from
// another what both cover.
func quad(from, to point, half float64) []point {
	dx, dy := to.x-from.x, to.y-from.y
	long := math.Hypot(dx, dy)
	if long == 0 {
		return nil
	}
	x, y := -dy/long*half, dx/long*half
	return []point{from.add(x, y), from.add(-x, -y), to.add(-x, -y), to.add(x, y)}
}

// disc is the area round a point, run round as a quad is.
func disc(at point, r float64) (out []point) {
	for i := range 8 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 4)
		out = append(out, at.add(r*cos, r*sin))
	}
	return out
}

// dashed cuts a line into the parts of it that are drawn.
func dashed(points []point, dash []float64, scale float64) (parts [][]point) {
	if dash == nil {
		return [][]point{points}
	}
	on, i, left := true, 0, dash[0]*scale
	part := []point{points[0]}
	for n, to := range points[1:] {
		from := points[n]
		for {
			long := math.Hypot(to.x-from.x, to.y-from.y)
			if long <= left {
				left -= long
				break
			}
			from = point{from.x + (to.x-from.x)*left/long, from.y + (to.y-from.y)*left/long}
			if on {
				parts = append(parts, append(part, from))
			}
			on, i = !on, (i+1)%len(dash)
			part, left = []point{from}, dash[i]*scale
		}
		part = append(part, to)
	}
	if on && len(part) > 1 {
		parts = append(parts, part)
	}
	return parts
}
