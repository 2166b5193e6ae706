package httpapi

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/id"
)

func (v *vendor) sell(variant, name, content string) answered {
	v.t.Helper()
	header := map[string]string{"Content-Type": "application/octet-stream"}
	maps.Copy(header, v.bearer)
	return v.do(call{"POST", v.host, adminPath + "/variants/" + variant + "/files?name=" + url.QueryEscape(name), content, header})
}

// bought places an order for two of a variant, which is not paid yet.
func (v *vendor) bought(variant string) (o PlacedOrder, secret map[string]string) {
	v.t.Helper()
	cart := map[string]string{headerCart: v.fill(v.host, variant)}
	v.do(call{"POST", v.host, front + "/checkout", checkoutBody("manual", "cash_on_delivery", nil), plus(cart, headerOnce, id.Secret())}).is(201).into(&o)
	return o, map[string]string{headerOrderSecret: o.Order.Secret}
}

func (v *vendor) downloads(o PlacedOrder, secret map[string]string) []Download {
	v.t.Helper()
	var out Downloads
	v.do(call{"GET", v.host, fmt.Sprint(front, "/orders/", o.Order.Number, "/downloads"), nil, secret}).is(200).into(&out)
	return out.Downloads
}

func (v *vendor) paid(o PlacedOrder) {
	v.t.Helper()
	v.send("POST", fmt.Sprint(adminPath, "/orders/", o.Order.Number, "/capture"), map[string]any{}, nil).is(200)
}

func TestFilesAreSold(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	content := strings.Repeat("All about indigo. ", 100_000)
	var f FileForSale
	v.sell(a, "নীল guide.pdf", content).is(201).into(&f)
	require.Equal(t, []any{"নীল guide.pdf", int64(len(content))}, []any{f.Name, f.Bytes})

	o, secret := v.bought(a)
	require.Empty(t, v.downloads(o, secret), "it is not paid")
	v.do(call{"GET", v.host, fmt.Sprint(front, "/orders/", o.Order.Number, "/downloads"), nil, nil}).is(404)
	v.paid(o)
	all := v.downloads(o, secret)
	require.Len(t, all, 1)
	require.Equal(t, 30, all[0].Left)
	link, ok := strings.CutPrefix(all[0].URL, "http://"+v.host)
	require.True(t, ok, all[0].URL)

	got := v.file(v.host, link)
	require.Equal(t, 200, got.status)
	require.Equal(t, content, string(got.body))
	require.Equal(t, "attachment; filename*=utf-8''%E0%A6%A8%E0%A7%80%E0%A6%B2%20guide.pdf", got.header.Get("Content-Disposition"))
	require.Equal(t, "application/octet-stream", got.header.Get("Content-Type"))
	rest := v.do(call{"GET", v.host, link, nil, map[string]string{"Range": "bytes=1799990-"}})
	require.Equal(t, []any{206, content[1799990:], "bytes 1799990-1799999/1800000"}, []any{rest.status, string(rest.body), rest.header.Get("Content-Range")})
	require.Equal(t, 416, v.do(call{"GET", v.host, link, nil, map[string]string{"Range": "bytes=1800000-"}}).status)
	require.Equal(t, 29, v.downloads(o, secret)[0].Left, "going on is not counted")

	other := v.stack.vendor()
	for _, bad := range []string{link + "x", strings.Replace(link, f.ID, "dig_00000000000000000000000000", 1), "/downloads/" + f.ID, "/downloads/x?key=%00"} {
		require.Equal(t, 404, v.file(v.host, bad).status, bad)
	}
	require.Equal(t, 404, other.file(other.host, link).status, "another shop did not sell it")
	require.NotContains(t, v.log.String(), link[strings.Index(link, "key=")+4:], "links stay out of logs")

	v.send("DELETE", adminPath+"/variants/"+a+"/files/"+f.ID, nil, nil).is(204)
	v.send("DELETE", adminPath+"/variants/"+a+"/files/"+f.ID, nil, nil).is(404, "file_not_found")
	later, its := v.bought(a)
	v.paid(later)
	require.Empty(t, v.downloads(later, its), "it is not sold any more")
	require.Equal(t, 200, v.file(v.host, link).status, "who bought it has it")
	var second FileForSale
	v.sell(a, "second edition.pdf", "better").is(201).into(&second)
	require.Len(t, v.downloads(o, secret), 2, "a newer one belongs to who bought before")

	pgtest.Texts(t, v.of.ID, `update digital_downloads set count = 30 returning file_id`)
	require.Equal(t, 409, v.file(v.host, link).status)
	v.send("POST", fmt.Sprint(adminPath, "/orders/", o.Order.Number, "/refunds"), map[string]any{}, map[string]string{headerOnce: "back"}).is(201)
	require.Empty(t, v.downloads(o, secret), "the money went back")
	require.Equal(t, 404, v.file(v.host, link).status)
}

