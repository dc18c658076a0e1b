package report

import (
	"io/fs"
	"net/url"
	"strconv"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// sourceRoot is the base that locations are relative to: the repository.
const sourceRoot = "%SRCROOT%"

// endpointURI is the synthetic place of a target in the repository. Code
// scanning refuses https URLs as locations, and a line of the file that
// declares the target moves when the file is edited.
func endpointURI(t fact.Target) string {
	name := t.Label
	if name == "" {
		name = strings.ReplaceAll(t.Host, ":", "-")
	}
	return "endpoints/" + url.PathEscape(name) + "_" + strconv.Itoa(int(t.Port))
}

// endpointLocation is the one location of a result.
func endpointLocation(uri string, targets []fact.Target) *sarif.Location {
	l := sarif.NewLocationWithPhysicalLocation(physical(uri, 1))
	for _, t := range targets {
		l.AddLogicalLocations(sarif.NewLogicalLocation().WithFullyQualifiedName(text.Line(t.URL())).WithKind("resource"))
	}
	return l
}

// placeLocation is the line of a place that is linkable.
func placeLocation(p fact.Place) *sarif.Location {
	uri := (&url.URL{Path: p.File}).String()
	return sarif.NewLocationWithPhysicalLocation(physical(uri, max(p.Line, 1)))
}

// linkable reports whether a place is a file that a repository can hold.
func linkable(p fact.Place) bool { return p.File != "." && fs.ValidPath(p.File) }

// physical is the start of a line of a file in the repository.
func physical(uri string, line int) *sarif.PhysicalLocation {
	return sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri).WithUriBaseId(sourceRoot)).
		WithRegion(sarif.NewRegion().WithStartLine(line).WithStartColumn(1))
}
