package progress

import "time"

// Overall is the line about the run as it is now.
func (p *Plain) Overall() string { return p.state.overall(time.Now()) }
