package probe

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// trusted reports whether nothing is wrong with the certificate of a
// handshake as it was sent, so that secrets may go to the server.
func (p *Prober) trusted(judge *fact.Judge, t fact.Target, h fact.Handshake) bool {
	if judge == nil {
		judge = fact.NewJudge(p.Roots, p.Now())
	}
	chain := judge.Chain(t.Host, h, nil)
	return len(chain.Certificates) > 0 && len(chain.Faults) == 0
}

// A mask takes secrets out of text, in whatever way a URL escapes them.
type mask struct {
	secrets *regexp.Regexp // nil for none
	longest int            // bytes of the longest secret
}

// leastSecret is the length from which a header value, or a part of one, is
// masked: "https" or "1" is no secret, and masked it would change what the
// rest of a report says.
const leastSecret = 6

// newMask masks the values of headers wherever a server may echo them: whole,
// each word of them, and the password of basic credentials (RFC 7617).
// A text that the declared URL holds itself is no secret.
func newMask(headers []fact.Header, declared string) mask {
	var secrets []string
	for _, h := range headers {
		secrets = appendLong(secrets, h.Value)
		for _, word := range strings.Fields(h.Value) {
			secrets = appendLong(secrets, word)
			if plain, err := base64.StdEncoding.DecodeString(word); err == nil {
				if _, password, ok := strings.Cut(string(plain), ":"); ok {
					secrets = appendLong(secrets, password)
				}
			}
		}
	}
	// The first alternative that matches wins: the longest has to be first.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var forms []string
	for _, s := range secrets {
		if !strings.Contains(strings.ToLower(declared), strings.ToLower(s)) {
			forms = append(forms, anyEscaping(s))
		}
	}
	if len(forms) == 0 {
		return mask{}
	}
	return mask{secrets: regexp.MustCompile("(?i)" + strings.Join(forms, "|")), longest: len(secrets[0])}
}

func appendLong(secrets []string, s string) []string {
	if len(s) < leastSecret {
		return secrets
	}
	return append(secrets, s)
}

// anyEscaping is a pattern for text of which each character may be
// percent-encoded (RFC 3986 section 2.1), and a space a plus.
func anyEscaping(s string) string {
	var b strings.Builder
	for _, r := range s {
		char := string(r)
		b.WriteString("(?:" + regexp.QuoteMeta(char) + "|(?i:")
		for _, c := range []byte(char) {
			fmt.Fprintf(&b, "%%(?:25)*%02x", c)
		}
		b.WriteString(")")
		if r == ' ' {
			b.WriteString(`|\+`)
		}
		b.WriteString(")")
	}
	return b.String()
}

// observation takes the secrets out of every text that was observed: all but
// the target, which the user declared. It walks the fields, so that a new one
// is masked too.
func (m mask) observation(o *fact.Observation) {
	if m.secrets == nil {
		return
	}
	v := reflect.ValueOf(o).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Name != "Target" {
			m.walk(v.Field(i))
		}
	}
}

// walk masks the strings in a value. Those of a type of their own are
// constants of tlsgate's.
func (m mask) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			s := v.String()
			m.text(&s)
			v.SetString(s)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			m.walk(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				m.walk(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // certificates and other bytes, which no request changes
		}
		for i := range v.Len() {
			m.walk(v.Index(i))
		}
	}
}

func (m mask) text(s *string) {
	if m.secrets == nil {
		return
	}
	masked := m.secrets.ReplaceAllLiteralString(*s, "***")
	if cut, clipped := strings.CutSuffix(masked, "…"); clipped {
		// The clip may have cut a secret in two, each byte of it escaped to three.
		masked = fact.Clip(masked, max(len(cut)-3*m.longest, 0)+len("…"))
	}
	*s = masked
}

// holds reports whether a text holds a secret.
func (m mask) holds(s string) bool { return m.secrets != nil && m.secrets.MatchString(s) }
