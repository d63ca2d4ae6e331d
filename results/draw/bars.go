package draw

import "bench/internal/width"

// Part is one piece of a bar.
type Part struct {
	Value  float64
	Series int
	Tip    string
}

// Bar is a row of a chart: pieces one after another.
type Bar struct {
	Label string
	Parts []Part
	Total string // what stands at its end
}

// The measures of bars.
const (
	barHeight, barStep = 18.0, 26.0
	barLabel, barTotal = 150.0, 110.0
	barTop             = 26.0 // room for the legend
)

// Bars draws rows of stacked bars on one scale from 0 on.
func Bars(bars []Bar, legend []Legend, title string) *Picture {
	p := New(plotWidth, barTop+barStep*float64(len(bars))+8, title+": "+names(legend))
	p.legend(barLabel, 4, legend)
	most := 0.0
	for _, b := range bars {
		most = max(most, b.sum())
	}
	s := scale{hi: most, from: barLabel, to: plotWidth - barTotal}
	for i, b := range bars {
		y := barTop + 4 + barStep*float64(i)
		p.text("name", barLabel-8, y+13, End, width.Clip(b.Label, 22))
		sum := 0.0
		for _, part := range b.Parts {
			if part.Value <= 0 || most == 0 {
				continue
			}
			from := s.at(sum)
			sum += part.Value
			p.area(part.Series, from, y, s.at(sum)-from, barHeight, part.Tip)
		}
		end := barLabel
		if most > 0 {
			end = s.at(sum)
		}
		p.text("tick", end+6, y+13, Start, b.Total)
	}
	return p
}

func (b Bar) sum() (total float64) {
	for _, p := range b.Parts {
		total += max(p.Value, 0)
	}
	return total
}
