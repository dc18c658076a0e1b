// Package page reads what an HTTP answer makes a browser do next: load
// subresources, send forms, go elsewhere. It is pure: bytes in, facts out.
package page

// A Page holds the facts of one HTML document.
type Page struct {
	// Refresh is the URL of the first <meta http-equiv=refresh> as written;
	// empty when there is none or it only reloads.
	Refresh string `json:"refresh,omitempty"`
}
