package deploytest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/net/quic"
)

// serveHTTP3 lets a QUIC server answer the handshakes of HTTP/3 clients at an
// address and port with a certificate. It answers no requests.
func (n *Network) serveHTTP3(at netip.AddrPort, certificate tls.Certificate) {
	endpoint := must(quic.Listen("udp", "127.0.0.1:0", &quic.Config{TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h3"},
	}}))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.udp[at] = endpoint.LocalAddr()
	n.running.Go(func() {
		<-n.done
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = endpoint.Close(over) // whoever is still connected is cut off
	})
}

// ListenUDP opens a loopback socket to talk to an address of this network
// with, and gives where the address is reached. Where nothing listens the
// network says so at once, unless [Network.BlockUDP] makes all of it silent.
func (n *Network) ListenUDP(ctx context.Context, at netip.AddrPort) (net.PacketConn, netip.AddrPort, error) {
	n.mu.Lock()
	to, blocked := n.udp[at], n.udpBlocked
	n.mu.Unlock()
	if !to.IsValid() && !blocked {
		return nil, netip.AddrPort{}, &net.OpError{Op: "dial", Net: "udp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	socket, err := new(net.ListenConfig).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err == nil && blocked {
		to = socket.LocalAddr().(*net.UDPAddr).AddrPort() // nobody there speaks QUIC
	}
	return socket, to, err
}

// BlockUDP lets every datagram go unanswered, as a firewall on the way does.
func (n *Network) BlockUDP() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.udpBlocked = true
}

// advertiseHTTP3 adds an Alt-Svc field for a port to every answer.
func advertiseHTTP3(h http.Handler, port uint16) http.Handler {
	field := `h3=":` + strconv.Itoa(int(port)) + `"; ma=86400`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Alt-Svc", field)
		h.ServeHTTP(w, r)
	})
}
