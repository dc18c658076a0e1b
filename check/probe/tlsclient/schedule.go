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

// expandLabel is HKDF-Expand-Label (RFC 8446 section 7.1).
func expandLabel(h func() hash.Hash, secret []byte, label string, context []byte, n int) ([]byte, error) {
	const prefix = "tls13 "
	info := make([]byte, 0, 96)
	info = append(info, byte(n>>8), byte(n), byte(len(prefix)+len(label)))
	info = append(append(info, prefix...), label...)
	info = append(append(info, byte(len(context))), context...) // a hash, or nothing
	return hkdf.Expand(h, secret, string(info), n)
}

// A schedule13 is the key schedule of TLS 1.3 (RFC 8446 section 7.1).
type schedule13 struct {
	suite  *suite
	secret []byte // the current one: early, handshake, master
}

func newSchedule13(s *suite) (k schedule13, err error) {
	k.suite = s
	zeros := make([]byte, s.hash().Size())
	k.secret, err = hkdf.Extract(s.hash, zeros, zeros)
	return k, err
}

// advance goes on to the next secret.
func (k *schedule13) advance(input []byte) error {
	h := k.suite.hash
	salt, err := expandLabel(h, k.secret, "derived", sum(h, nil), h().Size())
	if err != nil {
		return err
	}
	if input == nil {
		input = make([]byte, h().Size())
	}
	k.secret, err = hkdf.Extract(h, input, salt)
	return err
}

// traffic derives the protection of a direction at this point of the
// transcript.
func (k *schedule13) traffic(label string, encrypt bool, transcript []byte) (half, error) {
	h := k.suite.hash
	secret, err := expandLabel(h, k.secret, label, sum(h, transcript), h().Size())
	if err != nil {
		return half{}, err
	}
	return half13(k.suite, encrypt, secret)
}

// half13 is the protection that comes of a traffic secret (RFC 8446 section 7.3).
func half13(s *suite, encrypt bool, secret []byte) (half, error) {
	key, err := expandLabel(s.hash, secret, "key", nil, s.key)
	if err != nil {
		return half{}, err
	}
	iv, err := expandLabel(s.hash, secret, "iv", nil, 12)
	if err != nil {
		return half{}, err
	}
	out, err := newHalf(clienthello.TLS13, &s.protection, encrypt, nil, key, iv)
	out.secret = secret
	return out, err
}

// next is the protection after a KeyUpdate (RFC 8446 section 7.2).
func (h *half) next(s *suite) (half, error) {
	secret, err := expandLabel(s.hash, h.secret, "traffic upd", nil, s.hash().Size())
	if err != nil {
		return half{}, err
	}
	return half13(s, h.encrypt, secret)
}

// finished13 is the verify_data of TLS 1.3 (RFC 8446 section 4.4.4).
func finished13(s *suite, secret, transcript []byte) ([]byte, error) {
	key, err := expandLabel(s.hash, secret, "finished", nil, s.hash().Size())
	if err != nil {
		return nil, err
	}
	mac := hmac.New(s.hash, key)
	mac.Write(sum(s.hash, transcript))
	return mac.Sum(nil), nil
}
