package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const (
	maxMapped    = 1 << 14 // entries of a document's import maps
	maxImportMap = 1 << 20 // bytes of one
)

// An importMap says which URLs the specifiers of a document's module scripts
// mean (HTML section 8.1.5.3, "import maps").
type importMap struct {
	imports specifierMap
	scopes  []importScope // the longest prefix first
	size    int
}

// A specifierMap gives absolute URLs, empty where a specifier means none.
type specifierMap struct {
	urls map[string]string
	// prefixes are the keys that end in a slash, the longest first.
	prefixes []string
}

// An importScope maps the specifiers of the scripts under a URL.
type importScope struct {
	prefix string
	specifierMap
}

// merge takes the map in a <script type=importmap>. What is mapped already stays
// so. A malformed map is dropped.
func (m *importMap) merge(base *url.URL, text string) {
	whole, ok := members([]byte(text))
	imports, importsOK := members(valueOf(whole, "imports"))
	scopes, scopesOK := members(valueOf(whole, "scopes"))
	of := map[string][]member{} // by prefix; the last of equal ones counts
	var prefixes []string
	for _, scope := range scopes {
		entries, isObject := members(scope.value)
		scopesOK = scopesOK && isObject
		prefix, isURL := resolve(base, scope.name)
		if !isURL {
			continue
		}
		if _, twice := of[prefix.String()]; !twice {
			prefixes = append(prefixes, prefix.String())
		}
		of[prefix.String()] = entries
	}
	if !ok || !importsOK || !scopesOK {
		return
	}
	m.size += m.imports.merge(base, imports, maxMapped-m.size)
	for _, prefix := range prefixes {
		if m.size >= maxMapped {
			break
		}
		at := slices.IndexFunc(m.scopes, func(s importScope) bool { return s.prefix == prefix })
		if at < 0 {
			at = len(m.scopes)
			m.scopes = append(m.scopes, importScope{prefix: prefix})
		}
		m.size += 1 + m.scopes[at].merge(base, of[prefix], maxMapped-m.size)
	}
	slices.SortFunc(m.scopes, func(a, b importScope) int { return cmp.Compare(b.prefix, a.prefix) })
}

// A member is a name and a value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members gives those of a JSON object in their order, and reports whether it is
// no other value. Nil has none.
func members(object json.RawMessage) (all []member, ok bool) {
	if object == nil {
		return nil, true
	}
	if !json.Valid(object) || !bytes.HasPrefix(bytes.TrimLeft(object, " \t\r\n"), []byte("{")) {
		return nil, false
	}
	in := json.NewDecoder(bytes.NewReader(object))
	for _, err := in.Token(); err == nil && in.More(); {
		name, _ := in.Token() // valid, as all that follows
		m := member{name: name.(string)}
		err = in.Decode(&m.value)
		all = append(all, m)
	}
	return all, true
}

// valueOf is the last value of a name, nil for none.
func valueOf(all []member, name string) json.RawMessage {
	for _, m := range slices.Backward(all) {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// merge takes at most so many entries over, the last of each specifier, and gives
// how many it took.
func (m *specifierMap) merge(base *url.URL, entries []member, most int) int {
	if m.urls == nil {
		m.urls = map[string]string{}
	}
	taken := map[string]bool{}
	for _, entry := range entries {
		key := entry.name
		if u, ok := resolveSpecifier(base, key); ok {
			key = u.String()
		}
		if _, mapped := m.urls[key]; !taken[key] && (mapped || key == "" || len(taken) >= most) {
			continue
		}
		if strings.HasSuffix(key, "/") && !taken[key] {
			m.prefixes = append(m.prefixes, key)
		}
		taken[key] = true
		m.urls[key] = addressOf(base, key, entry.value)
	}
	slices.SortFunc(m.prefixes, func(a, b string) int { return cmp.Compare(b, a) })
	return len(taken)
}

// addressOf is the URL that a value of an import map gives for a specifier, empty
// where it is none.
func addressOf(base *url.URL, key string, value json.RawMessage) string {
	var address *string // nil for null
	if err := json.Unmarshal(value, &address); err != nil || address == nil {
		return ""
	}
	u, ok := resolveSpecifier(base, *address)
	if !ok || strings.HasSuffix(key, "/") && !strings.HasSuffix(u.String(), "/") {
		return ""
	}
	return u.String()
}

// resolve gives what a specifier means that is resolved against a base URL,
// which is that of the script too. It reports false where that is nothing: the
// script is then not run (HTML section 8.1.5.2, "resolve a module specifier").
func (m *importMap) resolve(base *url.URL, specifier string) (*url.URL, bool) {
	direct, isURL := resolveSpecifier(base, specifier)
	key := specifier
	if isURL {
		key = direct.String()
	}
	script := base.String()
	for _, scope := range m.scopes {
		if scope.prefix == script || strings.HasSuffix(scope.prefix, "/") && strings.HasPrefix(script, scope.prefix) {
			if u, mapped := scope.find(key, !isURL || special(direct.Scheme)); mapped {
				return u, u != nil
			}
		}
	}
	if u, mapped := m.imports.find(key, !isURL || special(direct.Scheme)); mapped {
		return u, u != nil
	}
	return direct, isURL
}

// find looks a specifier up, by its prefixes too where those count. It gives
// nil for one that is mapped to nothing.
func (m *specifierMap) find(key string, prefixes bool) (to *url.URL, mapped bool) {
	address, mapped := m.urls[key]
	rest := ""
	if !mapped && prefixes {
		at := slices.IndexFunc(m.prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		if at < 0 {
			return nil, false
		}
		address, rest, mapped = m.urls[m.prefixes[at]], key[len(m.prefixes[at]):], true
	}
	base, err := url.Parse(address)
	if !mapped || address == "" || err != nil {
		return nil, mapped
	}
	if rest == "" {
		return base, true
	}
	u, ok := resolve(base, rest)
	if !ok || !strings.HasPrefix(u.String(), address) {
		return nil, true
	}
	return u, true
}

// resolveSpecifier reads a specifier that is a URL: absolute, or relative and
// marked as such.
func resolveSpecifier(base *url.URL, specifier string) (*url.URL, bool) {
	if strings.HasPrefix(specifier, "/") || strings.HasPrefix(specifier, "./") || strings.HasPrefix(specifier, "../") {
		return resolve(base, specifier)
	}
	if scheme, _ := splitScheme(clean(specifier)); scheme == "" {
		return nil, false
	}
	return resolve(base, specifier)
}
