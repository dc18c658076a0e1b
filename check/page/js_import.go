package page

import "strings"

// A scriptImport is an import of a script.
type scriptImport struct {
	specifier string
	at        int // where its statement begins
	// kind is the type that the import demands: empty for a script.
	kind string
}

// An importReader reads the imports of a script.
type importReader struct {
	jsScanner
	tok jsToken
	// start is set where the token begins a statement of the script.
	start bool
	ended func() bool // reports whether to stop
	count int         // of tokens
	bad   bool        // the script is malformed
}

// advance reads on.
func (r *importReader) advance() {
	if r.count++; r.count%checkEvery == 0 && r.ended() {
		r.bad = true
	}
	before := r.tok
	r.tok = r.next()
	r.bad = r.bad || r.tok.kind == jsBad || r.wrong(before)
	r.start = len(r.brackets) == 0 && r.mayStart(before) && !r.bad
}

// mayStart reports whether a statement may begin after a token.
func (r *importReader) mayStart(before jsToken) bool {
	switch {
	case before.kind == jsEnd, before.is(";"), before.is("}"):
		return true
	case !r.tok.newline:
		return false
	case before.kind == jsPunct:
		return before.is(")") || before.is("]") || before.is("++") || before.is("--")
	}
	return before.kind != jsWord || !operators[before.value]
}

// wrong reports whether no script has the token after that one. It knows the
// commonest of such pairs: two names, and an operator that ends a statement.
func (r *importReader) wrong(before jsToken) bool {
	switch {
	case r.tok.word("return"):
		return len(r.brackets) == 0 && !r.member
	case before.kind == jsPunct:
		return wantsOperand[before.value] && (r.tok.kind == jsEnd || r.tok.is(";") || r.tok.is(")") || r.tok.is("]") || r.tok.is("}"))
	case before.kind != jsWord || r.tok.kind != jsWord:
		return false
	}
	return !r.tok.newline && !beforeName[before.value] && !operators[before.value] && !afterName[r.tok.value]
}

var (
	// wantsOperand are punctuators that an operand follows.
	wantsOperand = setOf("= + - * / % & | ^ < > ! ~ => . ?. ...")
	// beforeName are words that a name may follow, and afterName those that may
	// follow a name.
	beforeName = setOf(`accessor as async break class const continue defer do else export extends for from function get
		import let set source static using var`)
	afterName = setOf("as extends from in instanceof of")
)

// moduleImports gives the static imports of a module script (ECMA-262 section
// 16.2), which a browser asks for before it runs any of it, none for a script
// that is malformed as far as that is seen. Where there are none, it gives the
// calls of import() that the script begins with: others may never be reached.
func moduleImports(text string, ended func() bool) []scriptImport {
	r := importReader{jsScanner: jsScanner{text: text}, ended: ended}
	r.advance()
	var static []scriptImport
	dynamic := r.calls()
	for !r.bad && r.tok.kind != jsEnd {
		at, begins := r.tok.at, r.start
		switch {
		case r.tok.word("import") && len(r.brackets) == 0 && !r.member:
			r.advance()
			if r.tok.is("(") || r.tok.is(".") {
				continue
			}
			r.bad = r.bad || !begins || !r.importClause()
		case r.tok.word("export") && begins:
			if r.advance(); !r.exportClause() {
				continue
			}
		default:
			r.advance()
			continue
		}
		one := scriptImport{specifier: r.tok.value, at: at}
		r.bad = r.bad || r.tok.kind != jsString
		r.advance()
		one.kind = r.attributes()
		r.bad = r.bad || !r.start && r.tok.kind != jsEnd && !r.tok.is(";")
		static = append(static, one)
	}
	switch {
	case r.bad:
		return nil
	case len(static) > 0: // the script runs once they are there
		return static
	}
	return dynamic
}

// importClause reads what stands between "import" and its specifier, and
// reports whether it is well-formed.
func (r *importReader) importClause() bool {
	if r.tok.kind == jsString {
		return !r.template()
	}
	named := true
	if r.tok.kind == jsWord {
		source := r.tok.word("source") // Firefox knows imports of sources
		if r.advance(); source && r.tok.kind == jsWord && !r.tok.word("from") {
			r.advance()
		}
		if named = r.tok.is(","); named {
			r.advance()
		}
	}
	if named && !r.namedImports() || !r.tok.word("from") {
		return false
	}
	r.advance()
	return r.tok.kind == jsString && !r.template()
}

