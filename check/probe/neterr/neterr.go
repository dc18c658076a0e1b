// Package neterr tells the errors of network connections apart.
package neterr

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// IsTimeout reports whether time ran out.
func IsTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, syscall.ETIMEDOUT) || ok && ne.Timeout()
}

// IsReset reports whether the peer, or something on the path, aborted the
// connection.
func IsReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}

// Text is the innermost useful text of an error, without the addresses, which
// an observation has already.
func Text(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case IsTimeout(err):
		return "timed out"
	case errors.As(err, &dns):
		return dns.Err
	case errors.As(err, &op) && op.Op != "remote error":
		return Text(op.Err)
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		return sys.Err.Error()
	}
	return err.Error()
}
