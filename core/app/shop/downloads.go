package shop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Downloads is what shoppers get of files they bought.
type Downloads struct{ d Deps }

// Download is a file with a link that works for a while.
type Download struct {
	digital.File
	Token   string // of the link
	Expires time.Time
	Left    int // how often it may still be downloaded
}

// DownloadPath is below which links lead.
const DownloadPath = "/downloads/"

// Path is where the link leads on the shop's host. What it proves is in its query, which no log has.
func (d Download) Path() string { return DownloadPath + string(d.ID) + "?key=" + d.Token }

// granted is what a link says. It is sealed for one shop, so that nobody else can make or read one.
type granted struct {
	Order   order.ID       `json:"o"`
	File    digital.FileID `json:"f"`
	Expires int64          `json:"e"` // Unix seconds
}

func boundTo(t tenant.ID) []byte { return []byte("downloads/" + t) }

// Of lists what a paid order may download. The caller has made sure that the order may be seen.
func (d *Downloads) Of(ctx context.Context, t tenant.ID, o order.Order) (all []Download, err error) {
	if o.Payment != order.Paid && o.Payment != order.PartlyRefunded {
		return nil, nil
	}
	var files []digital.File
	var count map[digital.FileID]int
	err = d.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		if files, err = v.DigitalFiles(ctx, digital.Bought(o)); err != nil || len(files) == 0 {
			return err
		}
		count, err = v.Downloads(ctx, o.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	expires := d.d.Now().Add(digital.LinkLife).Truncate(time.Second)
	for _, f := range files {
		if !f.Sold(o) {
			continue
		}
		said, err := json.Marshal(granted{o.ID, f.ID, expires.Unix()})
		if err != nil {
			return nil, err
		}
		sealed, err := d.d.Sealer.Seal(said, boundTo(t))
		if err != nil {
			return nil, err
		}
		all = append(all, Download{f, base64.RawURLEncoding.EncodeToString(sealed), expires, max(digital.MaxDownloads-count[f.ID], 0)})
	}
	return all, nil
}

// Open opens the file of a link, from a byte of it on; the caller closes it. Beginning at its first byte is counted.
// Errors: digital.ErrLink, also when the order has been given its money back since, ErrExhausted.
func (d *Downloads) Open(ctx context.Context, t tenant.ID, which digital.FileID, token string, from int64) (content io.ReadCloser, f digital.File, err error) {
	g, err := d.read(t, token)
	if err != nil || g.File != which {
		return nil, f, digital.ErrLink
	}
	err = d.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		if f, err = tx.DigitalFile(ctx, g.File); err != nil {
			if errors.Is(err, digital.ErrNotFound) {
				return digital.ErrLink
			}
			return err
		}
		o, err := tx.Order(ctx, g.Order)
		if err != nil {
			return err
		}
		switch {
		case !f.Sold(o):
			return digital.ErrLink
		case from < 0 || from >= f.Bytes:
			return digital.ErrRange
		case from > 0:
			return nil
		}
		counted, err := tx.CountDownload(ctx, o.ID, f.ID, digital.MaxDownloads, d.d.Now())
		if err == nil && !counted {
			err = digital.ErrExhausted
		}
		return err
	})
	if err != nil {
		return nil, f, err
	}
	content, err = d.d.Blobs.From(ctx, ports.DigitalName(t, f.ID), from)
	return content, f, err
}

func (d *Downloads) read(t tenant.ID, token string) (g granted, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return g, digital.ErrLink
	}
	said, err := d.d.Sealer.Open(sealed, boundTo(t))
	if err != nil || json.Unmarshal(said, &g) != nil || d.d.Now().Unix() >= g.Expires {
		return g, digital.ErrLink
	}
	return g, nil
}
