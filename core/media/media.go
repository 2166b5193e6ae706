// Package media owns pictures that shops upload: what is accepted, what they are called, and which sizes are made of them.
// It knows nothing of decoding or storing.
package media

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
)

// ID is "med_" and 26 characters.
type ID string

// Status says how far a picture is.
type Status string

// The statuses. A processing picture is not served yet.
const (
	Processing Status = "processing"
	Ready      Status = "ready"
	Failed     Status = "failed"
)

// Media is one uploaded picture.
type Media struct {
	ID        ID
	File      string // its name among the shop's files; says content and size, so that it never changes
	Name      string // what it was called by whoever uploaded it, for people
	Bytes     int64  // as uploaded
	Width     int    // as served
	Height    int
	Status    Status
	Problem   string // why it failed
	Source    string // names where it was fetched from; "" of uploads
	CreatedAt time.Time
}

// Format is how a picture is written.
type Format string

// The formats that are accepted. A file's name says nothing; its content does.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif" // its first picture
	WebP Format = "webp"
)

// Limits of pictures.
const (
	MaxBytes   = 20 << 20
	MaxPixels  = 40_000_000 // decoded they take up to four bytes each
	MaxSide    = 16_384
	MaxServed  = 4096 // the longer side of what is served
	MaxName    = 200  // bytes
	MaxProblem = 150  // letters
)

// Faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "media_not_found", "there is no such picture in this shop")
	ErrFormat   = fault.New(fault.Invalid, "unsupported_picture", "this is not a picture that can be used: upload JPEG, PNG, GIF or WebP")
	ErrBroken   = fault.New(fault.Invalid, "broken_picture", "this picture is damaged or not complete: save it anew and upload it again")
	ErrTooLarge = fault.New(fault.Invalid, "picture_too_large", "a picture has at most 20 MB, 40 million pixels and 16,384 pixels on a side: make it smaller")
	ErrUsed     = fault.New(fault.Conflict, "picture_in_use", "a product shows this picture: take it out of the product first")
	ErrName     = fault.InvalidField("name", "use at most 200 characters")
)

// Header is what the beginning of a picture says.
type Header struct {
	Format        Format
	Width, Height int // as it is to be looked at
}

// Check refuses what must not be decoded. Errors: ErrFormat, ErrTooLarge.
func (h Header) Check(bytes int64) error {
	switch {
	case !slices.Contains([]Format{JPEG, PNG, GIF, WebP}, h.Format):
		return ErrFormat
	case h.Width < 1 || h.Height < 1:
		return ErrBroken
	case bytes > MaxBytes, h.Width > MaxSide, h.Height > MaxSide, h.Width*h.Height > MaxPixels:
		return ErrTooLarge
	}
	return nil
}

// Served is the size in which the picture is served: its own, or smaller.
func (h Header) Served() (width, height int) {
	longer := max(h.Width, h.Height)
	if longer <= MaxServed {
		return h.Width, h.Height
	}
	return max(h.Width*MaxServed/longer, 1), max(h.Height*MaxServed/longer, 1)
}

// New returns a picture that is to be processed. hash is the SHA-256 of what was uploaded. Errors: those of Header.Check,
// ErrName.
func New(id ID, name string, hash [32]byte, bytes int64, h Header, at time.Time) (Media, error) {
	if err := h.Check(bytes); err != nil {
		return Media{}, err
	}
	if name = strings.TrimSpace(name); len(name) > MaxName || strings.ContainsAny(name, "\x00\r\n") {
		return Media{}, ErrName
	}
	m := Media{ID: id, Name: name, Bytes: bytes, Status: Processing, CreatedAt: at}
	m.Width, m.Height = h.Served()
	m.File = File{Hash: fmt.Sprintf("%x", hash[:16]), Width: m.Width, Height: m.Height, Format: served[h.Format]}.Name()
	return m, nil
}

// served are the formats in which pictures of a format are served whole.
var served = map[Format]Format{JPEG: JPEG, PNG: PNG, GIF: PNG, WebP: WebP}

// widths are those of smaller renditions, which are WebP.
var widths = []int{320, 640, 1024, 1600}

// File is what the name of a file says.
type File struct {
	Hash          string
	Width, Height int // of the whole picture
	Format        Format
	Rendition     int // width of a smaller one; 0 for the whole picture
}

