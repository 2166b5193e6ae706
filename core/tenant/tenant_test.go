package tenant_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/tenant"
)

func TestCheckSlug(t *testing.T) {
	for slug, want := range map[string]error{
		"aarong": nil, "my-shop": nil, "a-b": nil, "shop2": nil, "abc": nil, "a1-2-3": nil,
		strings.Repeat("a", 30):              nil,
		"a" + strings.Repeat("-b", 14) + "c": nil,
		strings.Repeat("a", 31):              tenant.ErrSlugSyntax,
		"a" + strings.Repeat("-b", 15):       tenant.ErrSlugSyntax, // 31 characters
		"a" + strings.Repeat("-b", 29):       tenant.ErrSlugSyntax, // 59 characters
		"":                                   tenant.ErrSlugSyntax,
		"ab":                                 tenant.ErrSlugSyntax,
		"1ab":                                tenant.ErrSlugSyntax,
		"-ab":                                tenant.ErrSlugSyntax,
		"ab-":                                tenant.ErrSlugSyntax,
		"a--b":                               tenant.ErrSlugSyntax,
		"xn--abc":                            tenant.ErrSlugSyntax,
		"Abc":                                tenant.ErrSlugSyntax,
		"a_b":                                tenant.ErrSlugSyntax,
		"a.b":                                tenant.ErrSlugSyntax,
		"abc\n":                              tenant.ErrSlugSyntax,
		"দোকান":                              tenant.ErrSlugSyntax,
		"abc; drop schema":                   tenant.ErrSlugSyntax,
		"admin":                              tenant.ErrSlugReserved,
		"api":                                tenant.ErrSlugReserved,
		"www":                                tenant.ErrSlugReserved,
		"halum":                              tenant.ErrSlugReserved,
		"platform":                           tenant.ErrSlugReserved,
		"postmaster":                         tenant.ErrSlugReserved,
		"localhost":                          tenant.ErrSlugReserved,
		"status":                             tenant.ErrSlugReserved,
		"admin-shop":                         nil,
		"administrators":                     nil,
	} {
		require.ErrorIs(t, tenant.CheckSlug(slug), want, "%q", slug)
		if want == nil {
			require.NoError(t, tenant.CheckSlug(slug), "%q", slug)
			require.Equal(t, slug, tenant.NormalHost(slug), "a slug is a host label")
		}
	}
}

func TestSchema(t *testing.T) {
	for range 100 {
		name := tenant.SchemaFor(tenant.ID(id.New("ten", time.UnixMilli(1_700_000_000_000))))
		require.NoError(t, tenant.CheckSchema(name))
	}
	for _, bad := range []string{
		"", "public", "t_", "t_short", "t_" + strings.Repeat("a", 27), "T_aaaaaaaaa", `t_aaaaaaaa"`, "t_aaaaaaaa; drop", "t_aaaaaaaa\n", "pg_catalog",
	} {
		require.Error(t, tenant.CheckSchema(bad), "%q", bad)
	}
}

func TestNormalHost(t *testing.T) {
	for in, want := range map[string]string{
		"shop.example.com":             "shop.example.com",
		"Shop.EXAMPLE.com":             "shop.example.com",
		"shop.example.com:8080":        "shop.example.com",
		"shop.example.com.":            "shop.example.com",
		"shop.example.com.:443":        "shop.example.com",
		"shop.example.com:":            "shop.example.com",
		" shop.example.com ":           "shop.example.com",
		"aarong.localhost:8080":        "aarong.localhost",
		"localhost":                    "localhost",
		"127.0.0.1:8080":               "127.0.0.1",
		"xn--45be2d9c.example":         "xn--45be2d9c.example",
		"a":                            "a",
		strings.Repeat("a", 63) + ".b": strings.Repeat("a", 63) + ".b",

		"":                              "",
		".":                             "",
		":8080":                         "",
		"[::1]":                         "",
		"[::1]:8080":                    "",
		"::1":                           "",
		"2001:db8::a":                   "",
		"দোকান.example":                 "",
		"shop.example.com:http":         "",
		"shop.example.com:80:80":        "",
		"shop.example.com:808080":       "",
		"shop.example.com..":            "",
		"shop..example.com":             "",
		".shop.example.com":             "",
		"-shop.example.com":             "",
		"shop-.example.com":             "",
		"shop.-example.com":             "",
		"shop_1.example.com":            "",
		"shop example.com":              "",
		"shop.example.com/path":         "",
		"user@shop.example.com":         "",
		"shop.example.com\r\nX: y":      "",
		"shop.example.com\x00":          "",
		"\u212aart.example":             "", // the Kelvin sign would become a k
		"\xff.example":                  "",
		"*.example.com":                 "",
		strings.Repeat("a", 64) + ".b":  "",
		strings.Repeat("a.", 127) + "a": "", // 255 characters
	} {
		require.Equal(t, want, tenant.NormalHost(in), "%q", in)
	}
}

func TestNormalHostIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := tenant.NormalHost(rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9.:\-\[\] ]{0,40}`)).Draw(t, "host"))
		require.Equal(t, h, tenant.NormalHost(h))
		require.LessOrEqual(t, len(h), 253)
	})
}

func TestColours(t *testing.T) {
	require.NoError(t, tenant.Colours{}.Check())
	require.NoError(t, tenant.Colours{Primary: "#1f3a93", OnPrimary: "#FFFFFF", Accent: "#000000", Tint: "#abcdef"}.Check())
	for _, s := range []string{"red", "#fff", "#1f3a9g", "1f3a93", "#1f3a93;", "#1f3a93\n", "url(x)"} {
		for _, c := range []tenant.Colours{{Primary: s}, {OnPrimary: s}, {Accent: s}, {Tint: s}} {
			require.ErrorIs(t, c.Check(), tenant.ErrColour, s)
		}
	}
}
