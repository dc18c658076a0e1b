package http1_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// A view is what a browser made of an answer: bits, for one may do both.
type view int

const (
	nothing  view = 0
	showed   view = 1 << iota // it showed the page {page}
	followed                  // it followed the Location {to}
)

func (v view) String() string {
	return map[view]string{nothing: "nothing", showed: "showed", followed: "followed", showed | followed: "showed|followed"}[v]
}

// An answer is the bytes that a server sends, and what browsers made of them.
// In raw, {page} is a page that loads an image, {to} a URL, {n} the length of
// the page in decimal and {x} in hexadecimal.
type answer struct {
	name, raw         string
	chromium, firefox view
	deviation         string // why we read something else than the two together
}

// filler makes a page so long that one that was cut shows its image.
var filler = func() string {
	var b strings.Builder
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		fmt.Fprintf(&b, "%016x", r.Uint64())
	}
	return b.String()
}()

const ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
const found = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"

// coded is a page in codings, the first applied first, under a Content-Encoding.
func coded(field string, codings ...string) string {
	return ok + "Content-Encoding: " + field + "\r\n\r\n{coded:" + strings.Join(codings, ",") + "}"
}

func encode(coding string, b []byte) []byte {
	var out bytes.Buffer
	switch coding {
	case "gzip":
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
	case "zlib":
		w := zlib.NewWriter(&out)
		w.Write(b)
		w.Close()
	case "flate":
		w, _ := flate.NewWriter(&out, 6)
		w.Write(b)
		w.Close()
	case "br":
		w := brotli.NewWriter(&out)
		w.Write(b)
		w.Close()
	case "zstd":
		w, _ := zstd.NewWriter(&out)
		w.Write(b)
		w.Close()
	case "half": // what comes before is cut
		return b[:len(b)-len(b)/3]
	case "garbage": // what comes before is followed by garbage
		return append(b, "garbage after the end"...)
	}
	return out.Bytes()
}

// bytesOf fills an answer in.
func (a answer) bytesOf(page, to string) string {
	raw := strings.NewReplacer("{page}", page, "{to}", to, "{n}", fmt.Sprint(len(page)), "{n+}", fmt.Sprint(len(page)+50), "{x}", fmt.Sprintf("%x", len(page)), "{X}", fmt.Sprintf("%X", len(page))).Replace(a.raw)
	if before, codings, found := strings.Cut(raw, "{coded:"); found {
		body := []byte(page)
		for c := range strings.SplitSeq(strings.TrimSuffix(codings, "}"), ",") {
			body = encode(c, body)
		}
		return before + string(body)
	}
	return raw
}

const chunked = "{x}\r\n{page}\r\n0\r\n\r\n"

