//go:build hostile && unix

package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"strings"
)

// record is a record of TLS in cleartext.
func record(kind byte, content string) string {
	return string([]byte{kind, 3, 3, byte(len(content) >> 8), byte(len(content))}) + content
}

// raw is an attack by bytes without end, whatever comes.
func raw(part string) func(*attackServer, net.Conn) {
	return func(_ *attackServer, c net.Conn) { endless(c, []byte(part)) }
}

// floods never end.
func floods() map[string]attack {
	return map[string]attack{
		"nothing":                    {serve: func(a *attackServer, c net.Conn) { <-a.done }},
		"silence after a request":    {serve: afterTLS(func(a *attackServer, c net.Conn) { <-a.done })},
		"close":                      {serve: func(*attackServer, net.Conn) {}},
		"random bytes":               {serve: func(_ *attackServer, c net.Conn) { _, _ = io.Copy(c, rand.Reader) }},
		"zeros":                      {serve: raw("\x00")},
		"warnings":                   {serve: raw(record(21, "\x01\x5a"))},
		"empty handshake records":    {serve: raw(record(22, ""))},
		"hello requests":             {serve: raw(record(22, "\x00\x00\x00\x00"))},
		"handshake bytes one by one": {serve: raw(record(22, "\x02"))},
		"a message of 16 MB":         {serve: raw(record(22, "\x02\xff\xff\xff") + strings.Repeat(record(22, strings.Repeat("x", 16000)), 4))},
		"ChangeCipherSpec":           {serve: raw(record(20, "\x01"))},
		"records of 16 KB":           {serve: raw(record(23, strings.Repeat("x", 16384)))},
		"drip of a ServerHello":      {serve: func(a *attackServer, c net.Conn) { a.drip(c, record(22, "\x02\x00\x40\x00")) }},
		"KeyUpdate":                  {serve: records(22, []byte{24, 0, 0, 1, 0})},
		"KeyUpdate that asks":        {serve: records(22, []byte{24, 0, 0, 1, 1})},
		"session tickets":            {serve: records(22, append([]byte{4, 0, 16, 0}, make([]byte, 4096)...))},
		"empty data":                 {serve: records(23, nil)},
		"warnings inside":            {serve: records(21, []byte{1, 90})},
		"unknown messages":           {serve: records(22, []byte{99, 0, 0, 1, 0})},
		"half messages":              {serve: records(22, []byte{4, 255, 255, 255, 0})},
		"header line without end":    {serve: answers("X: ", func(_ *attackServer, w io.Writer) { endless(w, []byte("x")) })},
		"header lines without end":   {serve: answers("", func(_ *attackServer, w io.Writer) { endless(w, []byte("X: y\r\n")) })},
		"cookies":                    {serve: answers(strings.Repeat("Set-Cookie: a=b\r\n", 14000), nil)},
		"interim answers":            {serve: afterTLS(func(_ *attackServer, c net.Conn) { endless(c, []byte("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")) })},
		"drip of a header":           {serve: afterTLS(func(a *attackServer, c net.Conn) { a.drip(c, "HTTP/1.1 200 OK\r\n") })},
		"drip of a body":             {serve: answers("Content-Type: text/html\r\n", func(a *attackServer, w io.Writer) { a.drip(w, "<p>") })},
		"body without end":           {serve: answers("Content-Type: text/html\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("<p>x ")) })},
		"error without end": {serve: afterTLS(func(_ *attackServer, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 500 X\r\n\r\n")
			endless(c, []byte("x"))
		})},
		"chunks of one byte":    {serve: answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("1\r\nx\r\n")) })},
		"chunk extension":       {serve: answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("1;")) })},
		"trailers":              {serve: answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n0\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("X: y\r\n")) })},
		"redirects without end": {serve: redirects("")},
		"redirects and cookies": {serve: redirects("Set-Cookie: cN=x\r\n")},
		"cleartext without end": {cleartext: true, serve: func(_ *attackServer, c net.Conn) {
			request(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
			endless(c, []byte("<p>"))
		}},
		"cleartext header":        {cleartext: true, serve: func(_ *attackServer, c net.Conn) { request(c); endless(c, []byte("HTTP/1.1 200 OK\r\nX: y\r\n")) }},
		"64 addresses that stall": {targets: 8, addresses: 64, serve: func(a *attackServer, c net.Conn) { <-a.done }},
	}
}

// manyCookies are cookies of n names.
func manyCookies(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Set-Cookie: c%d=x\r\n", i)
	}
	return b.String()
}

// redirects leads to another path each time; N in a field is its number.
func redirects(field string) func(*attackServer, net.Conn) {
	return afterTLS(func(_ *attackServer, c net.Conn) {
		n := rand.Text()
		_, _ = fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: /%s\r\n%sContent-Length: 0\r\n\r\n", n, strings.ReplaceAll(field, "N", n))
	})
}
