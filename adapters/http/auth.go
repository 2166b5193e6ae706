package httpapi

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

type actorKey struct{}

// authenticate verifies the access token, when there is one, for the tenant of the request and for the kind of actor
// the API is for. A token that does not fit is refused and never taken for a guest. Operations that are the same for
// everybody do not look at it.
func (s *Server) authenticate(kind identity.Kind) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		actor := identity.GuestOf(requestOf(ctx.Context()).tenant.ID)
		if h := ctx.Header("Authorization"); h != "" && ctx.Operation().Metadata[metaBearer] == true {
			scheme, token, _ := strings.Cut(h, " ")
			err := error(ports.ErrToken)
			if strings.EqualFold(scheme, "Bearer") {
				actor, err = s.d.Tokens.Verify(ctx.Context(), strings.TrimSpace(token), actor.Tenant)
			}
			if err == nil && actor.Kind != kind {
				err = ports.ErrToken
			}
			if err != nil {
				refuse(ctx, err)
				return
			}
		}
		a := ctx.(*apiContext) //nolint:forcetypeassert // the adapter makes no other
		a.ctx = context.WithValue(a.ctx, actorKey{}, actor)
		next(a)
	}
}

// actorOf is who asks. Without a token it is a guest of the tenant.
func actorOf(ctx context.Context) identity.Actor {
	if a, ok := ctx.Value(actorKey{}).(identity.Actor); ok {
		return a
	}
	return identity.GuestOf(requestOf(ctx).tenant.ID)
}
