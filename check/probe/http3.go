package probe

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
	"github.com/tlsgate/tlsgate/check/probe/http3"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

const (
	// http3Patience bounds a QUIC handshake: a lost first packet is sent
	// again within it, and what UDP keeps from us is no finding.
	http3Patience = 3 * time.Second
	// enoughSilence is how many QUIC handshakes without any answer, and none
	// with one, show that UDP is blocked on the way.
	enoughSilence = 3
)

// A udpRecord is what a run has learned about UDP on the way out.
type udpRecord struct{ silent, answered atomic.Int32 }

// blocked reports whether nothing gets through by UDP.
func (u *udpRecord) blocked() bool {
	return u.silent.Load() >= enoughSilence && u.answered.Load() == 0
}

// note keeps what a handshake showed of the way.
func (u *udpRecord) note(h fact.Handshake) {
	if h.Outcome == fact.TimedOut {
		u.silent.Add(1)
	} else {
		u.answered.Add(1)
	}
}

// http3 makes the handshake of HTTP/3 clients, where the answer over TLS (RFC
// 7838) or an HTTPS record (RFC 9460 section 7.1) advertises HTTP/3; the zero
// value where neither does.
func (p *Prober) http3(ctx context.Context, t fact.Target, a netip.Addr, x fact.Exchange, dns func() fact.Services) fact.Handshake {
	services := fact.ParseAltSvc(x.Values("Alt-Svc"))
	if len(services) == 0 {
		services = dns().HTTP3(t.Port)
	}
	if len(services) == 0 {
		return fact.Handshake{}
	}
	at := netip.AddrPortFrom(a, services[0].Port)
	h := fact.Handshake{Address: portText(at)}
	if p.gateway != nil {
		h.Outcome, h.Error = fact.Skipped, "HTTP/3 does not go through a proxy"
		return h
	}
	if host := services[0].Host; host != "" && host != t.Host {
		addrs, r := p.resolve(ctx, host, services[0].Port)
		if len(addrs) == 0 {
			h.Address, h.Outcome, h.Error = "", r.Outcome, "the alternative host '"+fact.Clip(host, 100)+"' does not resolve"
			return h
		}
		at = netip.AddrPortFrom(addrs[0], services[0].Port)
		h.Address = at.String()
	}
	if page.BlockedPort(at.Port()) && at.Port() != t.Port {
		h.Outcome, h.Error = fact.Skipped, blockedPort(at.Port())
		return h
	}
	if why := p.barred(at.Addr()); why != "" {
		h.Outcome, h.Error = fact.Skipped, "the address is not external: "+why
		return h
	}
	if p.udp.blocked() {
		h.Outcome, h.Error = fact.Skipped, "UDP seems to be blocked on the way"
		return h
	}
	if t.IP().IsValid() {
		return p.http3Once(ctx, at, "")
	}
	return p.http3Once(ctx, at, t.Host)
}

// http3Once makes one handshake.
func (p *Prober) http3Once(ctx context.Context, at netip.AddrPort, serverName string) fact.Handshake {
	if !p.sockets.take(ctx, 1) {
		return fact.Handshake{Address: at.String(), Outcome: fact.OutOfTime, Error: errNoPlace.Error()}
	}
	defer p.sockets.give(1)
	target := ctx
	ctx, cancel := context.WithTimeout(ctx, min(p.Timeout, http3Patience))
	defer cancel()
	socket, to, err := p.ListenUDP(ctx, at)
	if err != nil {
		return fact.Handshake{Address: at.String(), Outcome: fact.Unreachable, Error: neterr.Text(err)}
	}
	memory := p.answers.share()
	defer memory.release()
	h := http3.Handshake(ctx, &holdingPackets{socket, ctx, memory}, to, serverName)
	h.Address = at.String()
	if !p.evidence.keepCertificates(h.Chain, h.Staple) {
		return fact.Handshake{Address: h.Address, Connected: h.Connected, Outcome: fact.Failed, Error: errEvidence.Error()}
	}
	if cause := ended(target); cause != nil && h.Outcome != fact.Answered {
		h.Outcome, h.Error = fact.OutOfTime, cause.Error()
		return h
	}
	p.udp.note(h)
	return h
}

// listenUDP opens a socket of the operating system.
func listenUDP(ctx context.Context, at netip.AddrPort) (net.PacketConn, netip.AddrPort, error) {
	socket, err := new(net.ListenConfig).ListenPacket(ctx, "udp", "")
	return socket, at, err
}
