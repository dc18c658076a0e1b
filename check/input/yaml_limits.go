package input

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// The bounds of a YAML file. The parser takes quadratic time in the keys of a
// mapping and in the depth of nesting.
const (
	maxYAMLBytes  = 512 << 10
	maxYAMLTokens = 100_000
	maxYAMLDepth  = 64
	maxYAMLKeys   = 1000 // of one mapping
)

// A yamlLevel is a block collection that is open.
type yamlLevel struct {
	column int
	keys   int
}

// yamlShape follows the nesting of a YAML file through its tokens.
type yamlShape struct {
	blocks []yamlLevel // outermost first
	flows  []int       // the keys of each open flow collection
}

// tooComplex finds the first token at which a file goes beyond the bounds, and
// says which.
func tooComplex(tokens token.Tokens) (*token.Token, string) {
	var s yamlShape
	for _, t := range tokens {
		if why := s.take(t); why != "" {
			return t, why
		}
	}
	if len(tokens) > maxYAMLTokens {
		return tokens[maxYAMLTokens], fmt.Sprintf("there are more than %d words and marks", maxYAMLTokens)
	}
	return nil, ""
}

// take follows one token, and says what is too much.
func (s *yamlShape) take(t *token.Token) string {
	keys := 0
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		s.flows = append(s.flows, 0)
	case token.SequenceEndType, token.MappingEndType:
		s.flows = s.flows[:max(len(s.flows)-1, 0)]
	case token.SequenceEntryType, token.MappingKeyType:
		if len(s.flows) == 0 {
			s.open(t.Position.Column)
		}
	case token.MappingValueType:
		keys = s.key(t)
	}
	switch {
	case len(s.flows)+len(s.blocks) > maxYAMLDepth:
		return fmt.Sprintf("lists and mappings are nested more than %d deep", maxYAMLDepth)
	case keys > maxYAMLKeys:
		return fmt.Sprintf("a mapping has more than %d keys", maxYAMLKeys)
	}
	return ""
}

// open begins or goes on with a block collection at a column.
func (s *yamlShape) open(column int) *yamlLevel {
	for len(s.blocks) > 0 && s.blocks[len(s.blocks)-1].column > column {
		s.blocks = s.blocks[:len(s.blocks)-1]
	}
	if len(s.blocks) == 0 || s.blocks[len(s.blocks)-1].column < column {
		s.blocks = append(s.blocks, yamlLevel{column: column})
	}
	return &s.blocks[len(s.blocks)-1]
}

// key takes the colon after a key, and gives the number of keys of its mapping.
func (s *yamlShape) key(t *token.Token) int {
	if n := len(s.flows); n > 0 {
		s.flows[n-1]++
		return s.flows[n-1]
	}
	column := t.Position.Column
	if t.Prev != nil && t.Prev.Position.Line == t.Position.Line {
		column = t.Prev.Position.Column
	}
	level := s.open(column)
	level.keys++
	return level.keys
}
