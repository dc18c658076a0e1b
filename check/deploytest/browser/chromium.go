package browser

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// chromium drives Chromium by the DevTools protocol.
type chromium struct{}

// quietChromium keeps Chromium from requests of its own and from asking a user.
var quietChromium = []string{
	"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
	"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
	"--metrics-recording-only", "--disable-popup-blocking", "--disable-background-timer-throttling",
	"--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--mute-audio",
	"--remote-debugging-port=0", "--remote-allow-origins=*", "--host-resolver-rules=MAP * 127.0.0.1", "--no-proxy-server",
	"--window-size=1000,800",
	// Sites share processes: to start one takes longer than to load a page.
	"--disable-site-isolation-trials", "--renderer-process-limit=4",
}

// permissiveChromium are the features that keep pages from cleartext.
var permissiveChromium = []string{
	"AutoupgradeMixedContent", "MixedContentAutoupgrade", "HttpsUpgrades", "HttpsFirstBalancedMode", "HttpsFirstBalancedModeAutoEnable",
	"HttpsFirstModeV2", "HttpsFirstModeV2ForEngagedSites", "HttpsFirstModeV2ForTypicallySecureUsers", "HttpsFirstModeIncognito",
	"BlockInsecureDownloads", "InsecureDownloadWarnings",
}

func (*chromium) arguments(dir string, o Options) ([]string, error) {
	// The database is looked for at the first of these places that exists.
	if err := trust(filepath.Join(dir, ".pki", "nssdb"), o.Roots); err != nil {
		return nil, err
	}
	profile := filepath.Join(dir, "profile")
	if err := os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
		return nil, err
	}
	preferences := map[string]any{
		"safebrowsing": map[string]any{"enabled": false},
		"download":     map[string]any{"default_directory": filepath.Join(dir, "downloads"), "prompt_for_download": false},
	}
	// Requests between loopback addresses want no user's leave. A page that was
	// left is not kept, and no process is held ready for the next.
	disabled := []string{"LocalNetworkAccessChecks", "BackForwardCache", "SpareRendererForSitePerProcess", "OptimizationHints", "MediaRouter", "Translate"}
	args := append(quietChromium[:len(quietChromium):len(quietChromium)], "--user-data-dir="+profile)
	if o.Permissive {
		disabled = append(disabled, permissiveChromium...)
		args = append(args, "--allow-running-insecure-content")
		preferences["profile"] = map[string]any{"mixed_forms_warnings": false}
		preferences["https_only_mode_enabled"] = false
		preferences["https_first_balanced_mode_enabled"] = false
	}
	text, err := json.Marshal(preferences)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(profile, "Default", "Preferences"), text, 0o600); err != nil {
		return nil, err
	}
	return append(args, "--disable-features="+strings.Join(disabled, ","), "about:blank"), nil
}

func (*chromium) begin(ctx context.Context, b *Browser) (string, error) {
	var version struct {
		Product string `json:"product"`
	}
	err := b.wire.call(ctx, "", "Browser.getVersion", struct{}{}, &version)
	return version.Product, err
}

func (*chromium) open(ctx context.Context, b *Browser) (*Tab, error) {
	var target struct {
		ID string `json:"targetId"`
	}
	if err := b.wire.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank", "newWindow": true}, &target); err != nil {
		return nil, err
	}
	var attached struct {
		Session string `json:"sessionId"`
	}
	if err := b.wire.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	t := &Tab{id: target.ID, session: attached.Session, browser: b}
	if err := b.wire.call(ctx, t.session, "Page.enable", struct{}{}, nil); err != nil {
		return nil, err
	}
	return t, b.wire.call(ctx, t.session, "Page.setLifecycleEventsEnabled", map[string]any{"enabled": true}, nil)
}

// load navigates. The load event that counts is that of the main frame's new
// document, or of the one that replaced it: a refresh or a script may do so.
// What the tab showed before may send events until the new document is there.
func (*chromium) load(ctx context.Context, t *Tab, url string) (Result, error) {
	type lifecycle struct {
		Frame  string `json:"frameId"`
		Loader string `json:"loaderId"`
		Name   string `json:"name"`
	}
	events := make(chan lifecycle, 1000)
	stop := t.browser.wire.watch(func(m message) {
		var event lifecycle
		if m.Session == t.session && m.Method == "Page.lifecycleEvent" && json.Unmarshal(m.Params, &event) == nil && (event.Name == "init" || event.Name == "load") {
			select {
			case events <- event:
			default: // far more documents than a page has
			}
		}
	})
	defer stop()
	var navigated struct {
		Frame  string `json:"frameId"`
		Loader string `json:"loaderId"`
		Error  string `json:"errorText"`
	}
	if err := t.browser.wire.call(ctx, t.session, "Page.navigate", map[string]any{"url": url}, &navigated); err != nil {
		return Result{}, err
	}
	if navigated.Error != "" {
		return Result{Error: navigated.Error}, nil
	}
	for arrived := false; ; {
		select {
		case event := <-events:
			arrived = arrived || event.Loader == navigated.Loader
			if arrived && event.Name == "load" && event.Frame == navigated.Frame {
				return Result{}, nil
			}
		case <-ctx.Done():
			return Result{}, ctx.Err()
		}
	}
}

func (*chromium) value(ctx context.Context, t *Tab, script string, await bool) (string, error) {
	var evaluated struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	err := t.browser.wire.call(ctx, t.session, "Runtime.evaluate", map[string]any{
		"expression": script, "userGesture": true, "awaitPromise": await,
	}, &evaluated)
	if err == nil && evaluated.Exception != nil {
		err = &refusal{"Runtime.evaluate", evaluated.Exception.Text}
	}
	text, _ := evaluated.Result.Value.(string)
	return text, err
}

func (*chromium) end(ctx context.Context, b *Browser) error {
	return b.wire.call(ctx, "", "Browser.close", struct{}{}, nil)
}
