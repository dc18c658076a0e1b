//go:build hostile && unix

package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// compressed is a body of many zeros in a content coding.
func compressed(open func(io.Writer) io.WriteCloser, size int) []byte {
	var b bytes.Buffer
	w := open(&b)
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return b.Bytes()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

// bomb is an answer that is a small body in codings and a large one without.
func bomb(coding string, body []byte) attack {
	return attack{patient: true, reached: answered, serve: answers("Content-Type: text/html\r\nContent-Encoding: "+coding+"\r\n", func(_ *attackServer, w io.Writer) { _, _ = w.Write(body) })}
}

func bombs() map[string]attack {
	return map[string]attack{
		"gzip bomb":     bomb("gzip", compressed(gzipped, 1<<30)),
		"gzip twice":    bomb("gzip, gzip", twice(compressed(gzipped, 1<<30))),
		"gzip 16 times": bomb(strings.Repeat("gzip, ", 15)+"gzip", compressed(gzipped, 1<<20)),
		"1000 codings":  bomb(strings.Repeat("gzip, ", 1000)+"gzip", nil),
		"brotli bomb":   bomb("br", compressed(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, 1<<30)),
		"zstd bomb":     bomb("zstd", compressed(zstdWriter, 1<<30)),
		"gzip, no end":  {serve: answers("Content-Type: text/html\r\nContent-Encoding: gzip\r\n", func(_ *attackServer, w io.Writer) { endless(gzip.NewWriter(w), make([]byte, 1000)) })},
		"gzip of errors": {serve: afterTLS(func(_ *attackServer, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 404 X\r\nContent-Encoding: gzip\r\n\r\n")
			_, _ = c.Write(compressed(gzipped, 1<<28))
		})},
	}
}

func twice(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func zstdWriter(w io.Writer) io.WriteCloser {
	e, err := zstd.NewWriter(w)
	if err != nil {
		panic(err)
	}
	return e
}

// page is an answer with a document of some bytes in which a part comes again
// and again.
func page(size int, media, before, part string) attack {
	body := before + strings.Repeat(part, size/len(part))
	return attack{patient: true, reached: shownAPage, serve: answers("Content-Type: "+media+"\r\n", textBody(body))}
}

// longReference is a reference whose record is as long as can be.
var longReference = "<img src=http://b/" + strings.Repeat("x", 400) + "><script src=http://b/" + strings.Repeat("x", 400) + "></script><form action=http://b/" + strings.Repeat("x", 400) + "></form>"

// pages are documents that cost more than others of their size.
func pages() map[string]attack {
	return map[string]attack{
		"1 MB at 64 addresses":  {targets: 8, addresses: 64, patient: true, reached: shownAPage, serve: page(1<<20, "text/html", "", longReference).serve},
		"16 MB of text":         page(16<<20, "text/html", "", "text "),
		"16 MB of images":       page(16<<20, "text/html", "", "<img src=http://b/>"),
		"16 MB of attributes":   page(16<<20, "text/html", "<p ", "a=1 "),
		"16 MB of CSS":          page(16<<20, "text/html", "<style>", "a{background:url(http://b/)}"),
		"16 MB of CSS brackets": page(16<<20, "text/html", "<style>a{b:", "("),
		"16 MB of CSS words":    page(16<<20, "text/html", "<style>a{b:", "x "),
		"16 MB of selectors":    page(16<<20, "text/html", "<style>", "a,"),
		"16 MB of declarations": page(16<<20, "text/html", "<style>a{", "b:c;"),
		"16 MB of srcset":       page(16<<20, "text/html", "<img srcset='", "b 1x,"),
		"16 MB of XML":          page(16<<20, "text/xml", "<a>", "<b/>"),
		"16 MB of nested XML":   page(16<<20, "text/xml", "", "<a>"),
		"16 MB of entities":     page(16<<20, "text/xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>", "&e;"),
		"4 MB of pages within":  page(4<<20, "text/html", "<iframe srcdoc='", "&lt;p&gt;"),
	}
}
