package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// operationsIn lists "METHOD path" of a document.
func operationsIn(o *huma.OpenAPI, prefix string) (all []string) {
	for path, item := range o.Paths {
		for method, op := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete, "HEAD": item.Head, "OPTIONS": item.Options,
		} {
			if op != nil {
				all = append(all, method+" "+fiberPath(prefix+path))
			}
		}
	}
	return all
}

func TestRoutesAndDocumentsAreTheSame(t *testing.T) {
	s := New(Deps{BaseDomain: "localhost:8080"})
	var documented, routed []string
	for name, prefix := range map[string]string{"storefront": storefrontPath, "admin": adminPath, "platform": platformPath} {
		request := httptest.NewRequest("GET", "/openapi/"+name+".json", nil)
		request.Host = "localhost:8080"
		resp, err := s.App().Test(request)
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
		var served struct {
			OpenAPI string `json:"openapi"`
			Paths   map[string]map[string]any
		}
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&served))
		require.Equal(t, "3.1.0", served.OpenAPI)
		require.Len(t, served.Paths, len(s.apis[name].OpenAPI().Paths))
		documented = append(documented, operationsIn(s.apis[name].OpenAPI(), prefix)...)
	}
	others := map[string]bool{}
	for _, r := range s.App().GetRoutes(true) {
		if strings.HasPrefix(r.Path, "/api/") {
			routed = append(routed, r.Method+" "+r.Path)
		} else {
			others[r.Method+" "+r.Path] = true
		}
	}
	sort.Strings(documented)
	sort.Strings(routed)
	require.Equal(t, documented, routed)
	require.Equal(t, map[string]bool{
		"GET /downloads/:file": true, "GET /files/:shop/:name": true, "HEAD /files/:shop/:name": true, "GET /healthz": true, "GET /readyz": true, "GET /.well-known/jwks.json": true, "GET /docs": true, "GET /docs/:file": true, "GET /ws": true,
		"GET /openapi/storefront.json": true, "GET /openapi/admin.json": true, "GET /openapi/platform.json": true,
	}, others)
}

func TestOperationsAreDescribed(t *testing.T) {
	s := New(Deps{BaseDomain: "localhost:8080"})
	for name, api := range s.apis {
		ids := map[string]bool{}
		for path, item := range api.OpenAPI().Paths {
			for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if op == nil {
					continue
				}
				require.False(t, ids[op.OperationID], "%s: %s twice", name, op.OperationID)
				ids[op.OperationID] = true
				require.NotEmpty(t, op.Summary, path)
				require.NotEmpty(t, op.Tags, path)
				require.Contains(t, op.Responses, "421", path)
				require.Contains(t, op.Responses, "500", path)
			}
		}
	}
}

func TestAnswersAreKeptPerShop(t *testing.T) {
	s := start(t)
	one, _ := s.configured(5)
	two, _ := s.configured(5)
	extra := product("only-here", 1)
	s.save(two, extra)
	for _, path := range []string{"/products", "/products/indigo-shirt", "/categories", "/shop"} {
		a := s.do(call{"GET", hostOf(one), front + path, nil, nil}).is(200)
		b := s.do(call{"GET", hostOf(two), front + path, nil, nil}).is(200)
		if path != "/categories" {
			require.NotEqual(t, string(a.body), string(b.body), path)
		}
		before := s.queries.Statements.Load()
		again := s.do(call{"GET", hostOf(one), front + path, nil, nil}).is(200)
		require.Equal(t, before, s.queries.Statements.Load(), "%s: a warm read asks the database nothing", path)
		require.Equal(t, string(a.body), string(again.body))
		etag := again.header.Get("ETag")
		require.NotEmpty(t, etag)
		same := s.do(call{"GET", hostOf(one), front + path, nil, map[string]string{"If-None-Match": `"x", W/` + etag}})
		require.Equal(t, 304, same.status)
		require.Empty(t, same.body)
	}
	s.do(call{"GET", hostOf(one), front + "/products/only-here", nil, nil}).is(404)
	s.do(call{"GET", hostOf(two), front + "/products/only-here", nil, nil}).is(200)
	first := s.do(call{"GET", hostOf(one), front + "/products?limit=3&in_stock=true", nil, nil}).is(200)
	before := s.queries.Statements.Load()
	s.do(call{"GET", hostOf(one), front + "/products?in_stock=true&limit=3", nil, nil}).is(200)
	require.Equal(t, before, s.queries.Statements.Load(), "the order of parameters makes no difference")
	require.NotEmpty(t, first.header.Get("ETag"))
}

