// Package elastic is the search on a server that speaks the search API of Elasticsearch 7.10, which OpenSearch (1 and
// later) and Elasticsearch (7.10 and later) have in common.
//
// It owns the layout of the indexes and how questions are put in the server's language. It refuses to know products:
// documents come from core/app/indexing, and a result is a list of ids. Read schema.go for what is kept, put.go for how
// it is written, search.go for how it is asked, and query.go for the questions.
package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/opensearch-project/opensearch-go/v4"
	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// ErrUnavailable says that the server did not answer, or not as it should. The cause is inside.
var ErrUnavailable = fault.New(fault.Unavailable, "search_unavailable", "the search does not answer at the moment: try again")

// ErrURL says that an address cannot be used. It does not repeat the address, which may hold a password.
var ErrURL = errors.New("the address of the search server cannot be read: write it as https://user:password@host:9200")

// Settings reads what a shop says about its search.
type Settings func(ctx context.Context, t tenant.ID) (search.Settings, error)

// Options says where the server is. Zero values stand for the defaults.
type Options struct {
	URL      string // with user and password, if there are any
	Settings Settings
	Prefix   string        // of the names of all indexes; "halum"
	Shards   int           // of a new index: 3
	Patience time.Duration // for an answer: 3 s; five times as long where one is written, since that waits for a refresh
	// Transport carries the requests; nil is that of net/http, which keeps more connections here.
	Transport http.RoundTripper
}

// Index is ports.SearchIndex on a server. Shops of one language share an index; the shop's id is in the name of every
// document, routes it to one shard and is a filter of every question. It is safe for concurrent use.
type Index struct {
	client   *opensearch.Client
	settings Settings
	prefix   string
	shards   int
	patience time.Duration
	synonyms *otter.Cache[tenant.ID, synonyms]
}

const (
	defaultPatience = 3 * time.Second
	defaultShards   = 3
	writing         = 5    // times the patience
	manyShops       = 1000 // whose synonyms are kept ready
	keptConnections = 64
)

// New returns an Index. It does not connect: whether the server is there shows with the first question.
// Errors: ErrURL.
func New(o Options) (*Index, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrURL
	}
	password, _ := u.User.Password()
	user := u.User.Username()
	u.User = nil
	if o.Transport == nil {
		o.Transport = transport()
	}
	never := false
	client, err := opensearch.NewClient(opensearch.Config{
		Addresses: []string{u.String()}, Username: user, Password: password, Transport: o.Transport,
		// One address, asked when there is a question: nothing is retried, looked for or probed behind our back.
		DisableRetry: true, HealthCheckMaxRetries: -1, MaxRetryClusterHealth: -1, DiscoverNodesOnStart: &never,
	})
	if err != nil {
		return nil, ErrURL
	}
	x := &Index{
		client: client, settings: o.Settings, prefix: o.Prefix, shards: o.Shards, patience: o.Patience,
		synonyms: otter.Must(&otter.Options[tenant.ID, synonyms]{MaximumSize: manyShops}),
	}
	if x.prefix == "" {
		x.prefix = "halum"
	}
	if x.shards == 0 {
		x.shards = defaultShards
	}
	if x.patience == 0 {
		x.patience = defaultPatience
	}
	return x, nil
}

func transport() http.RoundTripper {
	usual, is := http.DefaultTransport.(*http.Transport)
	if !is {
		return http.DefaultTransport
	}
	own := usual.Clone()
	own.MaxIdleConnsPerHost = keptConnections
	return own
}

// Close lets the connections go.
func (x *Index) Close() error { return x.client.Close() }

// Reach asks the server who it is, to know that it is there and lets us in.
func (x *Index) Reach(ctx context.Context) error {
	var about struct{}
	return send(ctx, x, x.patience, http.MethodGet, opensearchapi.InfoReq{}, &about)
}

// object is JSON in the making.
type object map[string]any

// errMissing says that the index of a language was not made yet, or was deleted.
var errMissing = errors.New("no such index")

// send sends a request and decodes its answer. Errors: errMissing, ErrUnavailable, and what else the server refuses, which
// is a defect of this package or of the server's settings.
func send[T any](ctx context.Context, x *Index, patience time.Duration, method string, r opensearch.Request, answer *T) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	response, err := opensearch.Do(ctx, x.client, method, r, answer)
	if err != nil {
		return ErrUnavailable.With(err)
	}
	if !response.IsError() {
		return nil
	}
	err = opensearch.ParseError(response)
	var known *opensearch.StructError
	switch errors.As(err, &known); {
	case known != nil && known.Err.Type == "index_not_found_exception":
		return errMissing
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError:
		return ErrUnavailable.With(err)
	}
	return err
}

// on does something with the index of a shelf, which is made when it is not there.
func (x *Index) on(ctx context.Context, s ports.Shelf, fn func(index string) error) error {
	l := languageOf(s.Locale)
	index := x.aliasOf(l)
	err := fn(index)
	if !errors.Is(err, errMissing) {
		return err
	}
	if err = x.create(ctx, l); err == nil {
		err = fn(index)
	}
	if errors.Is(err, errMissing) {
		return ErrUnavailable.With(err)
	}
	return err
}

// create makes the index of a language. That another process was faster is no error.
func (x *Index) create(ctx context.Context, l language) error {
	r := opensearchapi.IndicesCreateReq{Index: x.aliasOf(l) + "-000001", Body: bodyOf(x.schema(l))}
	var answer opensearchapi.IndicesCreateResp
	err := send(ctx, x, writing*x.patience, http.MethodPut, r, &answer)
	if known := (*opensearch.StructError)(nil); errors.As(err, &known) && known.Err.Type == "resource_already_exists_exception" {
		return nil
	}
	return err
}

func bodyOf(o object) *bytes.Reader {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // made of maps, lists, texts and numbers
	}
	return bytes.NewReader(b)
}

var _ ports.SearchIndex = (*Index)(nil)
