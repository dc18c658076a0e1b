package page

import (
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
	var parsed map[string]any
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		return
	}
	imports, ok := entriesOf(parsed, "imports")
	scopes, scopesOK := entriesOf(parsed, "scopes")
	for key := range scopes {
		_, isObject := entriesOf(scopes, key)
		scopesOK = scopesOK && isObject
	}
	if !ok || !scopesOK {
		return
	}
	m.size += m.imports.merge(base, imports, maxMapped-m.size)
	for key := range scopes {
		prefix, ok := resolve(base, key)
		if !ok || m.size >= maxMapped {
			continue
		}
		at := slices.IndexFunc(m.scopes, func(s importScope) bool { return s.prefix == prefix.String() })
		if at < 0 {
			at = len(m.scopes)
			m.scopes = append(m.scopes, importScope{prefix: prefix.String()})
		}
		entries, _ := entriesOf(scopes, key)
		m.size += 1 + m.scopes[at].merge(base, entries, maxMapped-m.size)
	}
	slices.SortFunc(m.scopes, func(a, b importScope) int { return cmp.Compare(b.prefix, a.prefix) })
}

// entriesOf gives the object under a key, none where it is absent, and reports
// whether it is no other value.
func entriesOf(from map[string]any, key string) (entries map[string]any, ok bool) {
	value, has := from[key]
	if !has {
		return nil, true
	}
	entries, ok = value.(map[string]any)
	return entries, ok
}

// merge takes at most so many entries over, and gives how many it took.
func (m *specifierMap) merge(base *url.URL, entries map[string]any, most int) int {
	if m.urls == nil {
		m.urls = map[string]string{}
	}
	taken := 0
	for key, value := range entries {
		if u, ok := resolveSpecifier(base, key); ok {
			key = u.String()
		}
		if _, mapped := m.urls[key]; mapped || key == "" || taken >= most {
			continue
		}
		taken++
		m.urls[key] = ""
		if address, isString := value.(string); isString {
			if u, ok := resolveSpecifier(base, address); ok && (!strings.HasSuffix(key, "/") || strings.HasSuffix(u.String(), "/")) {
				m.urls[key] = u.String()
			}
		}
		if strings.HasSuffix(key, "/") {
			m.prefixes = append(m.prefixes, key)
		}
	}
	slices.SortFunc(m.prefixes, func(a, b string) int { return cmp.Compare(b, a) })
	return taken
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
