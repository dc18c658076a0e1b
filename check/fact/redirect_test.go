package fact

import "testing"

func TestLocation(t *testing.T) {
	for name, tc := range map[string]struct {
		status    int
		locations []string
		want      string // the destination's URL; empty for no redirect
	}{
		"absolute":          {302, []string{"http://b.example/x"}, "http://b.example/x"},
		"relative":          {301, []string{"/x"}, "https://a.example/x"},
		"empty":             {302, []string{""}, ""},
		"empty, then a URL": {302, []string{"", "http://b.example/"}, "http://b.example/"},
		"none":              {302, nil, ""},
		"no redirection":    {200, []string{"http://b.example/"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := Exchange{URL: "https://a.example/", Outcome: Answered, Status: tc.status}
			for _, l := range tc.locations {
				x.Headers = append(x.Headers, Header{Name: "Location", Value: l})
			}
			if r, ok := x.Redirect(); ok != (tc.want != "") || r.URL != tc.want {
				t.Errorf("%q %v, want %q", r.URL, ok, tc.want)
			}
		})
	}
}