func TestBadFilesAreNotSold(t *testing.T) {
	v := start(t).vendor()
	a := v.variants[0]
	for _, name := range []string{"../../etc/passwd", `..\x`, "a/b.pdf", ".hidden", "a\nb", "con:1", strings.Repeat("x", 151)} {
		v.sell(a, name, "x").is(422)
	}
	v.sell(a, "", "x").is(422)
	v.sell(a, "guide.pdf", "").is(422, "empty_file")
	v.sell("var_none", "guide.pdf", "x").is(404, "variant_not_found")
	v.do(call{"POST", v.host, adminPath + "/variants/" + a + "/files?name=a.pdf", "x", map[string]string{"Content-Type": "application/octet-stream"}}).is(401)
	v.stack.vendor().sell(a, "guide.pdf", "x").is(404, "variant_not_found")
	for range 20 {
		v.sell(a, "guide.pdf", "x").is(201)
	}
	v.sell(a, "guide.pdf", "x").is(409, "too_many_files")
	var all FilesForSale
	v.send("GET", adminPath+"/variants/"+a+"/files", nil, nil).is(200).into(&all)
	require.Len(t, all.Files, 20)
	v.send("DELETE", adminPath+"/variants/"+v.variants[1]+"/files/"+all.Files[0].ID, nil, nil).is(404, "file_not_found")
	v.send("DELETE", adminPath+"/variants/"+a+"/files/"+all.Files[0].ID, nil, nil).is(204)
	require.Equal(t, []string{"19"}, pgtest.Texts(t, v.of.ID, `select count(*)::text from digital_files`), "nobody bought it")

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", v.addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST %s/variants/%s/files?name=huge.bin HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/octet-stream\r\n"+
		"Content-Length: %d\r\n\r\n", adminPath, a, v.host, v.bearer["Authorization"], digital.MaxBytes+1)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	said, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Contains(t, string(said), "file_too_large", "before a byte of it is awaited")
}

func TestAFileThatIsCutIsNotSold(t *testing.T) {
	v := start(t).vendor()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", v.addr)
	require.NoError(t, err)
	_, err = fmt.Fprintf(conn, "POST %s/variants/%s/files?name=half.bin HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/octet-stream\r\n"+
		"Content-Length: 3000000\r\n\r\n%s", adminPath, v.variants[0], v.host, v.bearer["Authorization"], strings.Repeat("x", 2_000_000))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return strings.Contains(v.log.String(), "/files") }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, []string{"0"}, pgtest.Texts(t, v.of.ID, `select count(*)::text from digital_files`))
}

func TestAnOrderOfFilesIsFulfilledWhenItIsPaid(t *testing.T) {
	v := start(t).vendor()
	p := v.create(with(jamdani, map[string]any{"status": "active"}))
	var edits []any
	for _, one := range p.Variants {
		edits = append(edits, map[string]any{"id": one.ID, "requires_shipping": false})
	}
	v.send("PATCH", productsPath+"/"+p.ID, map[string]any{"variants": edits}, match(int(p.Revision))).is(200)
	book, service := p.Variants[0].ID, p.Variants[1].ID
	v.sell(book, "pattern.pdf", "cut here").is(201)
	buy := func(variant string) (o PlacedOrder) {
		body := checkoutBody("manual", "cash_on_delivery", nil)
		delete(body, "shipping_rate")
		delete(body, "shipping_address")
		cart := map[string]string{headerCart: v.fill(v.host, variant)}
		v.do(call{"POST", v.host, front + "/checkout", body, plus(cart, headerOnce, id.Secret())}).is(201).into(&o)
		return o
	}
	status := func(o PlacedOrder) string {
		v.react(v.of, time.Now(), reactions.DeliverFiles)
		return pgtest.Texts(t, v.of.ID, `select status from orders where number = $1`, o.Order.Number)[0]
	}
	o, other := buy(book), buy(service)
	require.Equal(t, "confirmed", status(o), "it is not paid")
	v.paid(o)
	require.Equal(t, "fulfilled", status(o))
	require.Len(t, v.downloads(o, map[string]string{headerOrderSecret: o.Order.Secret}), 1)
	require.Equal(t, []string{"1"}, pgtest.Texts(t, v.of.ID, `select count(*)::text from events where kind = 'order.fulfilled'`))
	v.paid(other)
	require.Equal(t, "confirmed", status(other), "somebody has to do something for it")
}
