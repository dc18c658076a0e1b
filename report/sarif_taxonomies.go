package report

import (
	"slices"
	"strconv"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/tlsgate/tlsgate/check"
)

// The taxonomies that rules are related to, by their place in the run.
const (
	asvs = iota
	cwe
	capec
)

// cweNames are the names of the weaknesses that rules name.
var cweNames = map[int]string{
	295: "Improper Certificate Validation",
	296: "Improper Following of a Certificate's Chain of Trust",
	297: "Improper Validation of Certificate with Host Mismatch",
	298: "Improper Validation of Certificate Expiration",
	299: "Improper Check for Certificate Revocation",
	319: "Cleartext Transmission of Sensitive Information",
	322: "Key Exchange without Entity Authentication",
	326: "Inadequate Encryption Strength",
	327: "Use of a Broken or Risky Cryptographic Algorithm",
	328: "Use of Weak Hash",
	523: "Unprotected Transport of Credentials",
	614: "Sensitive Cookie in HTTPS Session Without 'Secure' Attribute",
	757: "Selection of Less-Secure Algorithm During Negotiation ('Algorithm Downgrade')",
}

// attackPatterns are the entries of CAPEC 3.9 that the requirements stand
// against; some are of V12.2.1 only.
var attackPatterns = []struct {
	id      int
	name    string
	tlsOnly bool
}{
	{21, "Exploitation of Trusted Identifiers", false},
	{31, "Accessing/Intercepting/Modifying HTTP Cookies", true},
	{39, "Manipulating Opaque Client-based Data Tokens", false},
	{65, "Sniff Application Code", true},
	{89, "Pharming", false},
	{94, "Adversary in the Middle", false},
	{102, "Session Sidejacking", false},
	{117, "Interception", false},
	{157, "Sniffing Attacks", false},
	{217, "Exploiting Incorrectly Configured SSL/TLS", false},
	{220, "Client-Server Protocol Manipulation", false},
	{473, "Signature Spoof", false},
	{593, "Session Hijacking", true},
	{594, "Traffic Injection", false},
	{620, "Drop Encryption Level", false},
}

// taxonomies are OWASP ASVS, and of CWE and CAPEC what the rules relate to.
func taxonomies(rules []check.Rule) []*sarif.ToolComponent {
	a := taxonomy("OWASP ASVS", "OWASP Foundation", "5.0.0", "https://owasp.org/www-project-application-security-verification-standard/",
		"Requirements of the OWASP Application Security Verification Standard that tlsgate verifies (OWASP ASVS, CC BY-SA 4.0).")
	for _, q := range check.Requirements() {
		a.AddTaxa(taxon(string(q), q.Title(), q.Text()))
	}
	w := taxonomy("CWE", "MITRE", "", "https://cwe.mitre.org/", "Weaknesses of the Common Weakness Enumeration that the rules find.")
	for _, id := range weaknesses(rules) {
		w.AddTaxa(taxon(strconv.Itoa(id), cweNames[id], cweNames[id]+".").
			WithHelpURI("https://cwe.mitre.org/data/definitions/" + strconv.Itoa(id) + ".html"))
	}
	p := taxonomy("CAPEC", "MITRE", "3.9", "https://capec.mitre.org/", "Attack patterns of the Common Attack Pattern Enumerations and Classifications that the requirements stand against.")
	for _, ap := range attackPatterns {
		p.AddTaxa(taxon(strconv.Itoa(ap.id), ap.name, ap.name+".").
			WithHelpURI("https://capec.mitre.org/data/definitions/" + strconv.Itoa(ap.id) + ".html"))
	}
	return []*sarif.ToolComponent{a, w, p}
}

func taxonomy(name, organization, version, uri, short string) *sarif.ToolComponent {
	c := sarif.NewDriver(name).WithInformationURI(uri).WithShortDescription(sarif.NewMultiformatMessageString(short))
	c.Organization = &organization
	if version != "" {
		c.WithVersion(version)
	}
	return c
}

func taxon(id, name, short string) *sarif.ReportingDescriptor {
	return sarif.NewRule(id).WithName(name).WithShortDescription(sarif.NewMultiformatMessageString(short))
}

// weaknesses are the numbers of the weaknesses that rules name, in order.
func weaknesses(rules []check.Rule) []int {
	var ids []int
	for _, r := range rules {
		if r.CWE != 0 {
			ids = appendNew(ids, r.CWE)
		}
	}
	slices.Sort(ids)
	return ids
}

// A relationship ties a rule to a taxon (SARIF 2.1.0 section 3.53).
type relationship struct {
	Target taxonReference `json:"target"`
	Kinds  []string       `json:"kinds"`
}

type taxonReference struct {
	ID        string        `json:"id"`
	Index     int           `json:"index"`
	Component componentName `json:"toolComponent"`
}

type componentName struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
}

// supported lists the taxonomies that the driver's rules relate to.
func supported(taxonomies []*sarif.ToolComponent) []componentName {
	var out []componentName
	for i, t := range taxonomies {
		out = append(out, componentName{t.Name, i})
	}
	return out
}

// reference points at a taxon of a taxonomy of the run.
func reference(taxonomies []*sarif.ToolComponent, taxonomy int, id string) taxonReference {
	t := taxonomies[taxonomy]
	i := slices.IndexFunc(t.Taxa, func(d *sarif.ReportingDescriptor) bool { return d.ID == id })
	return taxonReference{id, i, componentName{t.Name, taxonomy}}
}

// taxa are the weakness that a result of the rule is an instance of.
func taxa(r check.Rule, taxonomies []*sarif.ToolComponent) []taxonReference {
	if r.CWE == 0 {
		return nil
	}
	return []taxonReference{reference(taxonomies, cwe, strconv.Itoa(r.CWE))}
}

// relationships ties a rule to its requirements and its weakness, each of
// which is wider than the rule, and to the attacks that they stand against.
func relationships(r check.Rule, taxonomies []*sarif.ToolComponent) []relationship {
	out := make([]relationship, 0, len(r.Requirements)+1+len(attackPatterns))
	relate := func(taxonomy int, id, kind string) {
		out = append(out, relationship{reference(taxonomies, taxonomy, id), []string{kind}})
	}
	for _, q := range r.Requirements {
		relate(asvs, string(q), "superset")
	}
	if r.CWE != 0 {
		relate(cwe, strconv.Itoa(r.CWE), "superset")
	}
	for _, ap := range attackPatterns {
		if !ap.tlsOnly || r.Speaks(check.TLSOnly) {
			relate(capec, strconv.Itoa(ap.id), "relevant")
		}
	}
	return out
}