// namedImports reads "* as name" or a list of names in braces, and reports
// whether it is one.
func (r *importReader) namedImports() bool {
	if r.tok.is("*") {
		r.advance()
		as := r.tok.word("as")
		r.advance()
		name := r.tok.kind == jsWord
		r.advance()
		return as && name
	}
	if !r.tok.is("{") {
		return false
	}
	for r.advance(); !r.tok.is("}"); {
		if r.tok.kind != jsWord && r.tok.kind != jsString {
			return false
		}
		if r.advance(); r.tok.word("as") {
			r.advance()
			r.advance()
		}
		switch {
		case r.tok.is(","):
			r.advance()
		case !r.tok.is("}"):
			return false
		}
	}
	r.advance()
	return true
}

// exportClause reads what follows "export", and reports whether it comes to the
// specifier of a module.
func (r *importReader) exportClause() bool {
	switch {
	case r.tok.is("*"):
		for r.advance(); !r.bad && !r.tok.word("from"); r.advance() {
			if r.tok.kind != jsWord && r.tok.kind != jsString {
				return false
			}
		}
	case r.tok.is("{"):
		for r.advance(); !r.bad && len(r.brackets) > 0 && r.tok.kind != jsEnd; {
			r.advance()
		}
		r.advance()
		if !r.tok.word("from") {
			return false
		}
	default:
		return false
	}
	r.advance()
	return true
}

// template reports whether the current string is a template, which is no
// specifier of a static import.
func (r *importReader) template() bool { return r.text[r.tok.at] == '`' }

// attributes reads the attributes of an import, and gives the type among them.
// Browsers refuse a script with others.
func (r *importReader) attributes() (kind string) {
	if !r.tok.word("with") {
		return ""
	}
	r.advance()
	r.bad = r.bad || !r.tok.is("{")
	r.advance()
	for !r.bad && !r.tok.is("}") {
		r.bad = !r.tok.word("type") && (r.tok.kind != jsString || r.tok.value != "type")
		r.advance()
		r.bad = r.bad || !r.tok.is(":")
		r.advance()
		r.bad = r.bad || r.tok.kind != jsString
		kind = r.tok.value
		r.advance()
		if r.tok.is(",") {
			r.advance()
		}
	}
	r.advance()
	return kind
}

// classicImports gives the calls of import() that a classic script begins with.
func classicImports(text string, ended func() bool) []scriptImport {
	r := importReader{jsScanner: jsScanner{text: text, classic: true}, ended: ended}
	r.advance()
	dynamic := r.calls()
	for !r.bad && r.tok.kind != jsEnd {
		r.advance()
	}
	if r.bad {
		return nil
	}
	return dynamic
}

// calls reads the calls of import() that a script begins with, each of one
// string, and gives those that are reached for sure.
func (r *importReader) calls() (found []scriptImport) {
	for r.tok.kind == jsString { // a directive
		if r.advance(); r.tok.is(";") {
			r.advance()
		}
	}
	for !r.bad {
		at := r.tok.at
		if r.tok.word("const") || r.tok.word("let") || r.tok.word("var") {
			r.binding()
		}
		wait := r.tok.word("await") && !r.classic
		if wait {
			r.advance()
		}
		if !r.tok.word("import") || r.peek() != '(' {
			return found
		}
		r.advance()
		r.advance()
		one := scriptImport{specifier: r.tok.value, at: at}
		isString := r.tok.kind == jsString
		if r.advance(); !isString || !r.tok.is(")") {
			return found
		}
		found = append(found, one)
		if r.advance(); wait || !r.tok.is(";") && !r.start {
			return found
		}
		if r.tok.is(";") {
			r.advance()
		}
	}
	return found
}

// peek gives the character after the token.
func (r *importReader) peek() byte {
	if rest := strings.TrimLeft(r.text[r.at:], htmlSpace); rest != "" {
		return rest[0]
	}
	return 0
}

// binding reads a declaration up to its initial value, or to an import or export
// that follows it.
func (r *importReader) binding() {
	for r.advance(); r.tok.kind == jsWord && !r.tok.word("import") && !r.tok.word("export") || r.tok.is("{") || r.tok.is("}") || r.tok.is(",") || r.tok.is(":"); {
		r.advance()
	}
	if r.tok.is("=") {
		r.advance()
	}
}
