package review

// Kinds of events about reviews.
const (
	KindWritten   = "review.written"
	KindModerated = "review.moderated"
	KindReplied   = "review.replied"
)

// Written tells that a review waits for the shop: it is new, or was changed.
type Written struct {
	Review ID  `json:"review"`
	Stars  int `json:"stars"`
}

// Kind returns KindWritten.
func (Written) Kind() string { return KindWritten }

// Subject returns the review's id.
func (w Written) Subject() string { return string(w.Review) }

// Moderated tells what the shop decided.
type Moderated struct {
	Review ID     `json:"review"`
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Kind returns KindModerated.
func (Moderated) Kind() string { return KindModerated }

// Subject returns the review's id.
func (m Moderated) Subject() string { return string(m.Review) }

// Replied tells that the shop answered a review.
type Replied struct {
	Review ID `json:"review"`
}

// Kind returns KindReplied.
func (Replied) Kind() string { return KindReplied }

// Subject returns the review's id.
func (r Replied) Subject() string { return string(r.Review) }
