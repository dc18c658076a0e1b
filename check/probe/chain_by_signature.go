package probe

import (
	"bytes"
	"context"
	"errors"
	"net/netip"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/clienthello"
	"github.com/tlsgate/tlsgate/check/probe/tlsclient"
)

// chainBySignature asks a TLS 1.3 port for the chain of the kind that a
// current client was not shown. In TLS 1.3 servers choose the certificate by
// the hello's signature algorithms, not by its cipher suites (RFC 8446 section
// 4.4.2.2), and encrypt it.
func (p *Prober) chainBySignature(ctx context.Context, at netip.AddrPort, current fact.Handshake, c *fact.Capabilities) {
	if current.Version < clienthello.TLS13 || len(current.Chain) == 0 {
		return
	}
	into, signatures := &c.RSATLS13, tlsclient.RSASignatures()
	if tlsclient.HasRSAKey(current.Chain[0]) {
		into, signatures = &c.ECDSATLS13, tlsclient.ECDSASignatures()
	}
	config := tlsclient.Config{
		ServerName: current.ServerName, Versions: []uint16{clienthello.TLS13},
		Groups: tlsclient.ClassicGroups(), Signatures: signatures, Protocols: requestOptions{}.protocols(),
	}
	p.retry(ctx, func(ctx context.Context) error {
		c.Connections++
		v, err := p.connect(ctx, at, p.patience(answerPatience))
		if err != nil {
			into.Detail = fact.Clip(words(err), maxError)
			return err
		}
		defer v.end()
		held := p.holding(v.ctx, v.Conn, handshakeCopies)
		defer held.letGo()
		client := tlsclient.Client(held, config)
		err = client.Handshake(v.ctx)
		*into = chainOffer(client.State().Chain, current.Chain, err)
		p.evidence.keepOffer(into)
		return err
	})
}

// chainOffer is what a handshake with signatures of one kind showed. A server
// that has no certificate of the kind sends an alert, or its other one.
func chainOffer(chain, current [][]byte, err error) fact.ChainOffer {
	var o fact.ChainOffer
	var alert tlsclient.AlertError
	switch {
	case len(chain) > 0 && bytes.Equal(chain[0], current[0]):
		o.Answer, o.Detail = fact.Declined, "it showed the certificate of the other kind"
	case len(chain) > 0:
		o.Answer, o.Detail, o.Chain = fact.Accepted, "its Certificate message", chain
	case errors.As(err, &alert):
		o.Answer, o.Detail = fact.Declined, "alert '"+clienthello.Alert(alert).String()+"'"
	case err != nil:
		o.Detail = fact.Clip(words(err), maxError)
	}
	return o
}
