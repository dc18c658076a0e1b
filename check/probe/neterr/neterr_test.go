package neterr

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestErrors(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: err}
	}
	for _, tc := range []struct {
		err            error
		timeout, reset bool
		text           string
	}{
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), false, false, "connection refused"},
		{dial(os.NewSyscallError("read", syscall.ECONNRESET)), false, true, "connection reset by peer"},
		{dial(os.NewSyscallError("connect", syscall.ETIMEDOUT)), true, false, "timed out"},
		{context.DeadlineExceeded, true, false, "timed out"},
		{os.ErrDeadlineExceeded, true, false, "timed out"},
		{&net.DNSError{Err: "no such host", Name: "a.example", IsNotFound: true}, false, false, "no such host"},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, false, false, "remote error: tls: handshake failure"},
	} {
		if IsTimeout(tc.err) != tc.timeout || IsReset(tc.err) != tc.reset || Text(tc.err) != tc.text {
			t.Errorf("%v: timeout %t, reset %t, %q", tc.err, IsTimeout(tc.err), IsReset(tc.err), Text(tc.err))
		}
	}
}
