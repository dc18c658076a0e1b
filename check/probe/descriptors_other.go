//go:build !unix

package probe

import "math"

// descriptors is how many files the process may have open: here there is no limit
// that can be asked for.
func descriptors() int { return math.MaxInt32 }
