package probe

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/netip"

	"github.com/tlsgate/tlsgate/check"
)

// A door is one way in which a port may be talked into serving cleartext. It
// has a connection of its own.
type door struct {
	port uint16
	ask  asker
	into *check.Exchange
}

// doors are the cleartext doors of an address, asked all at once.
func doors(t check.Target, e *check.Endpoint) []door {
	return []door{
		{t.CleartextPort, asker{}, &e.Cleartext},
		{t.CleartextPort, asker{h2c: true}, &e.H2C},
		{t.CleartextPort, asker{webSocket: true}, &e.WebSocket},
		{t.Port, asker{}, &e.CleartextOnTLS},
	}
}

// knock asks the deployment's path at one door, in cleartext. A port that
// drops connections is not asked again once the TLS port of the address is
// known to answer.
func (p *Prober) knock(ctx context.Context, t check.Target, a netip.Addr, d door, tlsConnected func() bool) {
	at := netip.AddrPortFrom(a, d.port)
	p.retry(ctx, func() error {
		x := check.Exchange{URL: cleartextURL(t, d.port), Address: at.String()}
		defer func() { *d.into = x }()
		v, err := p.connect(ctx, at, min(p.Timeout, doorPatience))
		if err == nil {
			defer v.end()
			x.Connected = true
			err = p.ask(v.ctx, v.Conn, d.ask, &x)
		} else {
			x.Outcome, x.Error = outcome(err, false)
		}
		if x.Outcome == check.TimedOut && tlsConnected() {
			return nil
		}
		return err
	})
}

// cleartextURL is the deployment's path at a port, in cleartext.
func cleartextURL(t check.Target, port uint16) string {
	t.CleartextPort = port
	return t.HTTP()
}

// upgrade makes a request the opening handshake of a WebSocket client (RFC
// 6455 section 4.1).
func upgrade(req *http.Request) {
	var nonce [16]byte
	rand.Read(nonce[:])
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(nonce[:]))
	origin := *req.URL
	origin.Path, origin.RawPath, origin.RawQuery = "", "", ""
	req.Header.Set("Origin", origin.String())
}
