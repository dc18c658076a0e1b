package report

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/text"
)

// clientsBytes bounds the table of clients in a summary.
const clientsBytes = 60 << 10

// clientColumns are the columns of the table of clients.
var clientColumns = []pki.Client{pki.ClientChrome, pki.ClientFirefox, pki.ClientApple, pki.ClientAndroid, pki.ClientWindows, pki.ClientOpenJDK}

// trustByClient is a table of which clients' root stores each chain reaches.
func (v *View) trustByClient(b *strings.Builder) {
	stores := v.stores()
	if len(stores) == 0 {
		return
	}
	b.WriteString("## Trust by client\n\nThe roots that each client's store holds, by the list of the day in the head of the column. It does not cover the certificate's name and dates.\n\n| certificate of |")
	for _, c := range clientColumns {
		fmt.Fprintf(b, " %s |", markdown(columnHead(stores, c)))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(clientColumns)) + "\n")
	p := newPart(b, clientsBytes)
	for _, row := range v.clientRows() {
		p.block(row)
	}
	p.close("chain")
	b.WriteByte('\n')
}

// stores are the root stores that the report speaks of.
func (v *View) stores() []pki.StoreTrust {
	for _, res := range v.Results {
		for _, chain := range res.Clients {
			return chain.Stores
		}
	}
	return nil
}

// columnHead names a client with the day of its current list.
func columnHead(stores []pki.StoreTrust, c pki.Client) string {
	for _, s := range stores {
		if s.Client == c && s.Current {
			return fmt.Sprintf("%s, %s", s.Store, s.Date)
		}
	}
	return string(c)
}

// clientRows are the rows of the table: chains with the same answers share one.
func (v *View) clientRows() []string {
	texts, chains := v.chainsBy(func(stores []pki.StoreTrust) string {
		var cells strings.Builder
		for _, c := range clientColumns {
			fmt.Fprintf(&cells, " %s |", markdown(cell(stores, c)))
		}
		return cells.String()
	})
	rows := make([]string, 0, len(texts))
	for _, row := range texts {
		const most = 5
		names := chains[row]
		name := code(text.Clip(strings.Join(names[:min(len(names), most)], ", "), maxTargetURL))
		if more := len(names) - most; more > 0 {
			name += fmt.Sprintf(" and %d more", more)
		}
		rows = append(rows, "| "+name+" |"+row+"\n")
	}
	return rows
}

// chainsBy groups the names of the chains by a text about their clients. It
// gives the texts in the order of their first chains.
func (v *View) chainsBy(about func([]pki.StoreTrust) string) (texts []string, chains map[string][]string) {
	chains, seen := map[string][]string{}, map[string]bool{}
	for _, res := range v.Results {
		for _, chain := range res.Clients {
			s, name := about(chain.Stores), chainName(chain)
			if seen[s+name] {
				continue
			}
			seen[s+name] = true
			if chains[s] == nil {
				texts = append(texts, s)
			}
			chains[s] = append(chains[s], name)
		}
	}
	return texts, chains
}

// chainName names a chain by its host and by the clients that are shown it.
func chainName(c check.ChainTrust) string {
	if c.Client == "" {
		return c.Host
	}
	return c.Host + " (" + c.Client + ")"
}

// The answers that releases are grouped by.
var answers = []struct {
	acceptance pki.Acceptance
	icon, word string
}{{pki.Accepted, "✅", "accepted by"}, {pki.Refused, "❌", "refused by"}, {pki.AcceptanceUnknown, "❔", "unknown for"}}

// cell is what the releases of one client make of a chain.
func cell(stores []pki.StoreTrust, c pki.Client) string {
	var parts []string
	for _, a := range answers {
		releases, all := releasesOf(stores, c, a.acceptance)
		switch {
		case len(releases) == 0:
		case all:
			parts = append(parts, a.icon)
		default:
			parts = append(parts, a.icon+" "+strings.Join(releases, ", "))
		}
	}
	for _, s := range stores {
		if s.Client == c && s.Current && len(s.Completed) > 0 {
			parts = append(parts, "fetches "+strings.Join(s.Completed, ", "))
		}
		if s.Client == c && len(s.Install) > 0 {
			parts = append(parts, "install "+strings.Join(s.Install, ", "))
			break
		}
	}
	return strings.Join(parts, " ")
}

// releasesOf are the client's releases with an answer, three or more in a row
// as a range, and whether these are all of them.
func releasesOf(stores []pki.StoreTrust, c pki.Client, a pki.Acceptance) (releases []string, all bool) {
	all = true
	var run []string
	end := func() {
		if len(run) > 2 {
			run = []string{run[0] + " to " + run[len(run)-1]}
		}
		releases = append(releases, run...)
		run = nil
	}
	for _, s := range stores {
		switch {
		case s.Client != c:
		case s.Acceptance == a:
			run = append(run, strings.TrimPrefix(s.Release, "iOS "))
		default:
			all = false
			end()
		}
	}
	end()
	return releases, all
}

// clientLines are what the console says of clients: one sentence for chains
// with the same answers.
func (v *View) clientLines() []string {
	sentences, chains := v.chainsBy(clientSentence)
	var out []string
	for _, s := range sentences {
		name := "'" + chains[s][0] + "'"
		if more := len(chains[s]) - 1; more > 0 {
			name += fmt.Sprintf(" and %s", text.Count(more, "other chain"))
		}
		out = append(out, fmt.Sprintf("The root of %s is %s.", name, s))
	}
	return out
}

// clientSentence says which clients accept, which refuse and which are unknown.
func clientSentence(stores []pki.StoreTrust) string {
	var parts []string
	for _, a := range answers {
		var clients []string
		for _, c := range clientColumns {
			releases, all := releasesOf(stores, c, a.acceptance)
			switch name := clientName(c); {
			case len(releases) == 0:
			case all && (c == pki.ClientChrome || c == pki.ClientFirefox || c == pki.ClientWindows):
				clients = append(clients, name)
			default:
				clients = append(clients, name+" "+strings.Join(releases, ", "))
			}
		}
		if len(clients) > 0 {
			parts = append(parts, a.word+" "+strings.Join(clients, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// clientName names a client before its releases.
func clientName(c pki.Client) string {
	if c == pki.ClientApple {
		return "iOS"
	}
	return string(c)
}
