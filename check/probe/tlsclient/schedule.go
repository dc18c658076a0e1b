package tlsclient

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"hash"
	"slices"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// prf is the pseudorandom function up to TLS 1.2 (RFC 5246 section 5, RFC
// 2246 section 5): n bytes from a secret, a label and a seed.
func prf(version uint16, h func() hash.Hash, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	if version >= clienthello.TLS12 {
		return expand(h, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := expand(md5.New, secret[:half], seed, n)
	for i, b := range expand(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= b
	}
	return out
}

// expand is P_hash.
func expand(h func() hash.Hash, secret, seed []byte, n int) (out []byte) {
	mac := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

// digest is the hash of a handshake's messages that Finished goes by.
func digest(version uint16, h func() hash.Hash, transcript []byte) []byte {
	if version >= clienthello.TLS12 {
		return sum(h, transcript)
	}
	return append(sum(md5.New, transcript), sum(sha1.New, transcript)...)
}

func sum(h func() hash.Hash, data []byte) []byte {
	d := h()
	d.Write(data)
	return d.Sum(nil)
}

// keys derives the protection of both directions from a master secret (RFC
// 5246 section 6.3).
func keys(version uint16, s *suite, master, clientRandom, serverRandom []byte) (client, server half, err error) {
	mac, iv := 0, s.iv
	if s.mac != nil {
		mac = s.mac().Size()
	}
	if s.block != nil && version <= clienthello.TLS10 {
		b, err := s.block(make([]byte, s.key))
		if err != nil {
			return client, server, err
		}
		iv = b.BlockSize()
	}
	all := prf(version, s.hash, master, "key expansion", slices.Concat(serverRandom, clientRandom), 2*(mac+s.key+iv))
	next := func(n int) []byte {
		out := all[:n:n]
		all = all[n:]
		return out
	}
	clientMAC, serverMAC := next(mac), next(mac)
	clientKey, serverKey := next(s.key), next(s.key)
	clientIV, serverIV := next(iv), next(iv)
	if client, err = newHalf(version, &s.protection, true, clientMAC, clientKey, clientIV); err != nil {
		return client, server, err
	}
	server, err = newHalf(version, &s.protection, false, serverMAC, serverKey, serverIV)
	return client, server, err
}

// A secret is one of the key schedule of TLS 1.3 that others are derived from.
type secret struct {
	key []byte
	mac hash.Hash
}

func newSecret(h func() hash.Hash, key []byte) *secret {
	return &secret{key: key, mac: hmac.New(h, key)}
}

// expandLabel is HKDF-Expand-Label (RFC 8446 section 7.1) of at most as many
// bytes as the hash has: the first block of HKDF-Expand (RFC 5869 section 2.3)
// is enough for all that TLS derives.
func (s *secret) expandLabel(label string, context []byte, n int) []byte {
	const prefix, first = "tls13 ", 1
	info := make([]byte, 0, 96)
	info = append(info, byte(n>>8), byte(n), byte(len(prefix)+len(label)))
	info = append(append(info, prefix...), label...)
	info = append(append(info, byte(len(context))), context...) // a hash, or nothing
	s.mac.Reset()
	s.mac.Write(append(info, first))
	return s.mac.Sum(nil)[:n]
}

// A schedule13 is the key schedule of TLS 1.3 (RFC 8446 section 7.1).
type schedule13 struct {
	suite  *suite
	secret *secret // the current one: early, handshake, master
}

func newSchedule13(s *suite) (schedule13, error) {
	zeros := make([]byte, s.hash().Size())
	early, err := hkdf.Extract(s.hash, zeros, zeros)
	return schedule13{s, newSecret(s.hash, early)}, err
}

// advance goes on to the next secret.
func (k *schedule13) advance(input []byte) error {
	h := k.suite.hash
	nothing := sum(h, nil)
	salt := k.secret.expandLabel("derived", nothing, len(nothing))
	if input == nil {
		input = make([]byte, len(nothing))
	}
	next, err := hkdf.Extract(h, input, salt)
	k.secret = newSecret(h, next)
	return err
}

// traffic derives the protection of a direction at a point of the transcript,
// of which the hash is given.
func (k *schedule13) traffic(label string, encrypt bool, transcript []byte) (half, error) {
	return half13(k.suite, encrypt, k.secret.expandLabel(label, transcript, len(transcript)))
}

// half13 is the protection that comes of a traffic secret (RFC 8446 section 7.3).
func half13(s *suite, encrypt bool, key []byte) (half, error) {
	traffic := newSecret(s.hash, key)
	out, err := newHalf(clienthello.TLS13, &s.protection, encrypt, nil, traffic.expandLabel("key", nil, s.key), traffic.expandLabel("iv", nil, 12))
	out.secret = traffic
	return out, err
}

// next is the protection after a KeyUpdate (RFC 8446 section 7.2).
func (h *half) next(s *suite) (half, error) {
	return half13(s, h.encrypt, h.secret.expandLabel("traffic upd", nil, len(h.secret.key)))
}

// finished13 is the verify_data of TLS 1.3 (RFC 8446 section 4.4.4).
func finished13(s *suite, traffic *secret, transcript []byte) []byte {
	mac := hmac.New(s.hash, traffic.expandLabel("finished", nil, len(traffic.key)))
	mac.Write(sum(s.hash, transcript))
	return mac.Sum(nil)
}
