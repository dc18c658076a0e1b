package page

import "strings"

// speculationRules takes the Speculation-Rules header fields: a list of strings (RFC
// 9651 section 3.1), each the URL of rules that Chromium loads. No policy of the
// page holds for them but one that upgrades.
func (p *parser) speculationRules(values []string) {
	var refs []string
	rest := strings.Join(values, ",")
	for rest != "" {
		item, after, err := cutQuoted(rest, ',')
		if err != nil {
			return
		}
		rest = after
		item, _, _ = cutQuoted(item, ';')
		if ref, ok := unquote(trimBlanks(item)); ok {
			refs = append(refs, ref)
		}
	}
	for _, ref := range refs {
		p.add(reference{kind: Blockable, directive: unjudged, el: element{name: "Speculation-Rules"}, ref: ref})
	}
}