var answers = []answer{
	{"plain", ok + "\r\n{page}", showed, showed, ""},
	{"no reason", "HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"no status", "HTTP/1.1\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"status no number", "HTTP/1.1 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, nothing, ""},
	{"status 2000", "HTTP/1.1 2000 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, nothing, ""},
	{"status 42", "HTTP/1.1 42 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"status 999", "HTTP/1.1 999 Denied\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"status -200", "HTTP/1.1 -200 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, nothing, ""},
	{"status 302x", "HTTP/1.1 302x Found\r\nLocation: {to}\r\n\r\n", followed, nothing, ""},
	{"status huge", "HTTP/1.1 99999999999 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, nothing, ""},
	{"tabs in status line", "HTTP/1.1\t302\tFound\r\nLocation: {to}\r\n\r\n", nothing, nothing, ""},
	{"spaces in status line", "HTTP/1.1   302   Found\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"lower case", "http/1.1 200 ok\r\ncontent-type: text/html\r\n\r\n{page}", showed, nothing, ""},
	{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"HTTP/2", "HTTP/2 200 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"HTTP/0.9 with status", "HTTP/0.9 200 OK\r\nContent-Type: text/html\r\n\r\n{page}", showed, nothing, ""},
	{"HTTP 302", "HTTP 302 Found\r\nLocation: {to}\r\n\r\n", followed, nothing, ""},
	{"HTTP/ 302", "HTTP/ 302 Found\r\nLocation: {to}\r\n\r\n", followed, nothing, ""},
	{"HTTPS/1.1", "HTTPS/1.1 302 Found\r\nLocation: {to}\r\n\r\n", followed, nothing, ""},
	{"ICY", "ICY 200 OK\r\nContent-Type: text/html\r\n\r\n{page}", nothing, showed, ""},
	{"HTTP/0.9 here", "{page}", nothing, nothing, ""},
	{"junk 2", "\r\n" + ok + "\r\n{page}", showed, showed, ""},
	{"junk 4", "\r\n\r\n" + ok + "\r\n{page}", showed, showed, ""},
	{"junk 5", "junk " + ok + "\r\n{page}", nothing, nothing, ""},
	{"junk 6", "\r\n\r\n\r\n" + ok + "\r\n{page}", nothing, nothing, ""},
	{"junk 7", "xjunk\r\n" + ok + "\r\n{page}", nothing, nothing, ""},
	{"line feeds only", "HTTP/1.1 302 Found\nContent-Length: 0\nLocation: {to}\n\n", followed, followed, ""},
	{"carriage returns only", "HTTP/1.1 302 Found\rContent-Length: 0\rLocation: {to}\r\r", followed, nothing, ""},
	{"bare CR before Location", found + "X: a\rLocation: {to}\r\n\r\n", followed, nothing, ""},
	{"CR CR LF", "HTTP/1.1 302 Found\r\r\nContent-Length: 0\r\r\nLocation: {to}\r\r\n\r\r\n\r\n", followed, nothing, ""},
	{"space before colon", found + "Location : {to}\r\n\r\n", followed, nothing, ""},
	{"tab before colon", found + "Location\t: {to}\r\n\r\n", followed, nothing, ""},
	{"space before name", found + " Location: {to}\r\n\r\n", nothing, nothing, ""},
	{"space before first name", "HTTP/1.1 302 Found\r\n Location: {to}\r\n\r\n", nothing, nothing, ""},
	{"no space after colon", found + "Location:{to}\r\n\r\n", followed, followed, ""},
	{"upper case", found + "LOCATION: {to}\r\n\r\n", followed, followed, ""},
	{"no colon", found + "no colon here\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"no colon first", "HTTP/1.1 302 Found\r\nno colon here\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"empty name", found + ": empty\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"name no token", found + "Bad Name: x\r\nBad(Name): x\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"8-bit name", found + "N\xe4me: x\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"8-bit value", found + "X: caf\xe9\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"control character in value", found + "X: a\x01\x7f\x1bb\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"control character in name", found + "X\x01: a\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"NUL in value", found + "X: a\x00b\r\nLocation: {to}\r\n\r\n", nothing, nothing, ""},
	{"NUL in name", found + "X\x00: b\r\nLocation: {to}\r\n\r\n", nothing, followed, ""},
	{"folded", found + "X: a\r\n b\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"folded Location", found + "Location:\r\n {to}\r\n\r\n", followed, followed, ""},
	{"folded after no colon", found + "no colon\r\n Location: {to}\r\n\r\n", nothing, nothing, ""},
	{"folded cut", found + "Location: {to}\r\n x\r\n\r\n", nothing, nothing, ""},
	{"Location twice, equal", found + "Location: {to}\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"Location twice, differing", found + "Location: {to}\r\nLocation: /other\r\n\r\n", nothing, nothing, ""},
	{"Location empty first", found + "Location:\r\nLocation: {to}\r\n\r\n", nothing, nothing, ""},
	{"Content-Length twice, equal", ok + "Content-Length: {n}\r\nContent-Length: {n}\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length list, equal", ok + "Content-Length: {n}, {n}\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length twice, differing", ok + "Content-Length: {n}\r\nContent-Length: 7\r\n\r\n{page}", nothing, nothing, ""},
	{"Content-Length list, differing", ok + "Content-Length: {n}, 7\r\n\r\n{page}", nothing, nothing, ""},
	{"Content-Length twice, differing, chunked", ok + "Content-Length: {n}\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, showed, nothing, ""},
	{"Content-Length and chunked", ok + "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"Content-Length no number", ok + "Content-Length: many\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length with text", ok + "Content-Length: {n}x\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length short with text", ok + "Content-Length: 1x\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length with plus", ok + "Content-Length: +1\r\n\r\n{page}", showed, nothing, ""},
	{"Content-Length negative", ok + "Content-Length: -1\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length empty", ok + "Content-Length:\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length huge", ok + "Content-Length: 99999999999999999999999\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length too large", ok + "Content-Length: {n+}\r\n\r\n{page}", showed, showed, ""},
	{"Content-Length too small", ok + "Content-Length: 3\r\n\r\n{page}", nothing, nothing, ""},
	{"Content-Length 0, then a page", ok + "Content-Length: 0\r\n\r\n{page}", nothing, nothing, ""},
	{"Content-Disposition twice, differing", ok + "Content-Disposition: inline\r\nContent-Disposition: inline; filename=x\r\n\r\n{page}", nothing, nothing, ""},
	{"chunked", ok + "Transfer-Encoding: chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"chunked, chunked", ok + "Transfer-Encoding: chunked, chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"Chunked", ok + "Transfer-Encoding: Chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"chunked with space before the colon", ok + "Transfer-Encoding : chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"chunked, identity", ok + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunked, showed, showed, ""},
	{"gzip, chunked", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"unknown transfer coding", ok + "Transfer-Encoding: rot13\r\n\r\n{page}", showed, showed, ""},
	{"identity", ok + "Transfer-Encoding: identity\r\nContent-Length: {n}\r\n\r\n{page}", showed, showed, ""},
	{"xchunked", ok + "Transfer-Encoding: xchunked\r\n\r\n{page}", showed, showed, ""},
	{"chunked with parameter", ok + "Transfer-Encoding: chunked;q=1\r\n\r\n" + chunked, showed, showed, ""},
	{"chunked by HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, showed, showed, ""},
	{"chunked, but plain", ok + "Transfer-Encoding: chunked\r\n\r\n{page}", nothing, nothing, ""},
	{"chunk extension", ok + "Transfer-Encoding: chunked\r\n\r\n{x};a=b\r\n{page}\r\n0;c\r\n\r\n", showed, showed, ""},
	{"chunk size in capitals with zeros", ok + "Transfer-Encoding: chunked\r\n\r\n000{X}\r\n{page}\r\n000\r\n\r\n", showed, showed, ""},
	{"chunk size with spaces after", ok + "Transfer-Encoding: chunked\r\n\r\n{x}  \r\n{page}\r\n0\r\n\r\n", showed, showed, ""},
	{"chunk size with space before", ok + "Transfer-Encoding: chunked\r\n\r\n {x}\r\n{page}\r\n0\r\n\r\n", nothing, showed, ""},
	{"chunk size with tab after", ok + "Transfer-Encoding: chunked\r\n\r\n{x}\t\r\n{page}\r\n0\r\n\r\n", nothing, showed, ""},
	{"chunk size 0x", ok + "Transfer-Encoding: chunked\r\n\r\n0x{x}\r\n{page}\r\n0\r\n\r\n", nothing, showed, ""},
	{"chunk size with text", ok + "Transfer-Encoding: chunked\r\n\r\n{x} bytes\r\n{page}\r\n0\r\n\r\n", nothing, showed, ""},
	{"chunk size with plus", ok + "Transfer-Encoding: chunked\r\n\r\n+{x}\r\n{page}\r\n0\r\n\r\n", nothing, showed, ""},
	{"chunks by line feed", ok + "Transfer-Encoding: chunked\r\n\r\n{x}\n{page}\n0\n\n", showed, showed, ""},
	{"chunk without line end", ok + "Transfer-Encoding: chunked\r\n\r\n{x}\r\n{page}0\r\n\r\n", showed, showed, ""},
	{"empty line before chunk", ok + "Transfer-Encoding: chunked\r\n\r\n\r\n{x}\r\n{page}\r\n0\r\n\r\n", nothing, showed, ""},
	{"chunk size overflows", ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{page}", nothing, nothing, ""},
	{"no last chunk", ok + "Transfer-Encoding: chunked\r\n\r\n{x}\r\n{page}\r\n", showed, showed, ""},
	{"chunk that ends early", ok + "Transfer-Encoding: chunked\r\n\r\nffff\r\n{page}", showed, showed, ""},
	{"trailers", ok + "Transfer-Encoding: chunked\r\n\r\n{x}\r\n{page}\r\n0\r\nX: y\r\nno colon\r\n\r\n", showed, showed, ""},
	{"100 first", "HTTP/1.1 100 Continue\r\n\r\n" + ok + "\r\n{page}", showed, showed, ""},
	{"103 first", "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload; as=image\r\n\r\n" + ok + "\r\n{page}", showed, showed, ""},
	{"199 first", "HTTP/1.1 199 x\r\n\r\n" + ok + "\r\n{page}", showed, showed, ""},
	{"101 first", "HTTP/1.1 101 Switching Protocols\r\n\r\n" + ok + "\r\n{page}", showed, nothing, ""},
	{"100 with line feeds between", "HTTP/1.1 100 Continue\r\n\r\n\r\n\r\n" + ok + "\r\n{page}", showed, showed, ""},
	{"100 then a page without header", "HTTP/1.1 100 Continue\r\n\r\n{page}", nothing, nothing, ""},
	{"204 with a page", "HTTP/1.1 204 No Content\r\nContent-Type: text/html\r\n\r\n{page}", nothing, nothing, ""},
	{"205 with a page", "HTTP/1.1 205 Reset\r\nContent-Type: text/html\r\n\r\n{page}", nothing, nothing, ""},
	{"304 with a page", "HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\n\r\n{page}", nothing, nothing, ""},
	{"300 with Location", "HTTP/1.1 300 Choices\r\nContent-Type: text/html\r\nLocation: {to}\r\n\r\n{page}", showed, showed, ""},
	{"302 without Location", "HTTP/1.1 302 Found\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"302 with empty Location", "HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nLocation:\r\n\r\n{page}", showed, nothing, ""},
	{"302 with bad Location", "HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nLocation: http://[/\r\n\r\n{page}", nothing, nothing, ""},
	{"302 with mailto", "HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nLocation: mailto:a@b.test\r\n\r\n{page}", nothing, nothing, ""},
	{"304 with Location", "HTTP/1.1 304 x\r\nContent-Type: text/html\r\nLocation: {to}\r\n\r\n{page}", nothing, nothing, ""},
	{"305 with Location", "HTTP/1.1 305 Use Proxy\r\nContent-Type: text/html\r\nLocation: {to}\r\n\r\n{page}", showed, showed, ""},
	{"306 with page", "HTTP/1.1 306 x\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"309 with Location", "HTTP/1.1 309 x\r\nContent-Type: text/html\r\nLocation: {to}\r\n\r\n{page}", showed, showed, ""},
	{"200 with Location", ok + "Location: {to}\r\n\r\n{page}", showed, showed, ""},
	{"201 with Location", "HTTP/1.1 201 Created\r\nContent-Type: text/html\r\nLocation: {to}\r\n\r\n{page}", showed, showed, ""},
	{"401 without challenge", "HTTP/1.1 401 x\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"407 with page", "HTTP/1.1 407 x\r\nContent-Type: text/html\r\n\r\n{page}", nothing, showed, ""},
	{"421 with page", "HTTP/1.1 421 x\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"425 with page", "HTTP/1.1 425 x\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"426 with page", "HTTP/1.1 426 x\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"599 with page", "HTTP/1.1 599 x\r\nContent-Type: text/html\r\n\r\n{page}", showed, showed, ""},
	{"Refresh", ok + "Refresh: 0;url={to}\r\n\r\nx", followed, followed, ""},
	{"Refresh with space before the colon", ok + "Refresh : 0;url={to}\r\n\r\nx", followed, nothing, ""},
	{"Refresh twice", ok + "Refresh: 0;url={to}\r\nRefresh: 0;url=/other\r\n\r\nx", nothing, nothing, ""},
	{"header ends early", "HTTP/1.1 302 Found\r\nLocation: {to}\r\n", followed, followed, ""},
	{"header ends within a line", "HTTP/1.1 302 Found\r\nLocation: {to}", followed, followed, ""},
	{"header of 100 KB", found + fill(100) + "Location: {to}\r\n\r\n", followed, followed, ""},
	{"header of 250 KB", found + fill(250) + "Location: {to}\r\n\r\n", followed, followed, ""},
	{"header of 300 KB", found + fill(300) + "Location: {to}\r\n\r\n", nothing, followed, ""},
	{"header of 380 KB", found + fill(380) + "Location: {to}\r\n\r\n", nothing, followed, ""},
	{"header of 400 KB", found + fill(400) + "Location: {to}\r\n\r\n", nothing, nothing, ""},
	{"header line of 200 KB", found + "X: " + strings.Repeat("x", 200<<10) + "\r\nLocation: {to}\r\n\r\n", followed, followed, ""},
	{"coding gzip", coded("gzip", "gzip"), showed, showed, ""},
	{"coding x-gzip", coded("x-gzip", "gzip"), showed, showed, ""},
	{"coding GZIP", coded("GZIP", "gzip"), showed, showed, ""},
	{"coding deflate", coded("deflate", "zlib"), showed, showed, ""},
	{"coding deflate, raw", coded("deflate", "flate"), showed, showed, ""},
	{"coding deflate, plain", ok + "Content-Encoding: deflate\r\n\r\n{page}", nothing, nothing, ""},
	{"coding br", coded("br", "br"), showed, showed, ""},
	{"coding zstd", coded("zstd", "zstd"), showed, showed, ""},
	{"coding gzip twice", coded("gzip, gzip", "gzip", "gzip"), showed, showed, ""},
	{"coding deflate, gzip", coded("deflate, gzip", "zlib", "gzip"), showed, showed, ""},
	{"coding br, gzip", coded("br, gzip", "br", "gzip"), showed, showed, ""},
	{"coding in two fields", coded("br\r\nContent-Encoding: gzip", "br", "gzip"), showed, showed, ""},
	{"coding gzip thrice", coded("gzip, gzip, gzip", "gzip", "gzip", "gzip"), showed, showed, ""},
	// Chromium stalls over it, and over what it decodes at the same time.
	{"coding twelve", coded("gzip"+strings.Repeat(", gzip", 11), strings.Split("gzip"+strings.Repeat(",gzip", 11), ",")...), nothing, showed, ""},
	{"coding said twice", coded("gzip, gzip", "gzip"), nothing, nothing, ""},
	{"coding unknown", ok + "Content-Encoding: rot13\r\n\r\n{page}", showed, showed, ""},
	{"coding identity", ok + "Content-Encoding: identity\r\n\r\n{page}", showed, showed, ""},
	{"coding empty", ok + "Content-Encoding:\r\n\r\n{page}", showed, showed, ""},
	{"coding UTF-8", ok + "Content-Encoding: UTF-8\r\n\r\n{page}", showed, showed, ""},
	{"coding compress", ok + "Content-Encoding: compress\r\n\r\n{page}", showed, showed, ""},
	{"coding identity, gzip", coded("identity, gzip", "gzip"), nothing, showed, ""},
	{"coding unknown, gzip", coded("rot13, gzip", "gzip"), nothing, showed, ""},
	{"coding gzip, unknown", coded("gzip, rot13", "gzip"), nothing, showed, ""},
	{"coding unknown, gzip; plain", ok + "Content-Encoding: rot13, gzip\r\n\r\n{page}", showed, nothing, ""},
	{"coding none, gzip", coded("none, gzip", "gzip"), nothing, showed, ""},
	{"coding gzip;q=1", coded("gzip;q=1", "gzip"), nothing, nothing, ""},
	{"coding gzip gzip", coded("gzip gzip", "gzip", "gzip"), nothing, showed, ""},
	{"coding gzip, plain", ok + "Content-Encoding: gzip\r\n\r\n{page}", nothing, nothing, ""},
	{"coding br, plain", ok + "Content-Encoding: br\r\n\r\n{page}", nothing, nothing, ""},
	{"coding zstd, plain", ok + "Content-Encoding: zstd\r\n\r\n{page}", nothing, nothing, ""},
	{"coding gzip, br, plain", ok + "Content-Encoding: gzip, br\r\n\r\n{page}", nothing, nothing, ""},
	{"coding gzip, cut", coded("gzip", "gzip", "half"), showed, showed, ""},
	{"coding br, cut", coded("br", "br", "half"), showed, showed, ""},
	{"coding zstd, cut", coded("zstd", "zstd", "half"), showed, showed, "an error says that a block was cut, so that nothing passes"},
	{"coding deflate, cut", coded("deflate", "zlib", "half"), showed, showed, ""},
	{"coding gzip and garbage", coded("gzip", "gzip", "garbage"), showed, showed, ""},
	{"coding deflate and garbage", coded("deflate", "zlib", "garbage"), showed, showed, ""},
	{"coding br and garbage", coded("br", "br", "garbage"), showed, showed, ""},
	{"coding zstd and garbage", coded("zstd", "zstd", "garbage"), showed, showed, ""},
	{"coding as a zlib gzip", coded("gzip", "zlib"), nothing, nothing, ""},
	{"coding deflate, but gzip", coded("deflate", "gzip"), nothing, nothing, ""},
	{"transfer coding gzip", ok + "Transfer-Encoding: gzip\r\n\r\n{coded:gzip}", nothing, nothing, ""},
}

// fill is a header of about so many kilobytes.
func fill(kb int) string {
	var b strings.Builder
	for i := range kb {
		fmt.Fprintf(&b, "X-Fill-%03d: %s\r\n", i, strings.Repeat("x", 1024-14))
	}
	return b.String()
}
