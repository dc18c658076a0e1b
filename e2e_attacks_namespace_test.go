//go:build hostile && linux

package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// nameServer is the one of a namespace.
var nameServer = netip.MustParseAddr("203.0.113.53")

// A namespace is a thread in a network namespace of its own, where every
// address is the machine's. Sockets and processes that its functions make are
// there too.
type namespace struct{ work chan func() }

// newNamespace makes a namespace. Where that is not allowed the test is skipped,
// unless TLSGATE_HOSTILE is "required".
func newNamespace(t *testing.T) *namespace {
	t.Helper()
	ns := &namespace{work: make(chan func())}
	go func() {
		runtime.LockOSThread() // the thread ends with it
		for f := range ns.work {
			f()
		}
	}()
	t.Cleanup(func() { close(ns.work) })
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	writeFile(t, conf, "nameserver "+nameServer.String()+"\n")
	var err error
	ns.do(func() { err = enterNamespace(conf) })
	switch {
	case err == nil:
	case os.Getenv("TLSGATE_HOSTILE") == "required":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
	return ns
}

// enterNamespace moves the thread.
func enterNamespace(resolvConf string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("namespaces need root: %w", err)
	}
	for _, c := range []string{"link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"} {
		if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", c, err, out)
		}
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	return unix.Mount(resolvConf, "/etc/resolv.conf", "", unix.MS_BIND, "")
}

// do runs a function in the namespace.
func (ns *namespace) do(f func()) {
	done := make(chan struct{})
	ns.work <- func() { defer close(done); f() }
	<-done
}

// serve lets a server answer at all addresses.
func (ns *namespace) serve(t *testing.T, s *insideServer) {
	t.Helper()
	for port, answer := range map[int]func(net.Conn){443: s.tls, 8443: s.tls, 80: s.cleartext} {
		var l net.Listener
		var err error
		ns.do(func() { l, err = net.Listen("tcp", fmt.Sprintf(":%d", port)) })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go answer(c)
			}
		}()
	}
	var names net.PacketConn
	var err error
	ns.do(func() { names, err = net.ListenPacket("udp", nameServer.String()+":53") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { names.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			size, from, err := names.ReadFrom(b)
			if err != nil {
				return
			}
			if reply := deploytest.ReplyTo(b[:size], "udp", s.answer); reply != nil {
				_, _ = names.WriteTo(reply, from) // a client that has gone is no matter
			}
		}
	}()
}

// watch notes from now on to which addresses clients send; stop gives them, and
// what was sent there first.
func (ns *namespace) watch(t *testing.T) (stop func() map[netip.Addr]string) {
	t.Helper()
	var fd int
	var err error
	everything := int(binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}))
	ns.do(func() { fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, everything) })
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 256<<20)
	}
	if err == nil {
		err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000})
	}
	if err != nil {
		t.Fatal(err)
	}
	seen := map[netip.Addr]string{}
	over := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		b := make([]byte, 64<<10)
		for {
			n, _, err := unix.Recvfrom(fd, b, 0)
			if err != nil { // nothing for a while
				select {
				case <-over:
					return
				default:
					continue
				}
			}
			if to, how := sentTo(b[:n]); how != "" && seen[to] == "" {
				seen[to] = how
			}
		}
	})
	return func() map[netip.Addr]string {
		time.Sleep(50 * time.Millisecond) // what is on its way is buffered by then
		close(over)
		reading.Wait()
		_ = unix.Close(fd)
		return seen
	}
}

// sentTo gives where an IP packet goes that opens a connection, or is a client's
// datagram.
func sentTo(packet []byte) (to netip.Addr, how string) {
	var kind byte
	var payload []byte
	switch {
	case len(packet) >= 40 && packet[0]>>4 == 6:
		to, kind, payload = netip.AddrFrom16([16]byte(packet[24:40])), packet[6], packet[40:]
	case len(packet) >= 20 && packet[0]>>4 == 4:
		to, kind, payload = netip.AddrFrom4([4]byte(packet[16:20])), packet[9], packet[min(int(packet[0]&15)*4, len(packet)):]
	}
	if len(payload) < 8 {
		return to, ""
	}
	from, port := binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])
	switch {
	case kind == unix.IPPROTO_TCP && len(payload) >= 20 && payload[13]&0x12 == 0x02: // SYN and no ACK
		return to, fmt.Sprintf("TCP port %d", port)
	case kind == unix.IPPROTO_UDP && from != 53:
		return to, fmt.Sprintf("UDP port %d", port)
	}
	return to, ""
}
