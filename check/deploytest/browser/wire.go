package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"

	"golang.org/x/net/websocket"
)

// A wire carries commands and their answers as JSON over a websocket, in the
// form that the DevTools protocol and WebDriver BiDi have in common.
type wire struct {
	ws *websocket.Conn

	mu       sync.Mutex
	last     int
	waiting  map[int]chan message
	watchers map[int]func(message)
	broken   error // why the connection ended
}

// A message is an answer, which has an ID, or an event, which has a Method.
type message struct {
	ID      int             `json:"id"`
	Method  string          `json:"method"`
	Session string          `json:"sessionId"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	// Error is an object in DevTools and a string in BiDi, which has Message beside it.
	Error   json.RawMessage `json:"error"`
	Message string          `json:"message"`
}

// A refusal is the browser's answer that a command failed.
type refusal struct{ method, text string }

func (r *refusal) Error() string { return r.method + ": " + r.text }

// dial connects to a browser.
func dial(ctx context.Context, address string) (*wire, error) {
	config, err := websocket.NewConfig(address, "http://localhost")
	if err != nil {
		return nil, err
	}
	ws, err := config.DialContext(ctx)
	if err != nil {
		return nil, err
	}
	w := &wire{ws: ws, waiting: map[int]chan message{}, watchers: map[int]func(message){}}
	go w.read()
	return w, nil
}

// read hands on what comes, until the connection ends.
func (w *wire) read() {
	for {
		var m message
		if err := websocket.JSON.Receive(w.ws, &m); err != nil {
			w.mu.Lock()
			w.broken = fmt.Errorf("the browser closed the connection: %w", err)
			for id, answer := range w.waiting {
				close(answer)
				delete(w.waiting, id)
			}
			w.mu.Unlock()
			return
		}
		w.mu.Lock()
		answer := w.waiting[m.ID]
		delete(w.waiting, m.ID)
		watchers := maps.Clone(w.watchers)
		w.mu.Unlock()
		switch {
		case answer != nil:
			answer <- m
		case m.Method != "":
			for _, watch := range watchers {
				watch(m)
			}
		}
	}
}

// watch calls f with every event, one at a time, until stop is called. It must not block.
func (w *wire) watch(f func(message)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	id := w.last
	w.watchers[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.watchers, id)
	}
}

// call sends a command and decodes its result into result, unless that is nil.
// The error is a [*refusal] where the browser answered with one.
func (w *wire) call(ctx context.Context, session, method string, params, result any) error {
	answer := make(chan message, 1)
	w.mu.Lock()
	if w.broken != nil {
		defer w.mu.Unlock()
		return w.broken
	}
	w.last++
	id := w.last
	w.waiting[id] = answer
	w.mu.Unlock()
	command := map[string]any{"id": id, "method": method, "params": params}
	if session != "" {
		command["sessionId"] = session
	}
	if err := websocket.JSON.Send(w.ws, command); err != nil {
		return err
	}
	select {
	case m, ok := <-answer:
		if !ok {
			return errors.New(method + ": the browser closed the connection")
		}
		if len(m.Error) > 0 {
			return &refusal{method, string(m.Error) + " " + m.Message}
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

func (w *wire) close() error { return w.ws.Close() }
