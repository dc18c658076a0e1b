package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// firefox drives Firefox by WebDriver BiDi.
type firefox struct{}

// quietFirefox keeps Firefox from requests of its own and from asking a user.
var quietFirefox = map[string]any{
	"remote.prefs.recommended":                              false, // they would change what a page may do
	"network.dns.forceResolve":                              "127.0.0.1",
	"network.proxy.type":                                    0,
	"network.captive-portal-service.enabled":                false,
	"network.connectivity-service.enabled":                  false,
	"app.update.disabledForTesting":                         true,
	"app.update.enabled":                                    false,
	"app.normandy.enabled":                                  false,
	"browser.aboutwelcome.enabled":                          false,
	"browser.shell.checkDefaultBrowser":                     false,
	"browser.startup.page":                                  0,
	"browser.startup.homepage":                              "about:blank",
	"browser.newtabpage.enabled":                            false,
	"browser.tabs.unloadOnLowMemory":                        false,
	"browser.safebrowsing.malware.enabled":                  false,
	"browser.safebrowsing.phishing.enabled":                 false,
	"browser.safebrowsing.downloads.enabled":                false,
	"browser.safebrowsing.update.enabled":                   false,
	"browser.search.update":                                 false,
	"browser.region.update.enabled":                         false,
	"browser.region.network.url":                            "",
	"browser.topsites.contile.enabled":                      false,
	"datareporting.policy.dataSubmissionEnabled":            false,
	"datareporting.healthreport.uploadEnabled":              false,
	"toolkit.telemetry.enabled":                             false,
	"toolkit.telemetry.server":                              "",
	"extensions.update.enabled":                             false,
	"extensions.getAddons.cache.enabled":                    false,
	"extensions.systemAddon.update.enabled":                 false,
	"services.settings.server":                              "data:,#remote-settings-dummy/v1",
	"media.gmp-manager.updateEnabled":                       false,
	"media.autoplay.default":                                0,
	"dom.disable_open_during_load":                          false,
	"dom.min_background_timeout_value":                      4,
	"dom.ipc.processPrelaunch.enabled":                      false,
	"dom.ipc.processCount":                                  2,
	"fission.autostart":                                     false, // fewer processes, which costs less time
	"browser.sessionhistory.max_total_viewers":              0,     // a page that was left is not kept
	"browser.sessionstore.interval":                         3600000,
	"security.enterprise_roots.enabled":                     false,
	"security.certerrors.mitm.priming.enabled":              false,
	"security.OCSP.enabled":                                 0, // stapled responses are judged all the same
	"security.remote_settings.crlite_filters.enabled":       false,
	"security.remote_settings.intermediates.enabled":        false,
	"browser.download.folderList":                           2,
	"browser.download.always_ask_before_handling_new_types": false,
	"browser.helperApps.neverAsk.saveToDisk":                "",
}

// permissiveFirefox switches off what keeps pages from cleartext.
var permissiveFirefox = map[string]any{
	"security.mixed_content.block_active_content":          false,
	"security.mixed_content.block_display_content":         false,
	"security.mixed_content.block_object_subrequest":       false,
	"security.mixed_content.upgrade_display_content":       false,
	"security.mixed_content.upgrade_display_content.image": false,
	"security.mixed_content.upgrade_display_content.audio": false,
	"security.mixed_content.upgrade_display_content.video": false,
	"dom.security.https_first":                             false,
	"dom.security.https_first_schemeless":                  false,
	"dom.security.https_only_mode":                         false,
	"dom.block_download_insecure":                          false,
	"security.warn_submit_secure_to_insecure":              false,
	"network.websocket.allowInsecureFromHTTPS":             true,
	"security.insecure_connection_text.enabled":            false,
}

func (*firefox) arguments(dir string, o Options) ([]string, error) {
	profile := filepath.Join(dir, "profile")
	if err := trust(profile, o.Roots); err != nil {
		return nil, err
	}
	preferences := maps.Clone(quietFirefox)
	preferences["browser.download.dir"] = filepath.Join(dir, "downloads")
	if o.Permissive {
		maps.Copy(preferences, permissiveFirefox)
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(preferences)) {
		value, err := json.Marshal(preferences[name])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, "user_pref(%q, %s);\n", name, value)
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	return []string{"--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "--remote-allow-origins", "http://localhost"}, nil
}

func (*firefox) begin(ctx context.Context, b *Browser) (string, error) {
	var session struct {
		Capabilities struct {
			Name    string `json:"browserName"`
			Version string `json:"browserVersion"`
		} `json:"capabilities"`
	}
	// A prompt is one that warns before a form is sent in cleartext: it stays unsent.
	params := map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"acceptInsecureCerts": false, "unhandledPromptBehavior": map[string]any{"default": "dismiss"},
	}}}
	if err := b.wire.call(ctx, "", "session.new", params, &session); err != nil {
		return "", err
	}
	return session.Capabilities.Name + "/" + session.Capabilities.Version, nil
}

func (*firefox) open(ctx context.Context, b *Browser) (*Tab, error) {
	var created struct {
		Context string `json:"context"`
	}
	if err := b.wire.call(ctx, "", "browsingContext.create", map[string]any{"type": "window"}, &created); err != nil {
		return nil, err
	}
	return &Tab{id: created.Context, browser: b}, nil
}

// load navigates. What the browser refuses ends at an error page, whose code the
// error page itself knows.
func (f *firefox) load(ctx context.Context, t *Tab, url string) (Result, error) {
	err := t.browser.wire.call(ctx, "", "browsingContext.navigate", map[string]any{"context": t.id, "url": url, "wait": "complete"}, nil)
	var refused *refusal
	if err == nil || !errors.As(err, &refused) {
		return Result{}, err
	}
	return Result{Error: f.code(ctx, t, refused.text)}, nil
}

// code gives the code of the error page that a tab shows, or else what the
// browser said of the navigation.
func (f *firefox) code(ctx context.Context, t *Tab, text string) string {
	const script = `(() => {
		for (const get of ["getFailedCertSecurityInfo", "getNetErrorInfo"]) {
			try { const code = document[get]().errorCodeString; if (code) return code } catch (e) {}
		}
		return ""
	})()`
	value, err := f.value(ctx, t, script, false)
	if err != nil || value == "" {
		return text
	}
	return value
}

func (*firefox) value(ctx context.Context, t *Tab, script string, await bool) (string, error) {
	var evaluated struct {
		Type      string `json:"type"`
		Result    struct{ Value any }
		Exception struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	err := t.browser.wire.call(ctx, "", "script.evaluate", map[string]any{
		"expression": script, "target": map[string]any{"context": t.id}, "awaitPromise": await, "userActivation": true,
	}, &evaluated)
	if err == nil && evaluated.Type == "exception" {
		err = &refusal{"script.evaluate", evaluated.Exception.Text}
	}
	text, _ := evaluated.Result.Value.(string)
	return text, err
}

func (*firefox) end(ctx context.Context, b *Browser) error {
	return b.wire.call(ctx, "", "browser.close", struct{}{}, nil)
}
