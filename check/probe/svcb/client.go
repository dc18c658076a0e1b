package svcb

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// typeHTTPS is the type of HTTPS records (RFC 9460 section 14.2).
	typeHTTPS = dnsmessage.Type(65)
	// payload is the largest answer by UDP that is asked for (RFC 9715).
	payload = 1232
	// maxAliases bounds the CNAME records of an answer that are followed.
	maxAliases = 8
	// again is when a question without an answer is asked once more.
	again = 2 * time.Second
	// patience bounds a question.
	patience = 5 * time.Second
)

// A Client asks name servers.
type Client struct {
	// Servers are addresses with ports; the second is asked where the first
	// does not answer.
	Servers []string
	// Dial opens a connection by "udp" or "tcp"; nil for the system's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// System is a client of the name servers of the operating system, where it
// names them in /etc/resolv.conf; without servers where it does not.
func System() Client {
	file, err := os.Open("/etc/resolv.conf")
	if err != nil {
		return Client{}
	}
	defer file.Close()
	return Client{Servers: nameServers(io.LimitReader(file, 64<<10))}
}

// nameServers are those of a resolv.conf(5), at most three.
func nameServers(r io.Reader) []string {
	var out []string
	lines := bufio.NewScanner(r)
	for lines.Scan() && len(out) < 3 {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(fields[1]); err == nil {
			out = append(out, netip.AddrPortFrom(a, 53).String())
		}
	}
	return out
}

// Lookup gives the data of the HTTPS records of an absolute name. Its errors
// are of type [net.DNSError].
func (c Client) Lookup(ctx context.Context, name string) ([][]byte, error) {
	fail := func(err error) error {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return err
		}
		var network net.Error
		timeout := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
		return &net.DNSError{Err: err.Error(), Name: name, IsTimeout: timeout, IsTemporary: true}
	}
	if len(c.Servers) == 0 {
		return nil, &net.DNSError{Err: "no name server is known", Name: name}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last error
	for i := range 2 {
		server := c.Servers[min(i, len(c.Servers)-1)]
		limit := again
		if i > 0 {
			limit = patience
		}
		data, err := c.ask(ctx, server, name, limit)
		if err == nil {
			return data, nil
		}
		last = fail(err)
		dns := new(net.DNSError)
		if ctx.Err() != nil || errors.As(last, &dns) && (dns.IsNotFound || !dns.IsTimeout && len(c.Servers) == 1) {
			break
		}
	}
	return nil, last
}

// ask asks one server, by TCP where the answer is too long for UDP.
func (c Client) ask(ctx context.Context, server, name string, limit time.Duration) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var random [2]byte
	rand.Read(random[:])
	id := binary.BigEndian.Uint16(random[:])
	question, err := question(id, name)
	if err != nil {
		return nil, err
	}
	for _, network := range []string{"udp", "tcp"} {
		answer, err := c.exchange(ctx, network, server, question)
		if err != nil {
			return nil, err
		}
		data, truncated, err := readAnswer(answer, id, name)
		if err != nil || !truncated {
			return data, err
		}
	}
	return nil, errors.New("the answer is truncated")
}

// exchange sends a question and gives the answer.
func (c Client) exchange(ctx context.Context, network, server string, question []byte) ([]byte, error) {
	dial := c.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if network == "udp" {
		return exchangeUDP(conn, question)
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(question))), question...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	answer := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err = io.ReadFull(conn, answer)
	return answer, err
}

// exchangeUDP passes over datagrams that answer another question.
func exchangeUDP(conn net.Conn, question []byte) ([]byte, error) {
	if _, err := conn.Write(question); err != nil {
		return nil, err
	}
	answer := make([]byte, payload)
	for {
		n, err := conn.Read(answer)
		if err != nil {
			return nil, err
		}
		if n > 2 && string(answer[:2]) == string(question[:2]) {
			return answer[:n], nil
		}
	}
}

// question is a query for the HTTPS records of a name, with EDNS (RFC 6891).
func question(id uint16, name string) ([]byte, error) {
	n, err := dnsmessage.NewName(name)
	if err != nil {
		return nil, err
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	var options dnsmessage.ResourceHeader
	if err := errors.Join(
		b.StartQuestions(),
		b.Question(dnsmessage.Question{Name: n, Type: typeHTTPS, Class: dnsmessage.ClassINET}),
		b.StartAdditionals(),
		options.SetEDNS0(payload, dnsmessage.RCodeSuccess, false),
		b.OPTResource(options, dnsmessage.OPTResource{}),
	); err != nil {
		return nil, err
	}
	return b.Finish()
}

// readAnswer gives the data of the HTTPS records that an answer has for a
// name, also through CNAME records.
func readAnswer(answer []byte, id uint16, name string) (data [][]byte, truncated bool, err error) {
	var p dnsmessage.Parser
	h, err := p.Start(answer)
	if err != nil {
		return nil, false, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, false, err
	}
	if h.ID != id || !h.Response || q.Type != typeHTTPS || !strings.EqualFold(q.Name.String(), name) {
		return nil, false, errors.New("the answer is to another question")
	}
	switch {
	case h.Truncated:
		return nil, true, nil
	case h.RCode == dnsmessage.RCodeNameError:
		return nil, false, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case h.RCode != dnsmessage.RCodeSuccess:
		return nil, false, fmt.Errorf("the name server answers '%s'", strings.TrimPrefix(h.RCode.String(), "RCode"))
	}
	if err := p.SkipAllQuestions(); err != nil {
		return nil, false, err
	}
	data, err = records(&p, name)
	return data, false, err
}

// records gives the data of the HTTPS records of a name in the answer section.
func records(p *dnsmessage.Parser, name string) ([][]byte, error) {
	aliases, data := map[string]string{}, map[string][][]byte{}
	for {
		h, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			break
		}
		if err != nil {
			return nil, err
		}
		owner := strings.ToLower(h.Name.String())
		switch h.Type {
		case typeHTTPS:
			var r dnsmessage.UnknownResource
			if r, err = p.UnknownResource(); err == nil {
				data[owner] = append(data[owner], r.Data)
			}
		case dnsmessage.TypeCNAME:
			var r dnsmessage.CNAMEResource
			if r, err = p.CNAMEResource(); err == nil {
				aliases[owner] = strings.ToLower(r.CNAME.String())
			}
		default:
			err = p.SkipAnswer()
		}
		if err != nil {
			return nil, err
		}
	}
	owner := strings.ToLower(name)
	for range maxAliases {
		if aliases[owner] == "" {
			break
		}
		owner = aliases[owner]
	}
	return data[owner], nil
}
