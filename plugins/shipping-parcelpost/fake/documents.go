package fake

import (
	"net/http"
)

// kinds of documents that a shipment has, and how they are made.
func papers(p shipment) map[string]func(size string) ([]byte, error) {
	all := map[string]func(size string) ([]byte, error){
		"label": func(size string) ([]byte, error) { return label(p, size) },
	}
	if p.Order.From.Country != p.Order.To.Country {
		all["customs_form"] = func(string) ([]byte, error) { return customsForm(p) }
	}
	return all
}

// documents lists the papers of a shipment.
func (s *Server) documents(_ *call, p *shipment) (answer, *problem) {
	now, problem := s.printed(p)
	if problem != nil {
		return answer{}, problem
	}
	all := []map[string]string{}
	for _, kind := range []string{"label", "customs_form"} {
		if _, has := papers(now)[kind]; has {
			all = append(all, map[string]string{"kind": kind, "content_type": "application/pdf"})
		}
	}
	return ok(map[string]any{"documents": all})
}

func (s *Server) document(c *call, p *shipment) (answer, *problem) {
	now, problemNow := s.printed(p)
	if problemNow != nil {
		return answer{}, problemNow
	}
	draw, has := papers(now)[c.request.PathValue("kind")]
	if !has {
		return answer{}, &problem{http.StatusNotFound, "not_found", "", "The shipment has no such document."}
	}
	size := c.request.URL.Query().Get("size")
	if size != "" && size != "a6" && size != "a4" {
		return answer{}, &problem{http.StatusUnprocessableEntity, "invalid", "size", "size is a6 or a4."}
	}
	content, err := draw(size)
	if err != nil {
		return answer{}, &problem{http.StatusInternalServerError, "internal", "", "The document could not be made."}
	}
	return answer{http.StatusOK, content, "application/pdf"}, nil
}

// printed is the shipment once it has papers.
func (s *Server) printed(p *shipment) (shipment, *problem) {
	now := s.settled(p)
	switch now.State {
	case "declined", "cancelled", "cancelling":
		return now, &problem{http.StatusConflict, "no_documents", "", "A shipment that is " + now.State + " has no documents."}
	case "pending":
		return now, &problem{http.StatusConflict, "documents_pending", "", "The documents are not ready."}
	}
	if s.now().Before(p.Settles.Add(printing)) {
		return now, &problem{http.StatusConflict, "documents_pending", "", "The documents are not ready."}
	}
	return now, nil
}
