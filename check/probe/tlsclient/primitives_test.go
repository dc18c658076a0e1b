package tlsclient

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestFiniteFieldPrimes(t *testing.T) {
	// The first and last bytes of ffdhe2048 in RFC 7919 appendix A.1.
	p := finiteFieldPrime(2048).Bytes()
	if !bytes.HasPrefix(p, unhex(t, "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1")) ||
		!bytes.HasSuffix(p, unhex(t, "886b423861285c97ffffffffffffffff")) {
		t.Errorf("ffdhe2048: %x", p)
	}
	for group, bits := range finiteFieldBits {
		p := finiteFieldPrime(bits)
		if p.BitLen() != bits || bits < 4096 && !p.ProbablyPrime(1) {
			t.Errorf("group %d: %d bits, not prime", group, p.BitLen())
		}
	}
}

// Both ends of every group agree.
func TestGroups(t *testing.T) {
	for _, group := range ClassicGroups() {
		a, err := newShare(group)
		if err != nil {
			t.Fatal(err)
		}
		b, err := newShare(group)
		if err != nil {
			t.Fatal(err)
		}
		one, err := a.agree(b.public)
		if err != nil {
			t.Fatal(err)
		}
		two, err := b.agree(a.public)
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("group %d: %x and %x, %v", group, one, two, err)
		}
		for _, bad := range [][]byte{nil, {1}, make([]byte, len(a.public)), append(b.public, 0)} {
			if _, err := a.agree(bad); err == nil {
				t.Errorf("group %d takes the share %x", group, bad)
			}
		}
	}
}

// What a server brings as its own group is bounded.
func TestOwnGroups(t *testing.T) {
	odd := func(bits int) []byte {
		p := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return p.Add(p, big.NewInt(1)).Bytes()
	}
	for name, c := range map[string]struct {
		p, g []byte
		want string
	}{
		"480 bits":    {odd(480), []byte{2}, "480 bits, which current clients refuse"},
		"512 bits":    {odd(512), []byte{2}, "512 bits, which current clients refuse"},
		"1024 bits":   {odd(1024), []byte{2}, ""},
		"8192 bits":   {odd(8192), []byte{2}, ""},
		"8193 bits":   {odd(8193), []byte{2}, "more than 8192"},
		"nothing":     {nil, nil, "0 bits"},
		"even":        {new(big.Int).Lsh(big.NewInt(1), 2047).Bytes(), []byte{2}, errShare.Error()},
		"generator 1": {odd(2048), []byte{1}, errShare.Error()},
		"generator p": {odd(2048), odd(2048), errShare.Error()},
		"many zeros":  {append(make([]byte, 1<<15), odd(2048)...), []byte{2}, "more than 8192"},
	} {
		_, err := ownGroupShare(c.p, c.g)
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// RFC 7748 section 5.2, the first vector and one iteration.
func TestX448(t *testing.T) {
	for _, c := range [][3]string{
		{"3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3",
			"06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086",
			"ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f"},
		{"0500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
			"0500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
			"3f482c8a9f19b01e6c46ee9711d9dc14fd4bf67af30765c2ae2b846a4d23a8cd0db897086239492caf350b51f833868b9bc2b3bca9cf4113"},
	} {
		if got := x448(unhex(t, c[0]), unhex(t, c[1])); !bytes.Equal(got, unhex(t, c[2])) {
			t.Errorf("%x, want %s", got, c[2])
		}
	}
}

// RFC 3610 has tags of 8 bytes and nonces of 13; these vectors are of 12 and
// come of the same construction, sealed and opened.
func TestCCM(t *testing.T) {
	key, nonce, data := []byte("0123456789abcdef"), []byte("nonce-12byte"), []byte("header")
	for _, tag := range []int{8, 16} {
		c, err := newCCM(tag)(key)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 40 {
			text := bytes.Repeat([]byte{7}, n)
			sealed := c.Seal([]byte("front"), nonce, text, data)
			open, err := c.Open(nil, nonce, sealed[5:], data)
			if err != nil || !bytes.Equal(open, text) || len(sealed) != 5+n+tag {
				t.Fatalf("%d bytes: %x, %v", n, open, err)
			}
			sealed[5+n] ^= 1
			if _, err := c.Open(nil, nonce, sealed[5:], data); err == nil {
				t.Fatal("a wrong tag is taken")
			}
		}
		if _, err := c.Open(nil, nonce, make([]byte, tag-1), nil); err == nil {
			t.Fatal("less than a tag is taken")
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