func TestChangesAreSeenAtOnce(t *testing.T) {
	s := start(t)
	of, _ := s.configured(5)
	path := front + "/products/indigo-shirt"
	read := func() (p Product) {
		s.do(call{"GET", hostOf(of), path, nil, nil}).is(200).into(&p)
		return p
	}
	got := read()
	s.save(of, product("new-one", 1))
	require.Equal(t, got, read())
	s.do(call{"GET", hostOf(of), front + "/products/new-one", nil, nil}).is(200)

	list := func() (page ProductPage) {
		s.do(call{"GET", hostOf(of), front + "/products", nil, nil}).is(200).into(&page)
		return page
	}
	require.Len(t, list().Products, 2)
	s.save(of, product("third", 1))
	require.Len(t, list().Products, 2, "kept")
	require.NoError(t, s.forget.Forget(t.Context(), "catalog:"+string(of.ID)))
	require.Eventually(t, func() bool { return len(list().Products) == 3 }, 5*time.Second, 5*time.Millisecond)
	s.save(of, product("fourth", 1))
	s.server.answers.forgetAll()
	require.Len(t, list().Products, 4)
}

func TestAnAnswerFromBeforeAChangeIsNotKept(t *testing.T) {
	a := newAnswers(0)
	key := answerKey{tenant: "ten_a", generation: a.generation("ten_a"), target: "/products"}
	a.forget("catalog:ten_a") // while the answer is computed
	a.kept.Set(key, &answer{body: []byte("old")})
	now := answerKey{tenant: "ten_a", generation: a.generation("ten_a"), target: "/products"}
	_, found := a.kept.GetIfPresent(now)
	require.False(t, found)
	a.forget("tenant:ten_a")
	require.Equal(t, uint64(2), a.generation("ten_a"))
	a.forget("something:ten_a")
	require.Equal(t, uint64(2), a.generation("ten_a"))
	require.Zero(t, a.generation("ten_b"))
}

func TestOneRequestComputesForAll(t *testing.T) {
	s := start(t)
	of, _ := s.configured(5)
	s.do(call{"GET", hostOf(of), front + "/shop", nil, nil}).is(200)
	before := s.queries.Statements.Load()
	alone := func() int64 {
		s.do(call{"GET", hostOf(of), front + "/products?limit=7", nil, nil}).is(200)
		return s.queries.Statements.Load() - before
	}()
	before = s.queries.Statements.Load()
	var all sync.WaitGroup
	var good atomic.Int32
	for range 30 {
		all.Go(func() {
			if s.do(call{"GET", hostOf(of), front + "/products?limit=8", nil, nil}).status == 200 {
				good.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 30, good.Load())
	require.LessOrEqual(t, s.queries.Statements.Load()-before, 2*alone, "30 at once cost no more than a few")
}

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"/p": "/p", "/p?a=1": "/p?a=1", "/p?b=2&a=1": "/p?a=1&b=2", "/p?a=2&a=1&b=0": "/p?a=2&a=1&b=0", "/p?q=a%26b&c": "/p?c&q=a%26b",
	} {
		require.Equal(t, want, canonical([]byte(in)))
	}
}

// fixedTenants is the registry of the benchmark: it answers at once, as the resolver does from memory.
type fixedTenants struct {
	ports.Registry
	one tenant.Tenant
}

func (f fixedTenants) TenantByHost(context.Context, string) (tenant.Tenant, error) { return f.one, nil }

// BenchmarkWarmRead is a catalogue read from memory through the whole edge, without the connection.
func BenchmarkWarmRead(b *testing.B) {
	of := tenant.Tenant{ID: "ten_bench", Status: tenant.Active, Shop: tenant.Shop{Name: "Bench"}}
	s := New(Deps{BaseDomain: "localhost", Tenants: fixedTenants{one: of}, NoReads: true, Observe: func(string, string, int, time.Duration) {}, Log: slog.New(slog.DiscardHandler)})
	target := front + "/products?limit=20"
	s.answers.kept.Set(answerKey{tenant: of.ID, target: target}, &answer{body: make([]byte, 8<<10), etag: []byte(`"x"`), shop: of.Shop})
	h := s.App().Handler()
	var ctx fasthttp.RequestCtx
	b.ReportAllocs()
	for b.Loop() {
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.Request.SetRequestURI(target)
		ctx.Request.Header.SetHost("bench.localhost")
		h(&ctx)
		if ctx.Response.StatusCode() != 200 {
			b.Fatal(fmt.Sprint(ctx.Response.StatusCode()))
		}
		ctx.ResetUserValues()
	}
}
