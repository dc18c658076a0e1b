//go:build !hostile

package page

import "time"

// TestLinear is mild here, for machines that are slow or busy and for the race
// detector; build tag hostile makes it a measurement.
const (
	linearSize  = 128 << 10
	linearLimit = 2 * time.Second
)
