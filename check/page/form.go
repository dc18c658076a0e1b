package page

// maxForms bounds the forms that wait for the end of the document, where a
// control may still name them by their id.
const maxForms = 1000

// A form is what matters of a <form> until all of its controls are known.
type form struct {
	el     element
	line   int
	dialog bool // its method is dialog: only a control can send it
	// shadows is how many shadow trees it is in: controls elsewhere are not
	// its own. Outer is the open form around its shadow tree.
	shadows int
	outer   *form
	// sendable is set by a control that sends it to its own action; submits by
	// any control that is made for that, disabled or with another action too.
	sendable, submits bool
}

// forms are a document's forms and what waits for them.
type forms struct {
	current *form
	byID    map[string]*form
	waiting []*form
	// controls are those that name their form by its id.
	controls []control
	// ids are those of elements that are in no shadow tree. An id means the
	// first element that has it, be it no form.
	ids map[string]bool
}

// name takes the id of an element, after the element itself.
func (f *forms) name(el element, shadows int) {
	id := el.get("id")
	if id == "" || shadows > 0 || len(f.ids) == maxFeatures {
		return
	}
	if f.ids == nil {
		f.ids = map[string]bool{}
	}
	f.ids[id] = true
}

// A control is a button with a form attribute.
type control struct {
	el      element
	line    int
	shadows int // as of a form
}

// collectForm takes a form, or a control of one.
func (p *parser) collectForm(el element) {
	if el.name == "form" {
		p.openForm(el)
		return
	}
	if el.name == "input" && el.keyword("type") == "image" {
		p.image(el, "src")
	}
	if p.scopes.disabled() {
		el.set("disabled", "")
	}
	if el.has("form") {
		if len(p.forms.controls) < maxForms {
			p.forms.controls = append(p.forms.controls, control{el, p.line, p.scopes.shadows()})
		}
		return
	}
	if f := p.forms.current; f != nil && f.shadows == p.scopes.shadows() {
		p.control(f, el, p.line)
	}
}

// openForm begins a form. A form within a form is none, but in XML.
func (p *parser) openForm(el element) {
	shadows := p.scopes.shadows()
	outer := p.forms.current
	switch {
	case outer != nil && outer.shadows < shadows: // goes on after the shadow tree
	case outer != nil && !p.xml:
		return
	default:
		p.closeForm()
		outer = nil
	}
	f := &form{el: el, line: p.line, dialog: el.keyword("method") == "dialog", shadows: shadows, outer: outer}
	p.forms.current = f
	id := el.get("id")
	if id == "" || p.forms.byID[id] != nil || shadows == 0 && p.forms.ids[id] || len(p.forms.waiting) == maxForms {
		return
	}
	if p.forms.byID == nil {
		p.forms.byID = map[string]*form{}
	}
	p.forms.byID[id] = f
	p.forms.waiting = append(p.forms.waiting, f)
}

// closeForm ends the open form, if any.
func (p *parser) closeForm() {
	f := p.forms.current
	p.forms.current = nil
	if f != nil {
		p.forms.current = f.outer
	}
	switch {
	case f == nil || p.forms.byID[f.el.get("id")] == f:
	case !f.sendable && !f.dialog && len(p.forms.waiting) < maxForms:
		p.forms.waiting = append(p.forms.waiting, f) // a script may come yet
	default:
		p.finishForm(f)
	}
}

// control takes a control of a form: it may send it elsewhere, or keep it from
// being sent.
func (p *parser) control(f *form, el element, line int) {
	kind := el.keyword("type")
	if el.name == "input" && kind != "submit" && kind != "image" {
		return
	}
	if el.name == "button" && (kind == "button" || kind == "reset" || kind != "submit" && el.hasAny("command", "commandfor")) {
		return
	}
	f.submits = true
	method := el.keyword("formmethod")
	dialog := method == "dialog" || !el.has("formmethod") && f.dialog
	if el.has("disabled") || dialog {
		return
	}
	if el.get("formaction") == "" {
		f.sendable = f.sendable || !el.has("formaction")
		return
	}
	p.addForm(el, "formaction", line)
}

// finishForms judges the forms and controls that waited.
func (p *parser) finishForms() {
	for p.forms.current != nil {
		p.closeForm()
	}
	for _, c := range p.forms.controls {
		if f := p.forms.byID[c.el.get("form")]; f != nil && f.shadows == c.shadows {
			p.control(f, c.el, c.line)
		}
	}
	for _, f := range p.forms.waiting {
		p.finishForm(f)
	}
	p.forms = forms{}
	late := p.relativeForms
	p.relativeForms = nil
	if p.base == p.document {
		return // they stay where the document is
	}
	for _, r := range late {
		p.addForm(r.el, r.attr, r.line)
	}
}

// A relativeForm is where a form is sent to, relative to a base that may come yet.
type relativeForm struct {
	el   element
	attr string
	line int
}

// finishForm takes a form's action, if anything can send the form there: a
// control, Enter in a field of one that has no control for it (HTML section
// 4.10.22.2), or a script.
func (p *parser) finishForm(f *form) {
	if f.sendable || !f.dialog && (!f.submits || p.scripting && p.styles.scripted) {
		p.addForm(f.el, "action", f.line)
	}
}

// addForm keeps where a form is sent to. A relative URL waits for the end of the
// document, where it is known to what it is relative.
func (p *parser) addForm(el element, attr string, line int) {
	if p.policies.sandboxes("allow-forms") {
		return
	}
	scheme, _ := splitScheme(clean(el.get(attr)))
	if scheme == "" && p.base == p.document && len(p.relativeForms) < maxForms {
		p.relativeForms = append(p.relativeForms, relativeForm{el, attr, line})
		return
	}
	p.add(reference{kind: Form, directive: "form-action", el: el, attr: attr, ref: el.get(attr), lines: line - p.line})
}
