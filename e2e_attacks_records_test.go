//go:build hostile && unix

package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"net"
	"strings"
)

// records is an attack by records of TLS 1.3 after a good handshake, which
// crypto/tls does not send: each of a type with a content, encrypted, again and
// again.
func records(kind byte, content []byte) func(*attackServer, net.Conn) {
	return func(a *attackServer, c net.Conn) {
		var secrets bytes.Buffer
		_, err := a.tls(c, func(config *tls.Config) { config.KeyLogWriter, config.MinVersion = &secrets, tls.VersionTLS13 })
		if err != nil {
			return
		}
		seal := sealer(secrets.String())
		if seal == nil {
			return
		}
		for {
			var out []byte
			for range 64 {
				out = append(out, seal(kind, content)...)
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	}
}

// sealer makes records with the server's first traffic secret of a key log, for
// TLS_AES_128_GCM_SHA256; nil for other suites.
func sealer(log string) func(kind byte, content []byte) []byte {
	_, line, _ := strings.Cut(log, "SERVER_TRAFFIC_SECRET_0 ")
	line, _, _ = strings.Cut(line, "\n")
	_, text, _ := strings.Cut(line, " ")
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != sha256.Size {
		return nil
	}
	expand := func(label string, n int) []byte {
		label = "tls13 " + label
		info := append(binary.BigEndian.AppendUint16(nil, uint16(n)), byte(len(label)))
		out, err := hkdf.Expand(sha256.New, secret, string(info)+label+"\x00", n)
		if err != nil {
			panic(err)
		}
		return out
	}
	block, err := aes.NewCipher(expand("key", 16))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	iv := expand("iv", 12)
	sequence := uint64(0)
	return func(kind byte, content []byte) []byte {
		nonce := bytes.Clone(iv)
		for i, b := range binary.BigEndian.AppendUint64(nil, sequence) {
			nonce[4+i] ^= b
		}
		sequence++
		inner := append(bytes.Clone(content), kind)
		head := append([]byte{23, 3, 3}, binary.BigEndian.AppendUint16(nil, uint16(len(inner)+aead.Overhead()))...)
		return aead.Seal(head, nonce, inner, head)
	}
}
