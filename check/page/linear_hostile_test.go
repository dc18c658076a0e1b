//go:build hostile

package page

import "time"

// A second of processor time for a megabyte.
const (
	linearSize  = 1 << 20
	linearLimit = time.Second
)
