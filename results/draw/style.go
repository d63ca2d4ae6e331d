package draw

import _ "embed"

// Style is the style sheet of pictures, in light and dark.
//
//go:embed style.css
var Style string
