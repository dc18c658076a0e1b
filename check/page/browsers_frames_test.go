//go:build browsers

package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/deploytest/browser"
)

// crowd is how many pages are loaded together.
const crowd = 16

// hubPath is the document that loads pages as frames. It is no page's.
const hubPath = "/hub/"

// hub lets each frame be as large as the window, so that a page is shown as it would be alone.
const hub = `<!DOCTYPE html><style>iframe{position:absolute;top:0;left:0;width:100%;height:100%;border:0}</style><body>`

// loadFrames is a script that loads pages as frames and, in each, does what is
// to be done there. It is done when that is so and the document is idle, and
// gives the names of the pages which that could not be done with.
const loadFrames = `(async pages => {
	const failed = [];
	await Promise.all(pages.map(({id, act}) => new Promise(done => {
		const frame = document.createElement("iframe");
		const end = bad => { frame.onload = null; clearTimeout(timer); if (bad) failed.push(id); done(); };
		const timer = setTimeout(end, 15000, true);
		frame.onload = () => {
			try { if (act) new Function("document", "frames", act)(frame.contentDocument, frame.contentWindow); end(false); }
			catch (e) { end(true); }
		};
		frame.src = "/" + id + "/";
		document.body.append(frame);
	})));
	await new Promise(done => { setTimeout(done, 1000); requestAnimationFrame(() => requestAnimationFrame(done)); });
	await new Promise(done => requestIdleCallback(done, {timeout: 2000}));
	return failed.join(" ");
})(%s)`

// visitTogether visits the pages that can be loaded as frames, and gives how many were.
func visitTogether(m *team, site *browser.Site, pages []page, made []visit) int {
	var some []int
	for i, p := range pages {
		if framed(p) {
			some = append(some, i)
		}
	}
	slices.SortStableFunc(some, func(a, b int) int { return int(quietTime(pages[a]) - quietTime(pages[b])) })
	var jobs []job
	for numbers := range slices.Chunk(some, crowd) {
		jobs = append(jobs, func(ctx context.Context, tab *browser.Tab) error {
			return loadTogether(ctx, tab, site, pages, numbers, made)
		})
	}
	for _, err := range m.do(jobs, crowds) {
		if err != nil {
			m.t.Logf("%s: these are loaded alone: %v", m.kind, err)
		}
	}
	done := 0
	for _, v := range made {
		if v.Done {
			done++
		}
	}
	return done
}

// loadTogether loads the pages of these numbers and notes the visits.
func loadTogether(ctx context.Context, tab *browser.Tab, site *browser.Site, pages []page, numbers []int, made []visit) error {
	type frame struct {
		ID  string `json:"id"`
		Act string `json:"act"`
	}
	var frames []frame
	var prefixes []string
	for _, i := range numbers {
		p := pages[i]
		frames = append(frames, frame{p.id, p.act})
		prefixes = append(prefixes, "/"+p.id+"/")
		site.Forget("/" + p.id + "/") // of an earlier try
	}
	list, err := json.Marshal(frames)
	if err != nil {
		return err
	}
	if r, err := tab.Load(ctx, "https://"+pageHost+":"+site.Port+hubPath); err != nil || r.Error != "" {
		return fmt.Errorf("%s: %q, %v", hubPath, r.Error, err)
	}
	failed, err := tab.Await(ctx, fmt.Sprintf(loadFrames, list))
	if err != nil {
		return err
	}
	if err := site.Quiet(ctx, quietTime(pages[numbers[len(numbers)-1]]), prefixes...); err != nil {
		return err
	}
	bad := strings.Fields(failed)
	for _, i := range numbers {
		if !slices.Contains(bad, pages[i].id) {
			made[i] = visitOf(site, pages[i])
		}
	}
	return nil
}

// framed tells whether browsers do with a page in a frame what they do with it
// in a tab.
func framed(p page) bool {
	header := strings.Join(p.header, "\n")
	switch {
	case len(p.early) > 0: // heeded for a tab's document alone
	case p.status != 0: // may show nothing
	case p.rule == downgrade && hasAny(p.html+header, "upgrade-insecure-requests"): // Chromium does not upgrade a frame's
	case p.contentType != "" && !hasAny(p.contentType, "html", "xml"): // may be a download
	case hasAny(header, "frame-ancestors", "X-Frame-Options", "Content-Disposition"):
	case hasAny(p.html+header, "icon", "manifest", "speculationrules", "Speculation-Rules"): // a tab's own
	case hasAny(p.html, "_top", "_parent"):
	default:
		return true
	}
	return false
}
