package page

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
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
	switch charset {
	case "utf-16be", "unicodefffe":
		return decodeUTF16(body, 0, 1)
	case "utf-16le", "utf-16", "unicode", "csunicode", "iso-10646-ucs-2", "ucs-2", "unicodefeff":
		return decodeUTF16(body, 1, 0)
	case "replacement", "csiso2022kr", "hz-gb-2312", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr":
		// Browsers decode none of these: the whole body is one replacement character.
		return []byte("\uFFFD")
	case "iso-2022-jp", "csiso2022jp":
		return decodeISO2022JP(body)
	}
	return body
}

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
