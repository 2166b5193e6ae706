package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// operation describes one route. Methods add what is special about it.
type operation struct{ huma.Operation }

func describe(method, path, id, tag, summary string) operation {
	errs := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusMisdirectedRequest, http.StatusServiceUnavailable}
	if method != http.MethodGet {
		errs = append(errs, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return operation{huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag},
		Errors: errs, Metadata: map[string]any{}, MaxBodyBytes: apiBody,
		Security: []map[string][]string{{"shop": {}}, {}},
	}}
}

func get(path, id, tag, summary string) operation {
	return describe(http.MethodGet, path, id, tag, summary)
}

func post(path, id, tag, summary string) operation {
	return describe(http.MethodPost, path, id, tag, summary)
}

// about adds a longer text.
func (o operation) about(text string) operation { o.Description = text; return o }

// fails adds statuses that this operation may answer.
func (o operation) fails(statuses ...int) operation {
	o.Errors = append(slices.Clone(o.Errors), statuses...)
	return o
}

// answers sets the status of success.
func (o operation) answers(status int) operation { o.DefaultStatus = status; return o }

// cached keeps answers in memory.
func (o operation) cached() operation {
	o.Metadata[metaCached] = true
	o.Responses = map[string]*huma.Response{"304": {Description: "You have it already"}}
	return o.fails(http.StatusNotFound)
}

// within gives the operation another deadline.
func (o operation) within(d time.Duration) operation { o.Metadata[metaTimeout] = d; return o }

// signedIn says that an access token is needed.
func (o operation) signedIn() operation {
	o.Metadata[metaBearer] = true
	o.Security = []map[string][]string{{"bearer": {}}, {"bearer": {}, "shop": {}}}
	return o.fails(http.StatusUnauthorized, http.StatusForbidden)
}

// maySignIn says that an access token is understood.
func (o operation) maySignIn() operation {
	o.Metadata[metaBearer] = true
	o.Security = []map[string][]string{{"shop": {}}, {"bearer": {}}, {}}
	return o.fails(http.StatusUnauthorized)
}

// limited counts requests per client network before anything is done.
func (o operation) limited(s *Server, r limit) operation {
	o.Middlewares = append(o.Middlewares, s.limiting(r))
	return o
}
