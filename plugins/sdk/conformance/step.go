package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"
)

const (
	stepTimeout = 20 * time.Second
	maxAnswer   = 1 << 20
)

// stepper carries out the steps of a scenario.
type stepper struct {
	dir  string // where commands run
	http *http.Client
}

func newStepper(dir string) stepper {
	return stepper{dir: dir, http: &http.Client{
		Timeout:       stepTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: nil},
	}}
}

// play carries out steps in order and returns the query of a redirect to the return URL, when one led there.
func (s stepper) play(ctx context.Context, steps []Request, v vars) (map[string]string, error) {
	returned := map[string]string{}
	for i, step := range steps {
		location, _, err := s.send(ctx, step, v)
		if err != nil {
			return nil, fmt.Errorf("step %d of the scenario: %w", i+1, err)
		}
		back, err := url.Parse(location)
		if err != nil || location == "" || !strings.HasPrefix(location, v["return_url"]) {
			continue
		}
		for name, values := range back.Query() {
			returned[name] = strings.Join(values, ", ")
		}
	}
	return returned, nil
}

// send carries out one step and returns where it redirects to and what it answers.
func (s stepper) send(ctx context.Context, step Request, v vars) (location string, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	if len(step.Exec) > 0 {
		out, err := s.exec(ctx, step.Exec, v)
		return "", out, err
	}
	r, err := step.render(v, http.MethodGet)
	if err != nil {
		return "", nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return "", nil, err
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s answered %s: %.200s", r.method, r.url, resp.Status, body)
	}
	return resp.Header.Get("Location"), body, err
}

// exec runs a command of the scenario with the variables on its standard input.
func (s stepper) exec(ctx context.Context, command []string, v vars) ([]byte, error) {
	argv, err := v.list(command)
	if err != nil {
		return nil, err
	}
	in, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the author's own command, from the author's own file
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = s.dir, bytes.NewReader(in), time.Second
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w: %.200s", strings.Join(argv, " "), err, exit.Stderr)
	}
	return out, err
}

func (v vars) list(in []string) ([]string, error) {
	out := make([]string, len(in))
	for i, s := range in {
		rendered, err := v.plain(s)
		if err != nil {
			return nil, err
		}
		out[i] = rendered
	}
	return out, nil
}

// rendered is a request without variables.
type rendered struct {
	method, url string
	header      map[string]string
	body        []byte
}

// render fills the variables in. method is used where the request names none and has no body.
func (r Request) render(v vars, method string) (out rendered, err error) {
	if out.url, err = v.url(r.URL); err != nil {
		return out, err
	}
	header, err := v.table(r.Header)
	if err != nil {
		return out, err
	}
	out.header = map[string]string{}
	for name, value := range header {
		out.header[strings.ToLower(name)] = value
	}
	body, contentType, err := r.content(v)
	if err != nil {
		return out, err
	}
	out.body = body
	if _, given := out.header["content-type"]; !given && contentType != "" {
		out.header["content-type"] = contentType
	}
	out.method = r.Method
	if out.method == "" && len(out.body) > 0 {
		out.method = http.MethodPost
	}
	if out.method == "" {
		out.method = method
	}
	return out, nil
}

func (r Request) content(v vars) (body []byte, contentType string, err error) {
	if len(r.Form) > 0 {
		fields, err := v.table(r.Form)
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded", err
	}
	text := ""
	if len(r.Body) == 0 {
		return nil, "", nil
	}
	if json.Unmarshal(r.Body, &text) == nil {
		text, err = v.plain(text)
		return []byte(text), "text/plain", err
	}
	compact := bytes.Buffer{}
	if err := json.Compact(&compact, r.Body); err != nil {
		return nil, "", err
	}
	out, err := v.json(compact.Bytes())
	return out, "application/json", err
}
