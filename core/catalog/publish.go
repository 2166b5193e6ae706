package catalog

import (
	"fmt"
	"slices"
	"time"

	"github.com/halum-hut/halum/core/fault"
)

// SEO is what search engines show of a page. An empty field means the page's own title, or the beginning of its text.
type SEO struct {
	Title       string
	Description string
}

// MaxRelated is how many related products staff may choose.
const MaxRelated = 24

// maxSEO bounds a description for search engines, in bytes. They show about 160 characters.
const maxSEO = 1000

// ErrRelated says that a related product is not one of the shop's.
var ErrRelated = fault.InvalidField("related", "there is no product with one of these ids")

// Scheduled tells that a draft shall become active at a time.
type Scheduled struct {
	Product ProductID `json:"product"`
	At      time.Time `json:"at"`
}

// Kind returns "catalog.scheduled".
func (Scheduled) Kind() string { return "catalog.scheduled" }

// Subject returns the product's id.
func (s Scheduled) Subject() string { return string(s.Product) }

// presentation checks what is said of a product's page.
func (p Product) presentation(add func(path, msg string)) {
	if !isText(p.SEO.Title, maxText) {
		add("seo_title", "use at most 255 characters")
	}
	if !isText(p.SEO.Description, maxSEO) {
		add("seo_description", "use at most 1000 characters")
	}
	if !p.PublishAt.IsZero() && p.Status != Draft {
		add("publish_at", "only drafts become active by themselves")
	}
	if len(p.Related) > MaxRelated {
		add("related", "at most 24 products")
	}
	for i, id := range p.Related {
		if id == p.ID || slices.Index(p.Related, id) < i {
			add(fmt.Sprintf("related[%d]", i), "every product is named once, and not the product itself")
		}
	}
}
