package fact

import (
	"slices"
	"strings"
)

// Content is what an answer in cleartext gives its client besides a status.
type Content int

// The kinds of content.
const (
	NoContent          Content = iota // none, or no answer
	ServesContent                     // a successful status (RFC 9110 section 15.3)
	ShowsBody                         // a redirection that browsers do not follow, with a body that they show
	AsksForCredentials                // 401 with a challenge (RFC 9110 section 11.6.1)
	OwnAnswer                         // what the application answers over TLS too, whatever the status
	SpeaksGRPC                        // a gRPC server's answer in HTTP/2, whatever the status
	ContentUnknown                    // cannot be told: the answer over TLS, or one of the bodies, is not known
)

// Gives reports whether the content is any at all.
func (c Content) Gives() bool { return c != NoContent && c != ContentUnknown }

// ContentOf tells what an answer in cleartext from the endpoint gives.
func (e Endpoint) ContentOf(x Exchange) Content {
	switch {
	case x.Outcome != Answered, x.Status < 200:
		return NoContent
	case x.Protocol == "HTTP/2.0" && x.GRPC():
		return SpeaksGRPC
	case x.Status == 204:
		return e.noContentOf()
	case x.Status < 300:
		return ServesContent
	case x.Status == 401 && x.has("Www-Authenticate"):
		return AsksForCredentials
	case redirects(x.Status) && x.location() != "":
		return NoContent // browsers go on
	case x.Status < 400 && x.shown():
		return ShowsBody
	}
	return e.ownAnswer(x)
}

// noContentOf is what a 204 gives: it is an application's where that gives the
// same over TLS.
func (e Endpoint) noContentOf() Content {
	switch {
	case e.HTTPS.Outcome == Answered && e.HTTPS.Status == 204:
		return OwnAnswer
	case e.comparable():
		return NoContent
	}
	return ContentUnknown
}

// comparable reports whether the endpoint's answer over TLS is known, or is
// known not to be: nobody without a certificate gets one, or there is no TLS.
func (e Endpoint) comparable() bool {
	switch e.TLS.Outcome {
	case Refused, Malformed, OtherProtocol:
		return true
	}
	return e.HTTPS.Outcome == Answered || e.ClientCertificateOnly()
}

// ownAnswer tells whether an answer is the application's own: it has the
// status and the media type of that over TLS, and is JSON with the same member
// names (values such as the time differ each time), or the same bytes. An
// empty body and a server's own error page are nothing of an application's.
func (e Endpoint) ownAnswer(x Exchange) Content {
	if x.Body != nil && (x.Body.Size == 0 || x.Body.Stock != "") {
		return NoContent
	}
	if !e.comparable() {
		return ContentUnknown
	}
	y := e.HTTPS
	a, b := x.Body, y.Body
	switch {
	case y.Outcome != Answered, x.Status != y.Status, x.mediaType() != y.mediaType():
		return NoContent
	case a == nil, b == nil, a.Cut && b.Cut:
		return ContentUnknown
	case len(a.Members) > 0 && slices.Equal(a.Members, b.Members), !a.Cut && !b.Cut && a.Hash == b.Hash:
		return OwnAnswer
	}
	return NoContent
}

// shown reports whether a browser shows the body: there is one of a type that
// it shows, not marked as a download, and it is not a server's own.
func (x Exchange) shown() bool {
	if x.Body == nil || x.Body.Size == 0 || x.Body.Stock != "" {
		return false
	}
	disposition, _ := x.Get("Content-Disposition")
	disposition, _, _ = strings.Cut(disposition, ";")
	if strings.EqualFold(strings.TrimSpace(disposition), "attachment") {
		return false
	}
	media := x.mediaType()
	kind, sub, _ := strings.Cut(media, "/")
	switch kind {
	case "", "text", "image", "audio", "video":
		return true
	}
	return kind == "application" && (slices.Contains([]string{"json", "xml", "javascript", "pdf"}, sub) || strings.HasSuffix(sub, "+xml") || strings.HasSuffix(sub, "+json"))
}

// GRPC reports whether the answer is that of a gRPC server, which no browser
// talks to (gRPC over HTTP/2, "Responses"). gRPC-Web is for browsers.
func (x Exchange) GRPC() bool {
	media := x.mediaType()
	if strings.HasPrefix(media, "application/grpc-web") {
		return false
	}
	return x.has("Grpc-Status") || media == "application/grpc" || strings.HasPrefix(media, "application/grpc+")
}

// mediaType is the answer's media type in lower case, without parameters.
func (x Exchange) mediaType() string {
	v, _ := x.Get("Content-Type")
	v, _, _ = strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(v))
}

// has reports whether a header field is there and not empty.
func (x Exchange) has(name string) bool {
	v, _ := x.Get(name)
	return v != ""
}
