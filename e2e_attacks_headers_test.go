//go:build hostile && unix

package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"strings"
)

// headers are fields that take much memory to keep, or time to read.
func headers() map[string]attack {
	many := func(field string) func(*attackServer, net.Conn) {
		return answers("Content-Type: text/html\r\n"+strings.Repeat(field+"\r\n", 350<<10/(len(field)+2)), textBody("<p>"))
	}
	long := strings.Repeat("x", 1000)
	return map[string]attack{
		"cookies of many names":                 {serve: answers(manyCookies(10_000), nil), patient: true, reached: answered},
		"cookies of many names at 64 addresses": {serve: answers(manyCookies(10_000), nil), targets: 8, addresses: 64, patient: true, reached: answered},
		"350 KB of links":                       {serve: many("Link: <http://b/" + long + ">; rel=preload; as=script"), patient: true, reached: answered},
		"350 KB of links at 64 addresses":       {serve: many("Link: <http://b/" + long + ">; rel=preload; as=script"), targets: 8, addresses: 64, patient: true, reached: answered},
		"350 KB of policies at 64 addresses":    {serve: many("Content-Security-Policy: default-src " + long), targets: 8, addresses: 64, patient: true, reached: answered},
		"350 KB of header at each redirect": {targets: 8, addresses: 16, patient: true, reached: answered,
			serve: redirects(strings.Repeat("Link: <http://b/"+long+">\r\n", 340))},
		"redirect to 300 KB": {serve: afterTLS(func(_ *attackServer, c net.Conn) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: /%s\r\nContent-Length: 0\r\n\r\n", rand.Text()+strings.Repeat("/../x", 60_000))
		}), targets: 8, addresses: 8, patient: true, reached: answered},
		"a policy of 350 KB":     {serve: answers("Content-Type: text/html\r\nContent-Security-Policy: script-src "+strings.Repeat("a.b ", 85<<10)+"\r\n", textBody(strings.Repeat("<script src=http://c/></script>", 30_000))), patient: true, reached: answered},
		"350 KB of policies":     {serve: answers("Content-Type: text/html\r\n"+strings.Repeat("Content-Security-Policy: script-src *\r\n", 9000), textBody(strings.Repeat("<script src=http://c/></script>", 30_000))), patient: true, reached: answered},
		"a Refresh of 350 KB":    {serve: answers("Refresh: 0;url="+strings.Repeat("http://b/", 35_000)+"\r\n", nil), patient: true, reached: answered},
		"an Alt-Svc of 350 KB":   {serve: answers("Alt-Svc: "+strings.Repeat("h3=\"127.0.0.9:443\",", 17_000)+"\r\n", nil), patient: true, reached: answered},
		"an HSTS of 350 KB":      {serve: answers("Strict-Transport-Security: "+strings.Repeat("a;", 170_000)+"\r\n", nil), patient: true, reached: answered},
		"350 KB without a colon": {serve: answers(strings.Repeat("x\r\n", 110_000), nil), patient: true, reached: answered},
	}
}
