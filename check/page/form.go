package page

// A form is what matters of an open <form>.
type form struct{ dialog bool }

// collectForm takes a form, or a control that sends one.
func (r *parser) collectForm(el element) {
	if el.name == "form" {
		if r.form == nil || r.xml { // a form within a form is none
			r.form = &form{dialog: el.keyword("method") == "dialog"}
			if !r.form.dialog {
				r.attribute(Form, el, "action")
			}
		}
		return
	}
	kind := el.keyword("type")
	if el.name == "input" && kind == "image" {
		r.attribute(Passive, el, "src")
	}
	submits := kind == "submit" || kind == "image" && el.name == "input" ||
		el.name == "button" && kind != "button" && kind != "reset"
	owned := r.form != nil || el.has("form")
	if !submits || !owned || r.dialogs(el) {
		return
	}
	r.attribute(Form, el, "formaction")
}

// dialogs reports whether a control only closes a dialog.
func (r *parser) dialogs(el element) bool {
	if el.has("formmethod") {
		return el.keyword("formmethod") == "dialog"
	}
	return r.form != nil && r.form.dialog
}
