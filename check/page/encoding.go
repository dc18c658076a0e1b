package page

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// decodeText gives a body as UTF-8 where its encoding does not agree with ASCII,
// else as it is. A byte order mark outranks the charset, which is the label of
// Content-Type (WHATWG Encoding sections 4.2 and 6).
func decodeText(body []byte, charset string) []byte {
	switch {
	case bytes.HasPrefix(body, []byte("\ufeff")):
		return body[len("\ufeff"):]
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		return decodeUTF16(body, 0, 1)
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		return decodeUTF16(body, 1, 0)
	}
	if undecoded[charset] {
		return []byte("\uFFFD")
	}
	switch charset {
	case "utf-16be", "unicodefffe":
		return decodeUTF16(body, 0, 1)
	case "utf-16le", "utf-16", "unicode", "csunicode", "iso-10646-ucs-2", "ucs-2", "unicodefeff":
		return decodeUTF16(body, 1, 0)
	case "iso-2022-jp", "csiso2022jp":
		return decodeISO2022JP(body)
	}
	return body
}

// prescanned is how many bytes of a document are searched for its charset.
const prescanned = 1024

// metaCharset gives the charset that a <meta> at the beginning of an HTML document
// names (HTML section 13.2.3.2, "prescan a byte stream"); empty for UTF-16, which
// no <meta> can mean.
func metaCharset(body []byte) string {
	body = body[:min(len(body), prescanned)]
	if !bytes.Contains(bytes.ToLower(body), []byte("charset")) {
		return ""
	}
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			charset := charsetOf(tokens)
			if strings.HasPrefix(charset, "utf-16") {
				return ""
			}
			if isCharset(charset) {
				return charset
			}
		}
	}
}

// charsetOf is the charset that the start tag names which the tokenizer stands on.
func charsetOf(tokens *html.Tokenizer) string {
	name, more := tokens.TagName()
	if string(name) != "meta" {
		return ""
	}
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		if _, repeated := attrs[string(key)]; !repeated {
			attrs[string(key)] = strings.ToLower(strings.Trim(string(value), htmlSpace))
		}
	}
	if charset, ok := attrs["charset"]; ok {
		return charset
	}
	_, after, found := strings.Cut(attrs["content"], "charset")
	after = strings.TrimLeft(after, htmlSpace)
	if attrs["http-equiv"] != "content-type" || !found || !strings.HasPrefix(after, "=") {
		return ""
	}
	after = strings.TrimLeft(after[1:], htmlSpace)
	if after != "" && (after[0] == '"' || after[0] == '\'') {
		charset, _, _ := strings.Cut(after[1:], after[:1])
		return charset
	}
	charset, _, _ := strings.Cut(strings.Join(strings.Fields(after), ";"), ";")
	return charset
}

// undecoded are the labels of encodings that browsers do not decode: the whole body
// is one replacement character (WHATWG Encoding section 14.1).
var undecoded = setOf("replacement csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr")

// isCharset reports whether browsers know an encoding by that label.
func isCharset(label string) bool {
	return undecoded[label] || decoded[label] || strings.HasPrefix(label, "iso-") || strings.HasPrefix(label, "windows-")
}

// decoded are the labels in use of encodings that browsers decode, those of ISO
// and Windows apart (WHATWG Encoding section 4.2).
var decoded = setOf(`ascii big5 big5-hkscs cp1251 cp1252 csiso2022jp euc-jp euc-kr gb18030 gb2312 gbk koi8-r koi8-u
	ks_c_5601-1987 latin1 macintosh shift-jis shift_jis sjis tis-620 ucs-2 unicode
	unicodefeff unicodefffe us-ascii utf-16 utf-16be utf-16le utf-8 utf8 x-sjis x-user-defined`)

// decodeUTF16 decodes UTF-16; high and low are the places of a unit's octets.
func decodeUTF16(body []byte, high, low int) []byte {
	out := make([]byte, 0, len(body))
	for i := 0; i+1 < len(body); i += 2 {
		r := rune(body[i+high])<<8 | rune(body[i+low])
		if utf16.IsSurrogate(r) && i+3 < len(body) {
			second := rune(body[i+2+high])<<8 | rune(body[i+2+low])
			if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
				r = pair
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return bytes.TrimPrefix(out, []byte("\ufeff"))
}

// decodeISO2022JP leaves the ASCII of ISO-2022-JP, and a replacement character
// for each other character: no markup is made of those (WHATWG Encoding section
// 12.2).
func decodeISO2022JP(body []byte) []byte {
	out := make([]byte, 0, len(body))
	width := 0 // octets of a character; 0 in ASCII
	for i := 0; i < len(body); {
		rest := body[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("\x1b(B")), bytes.HasPrefix(rest, []byte("\x1b(J")):
			width = 0
			i += 3
		case bytes.HasPrefix(rest, []byte("\x1b(I")):
			width = 1
			i += 3
		case bytes.HasPrefix(rest, []byte("\x1b$@")), bytes.HasPrefix(rest, []byte("\x1b$B")):
			width = 2
			i += 3
		case width == 0 || rest[0] == '\n' || rest[0] == '\r':
			out = append(out, rest[0])
			i++
		default:
			out = append(out, "\uFFFD"...)
			i += min(width, len(rest))
		}
	}
	return out
}