var filePattern = regexp.MustCompile(`^([0-9a-f]{32})-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})(?:-([1-9][0-9]{2,3}))?\.(jpeg|png|webp)$`)

// ParseFile reads a name. It is false for what is none.
func ParseFile(name string) (f File, ok bool) {
	parts := filePattern.FindStringSubmatch(name)
	if parts == nil {
		return f, false
	}
	f = File{Hash: parts[1], Format: Format(parts[5])}
	f.Width, _ = strconv.Atoi(parts[2])
	f.Height, _ = strconv.Atoi(parts[3])
	f.Rendition, _ = strconv.Atoi(parts[4])
	return f, f.Rendition == 0 || f.Format == WebP && slices.Contains(widths, f.Rendition) && f.Rendition < f.Width
}

// Name is the file's name.
func (f File) Name() string {
	size := strconv.Itoa(f.Width) + "x" + strconv.Itoa(f.Height)
	if f.Rendition > 0 {
		size += "-" + strconv.Itoa(f.Rendition)
	}
	return f.Hash + "-" + size + "." + string(f.Format)
}

// Type is the file's media type.
func (f File) Type() string { return "image/" + string(f.Format) }

// Renditions are the smaller ones of a whole picture, the smallest first.
func (f File) Renditions() (all []File) {
	for _, w := range widths {
		if w < f.Width {
			all = append(all, File{f.Hash, f.Width, f.Height, WebP, w})
		}
	}
	return all
}

// Path is where files are below a shop's address.
const Path = "/files/"

// URL is the address of a shop's file on its own host.
func URL(shop, file string) string { return Path + shop + "/" + file }

// OfURL reads the address of a shop's file. It is false for others.
func OfURL(address string) (shop string, f File, ok bool) {
	rest, ours := strings.CutPrefix(address, Path)
	shop, name, _ := strings.Cut(rest, "/")
	if f, ok = ParseFile(name); !ours || shop == "" {
		return "", File{}, false
	}
	return shop, f, ok
}

// FromCDN has a page or an answer name our files at another host, which gets them from here. Addresses begin attributes and
// texts, or stand in lists behind a comma.
func FromCDN(text []byte, cdn string) []byte {
	if cdn == "" {
		return text
	}
	text = bytes.ReplaceAll(text, []byte(`"`+Path), []byte(`"`+cdn+Path))
	return bytes.ReplaceAll(text, []byte(`, `+Path), []byte(`, `+cdn+Path))
}

// Srcset lists a picture with its renditions as the attribute of that name does; "" for pictures that are not ours.
func Srcset(address string) string {
	shop, f, ok := OfURL(address)
	if !ok || f.Rendition > 0 {
		return ""
	}
	var all []string
	for _, r := range f.Renditions() {
		all = append(all, URL(shop, r.Name())+" "+strconv.Itoa(r.Rendition)+"w")
	}
	return strings.Join(append(all, address+" "+strconv.Itoa(f.Width)+"w"), ", ")
}

// videoHosts are where videos are watched, by the hosts of their pages.
var videoHosts = []string{"www.youtube.com", "youtube.com", "youtu.be", "vimeo.com", "www.vimeo.com"}

// Video says how a video by address is watched: as a file, or on a page of its own. It is "" for what is no video.
type Video string

// The kinds of videos.
const (
	VideoFile Video = "file"
	VideoPage Video = "page"
)

// VideoAt tells whether an address is that of a video.
func VideoAt(address string) Video {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https":
		return ""
	case slices.Contains(videoHosts, strings.ToLower(u.Hostname())):
		return VideoPage
	case strings.HasSuffix(strings.ToLower(u.Path), ".mp4"), strings.HasSuffix(strings.ToLower(u.Path), ".webm"):
		return VideoFile
	}
	return ""
}

// KindUploaded names Uploaded.
const KindUploaded = "media.uploaded"

// Uploaded tells that a picture is there and has to be processed.
type Uploaded struct {
	Media ID `json:"media"`
}

// Kind returns "media.uploaded".
func (Uploaded) Kind() string { return KindUploaded }

// Subject returns the picture's id.
func (u Uploaded) Subject() string { return string(u.Media) }
