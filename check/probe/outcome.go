package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/h2"
	"github.com/tlsgate/tlsgate/check/probe/http1"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
	"github.com/tlsgate/tlsgate/check/probe/proxy"
	"github.com/tlsgate/tlsgate/check/probe/tlsclient"
	"github.com/tlsgate/tlsgate/check/text"
)

// maxError bounds the text kept of an error, in bytes.
const maxError = 200

// The causes with which the context of a target ends. What was not known by
// then is not verified.
var (
	errDeadline    = errors.New("the deadline of the target ended")
	errInterrupted = errors.New("the run was interrupted")
	// errSilent ends what else is asked of a port that did not answer the first request.
	errSilent = errors.New("the port did not answer another request either")
)

// errNoPlace says that an attempt's time went by before it could begin.
var errNoPlace = errors.New("other connections of this run took the time")

// ended is why the context of a target ended; nil if it did not.
func ended(ctx context.Context) error {
	switch cause := context.Cause(ctx); cause {
	case errDeadline, errInterrupted, errSilent:
		return cause
	}
	return nil
}

// outcome turns an error into a fact: how far an attempt got, and the
// error's own words. Connected tells whether the TCP connection stood. The
// context is the attempt's: where it ended with the target's, nothing follows
// from the error.
func outcome(ctx context.Context, err error, connected bool) (fact.Outcome, string) {
	if err == nil {
		return fact.Answered, ""
	}
	if cause := ended(ctx); cause != nil {
		return fact.OutOfTime, cause.Error()
	}
	return classify(err, connected), text.Clip(words(err), maxError)
}

func classify(err error, connected bool) fact.Outcome {
	var dns *net.DNSError
	var refusal *proxy.Error
	switch {
	case errors.As(err, &refusal):
		return fact.ProxyError
	case errors.As(err, &dns) && dns.IsNotFound:
		return fact.NoSuchName
	case neterr.IsTimeout(err):
		return fact.TimedOut
	case errors.Is(err, syscall.ECONNREFUSED), !connected && neterr.IsReset(err):
		// A reset before the connection stood comes of a proxy that answers
		// every SYN, and has nothing behind the port.
		return fact.Refused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH),
		errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT),
		// What Linux makes of ICMP's "administratively prohibited" and the like.
		errors.Is(err, syscall.EACCES), errors.Is(err, syscall.ENOPROTOOPT),
		errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.ENETDOWN):
		return fact.Unreachable
	case connected && neterr.IsReset(err), connected && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)),
		isAlert(err):
		return fact.BrokenOff
	case isMalformed(err):
		return fact.Malformed
	}
	return fact.Failed
}

// transient reports whether trying again may help: a reset, a timeout or a
// temporary failure of the resolver, and nothing else.
func transient(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsTemporary || dns.IsTimeout
	}
	if refusal, ok := errors.AsType[*proxy.Error](err); ok {
		return refusal.Again
	}
	two, ok := errors.AsType[*h2.Error](err)
	return neterr.IsTimeout(err) || neterr.IsReset(err) || ok && two.Again
}

// isAlert reports whether the peer ended the connection with a TLS alert.
func isAlert(err error) bool {
	var alert tlsclient.AlertError
	return errors.As(err, &alert)
}

// isMalformed reports whether the peer answered in another protocol.
func isMalformed(err error) bool {
	var broken *tlsclient.ProtocolError
	var one *http1.Error
	var two *h2.Error
	return errors.As(err, &broken) && broken.NotTLS || errors.As(err, &one) && one.NotHTTP || errors.As(err, &two) && two.NotHTTP
}

// words is the useful text of an error.
func words(err error) string { return neterr.Text(err) }
