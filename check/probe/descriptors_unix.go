//go:build unix

package probe

import (
	"math"
	"syscall"
)

// descriptors is how many files the process may have open (getrlimit(2)); the
// Go runtime raises the limit as far as it may at the start.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(limit.Cur)
}
