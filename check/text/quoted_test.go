package text

import "testing"

func TestIndexUnquoted(t *testing.T) {
	for _, c := range []struct {
		s     string
		index int
		open  bool
	}{
		{"", -1, false}, {"a", -1, false}, {";a", 0, false}, {"a;b;c", 1, false},
		{`";";a`, 3, false}, {`"\";";a`, 5, false}, {`"\\";a`, 4, false},
		{`";`, -1, true}, {`"\`, -1, true}, {`"a"";`, -1, true}, {`\";a`, -1, true},
	} {
		if index, open := IndexUnquoted(c.s, ';'); index != c.index || open != c.open {
			t.Errorf("%q: %d, %t, want %d, %t", c.s, index, open, c.index, c.open)
		}
	}
}
