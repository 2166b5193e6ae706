package porttest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

func customers(t *testing.T, s Subject) {
	sh := s.shop(t)
	a := newCustomer()
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveCustomer(ctx, a) })
	a.Name, a.PasswordHash = "Another Name", "other"
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveCustomer(ctx, a) })
	sh.view(func(ctx context.Context, v ports.View) {
		got, err := v.Customer(ctx, a.ID)
		require.NoError(t, err)
		require.Equal(t, a, got)
		got, err = v.CustomerByEmail(ctx, a.Email)
		require.NoError(t, err)
		require.Equal(t, a, got)
	})
	b := newCustomer()
	b.Email = a.Email
	err := s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCustomer(ctx, b) })
	require.ErrorIs(t, err, account.ErrEmailTaken)

	take := func(token string, at time.Time) (who string, err error) {
		err = s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error {
			who, err = tx.TakeCustomerReset(ctx, []byte(token), at)
			return err
		})
		return who, err
	}
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.SaveCustomerReset(ctx, a.ID, []byte("old"), now().Add(time.Hour)))
		return tx.SaveCustomerReset(ctx, a.ID, []byte("new"), now().Add(time.Hour))
	})
	for _, c := range []struct {
		token string
		at    time.Time
		ok    bool
	}{{"old", now(), false}, {"new", now().Add(2 * time.Hour), false}, {"new", now(), true}, {"new", now(), false}} {
		who, err := take(c.token, c.at)
		if !c.ok {
			require.ErrorIs(t, err, account.ErrResetToken)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, a.ID, who)
	}
}

func sessions(t *testing.T, s Subject) {
	sh := s.shop(t)
	a := newCustomer()
	one, _ := account.StartSession(a.ID, now())
	two, _ := account.StartSession(a.ID, now())
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		require.NoError(t, tx.SaveCustomer(ctx, a))
		require.NoError(t, tx.SaveCustomerSession(ctx, two))
		return tx.SaveCustomerSession(ctx, one)
	})
	one.Generation, one.SecretHash = 7, []byte{9}
	sh.update(func(ctx context.Context, tx ports.Tx) error {
		got, err := tx.CustomerSession(ctx, one.ID)
		require.NoError(t, err)
		require.EqualValues(t, 1, got.Generation)
		require.NoError(t, tx.SaveCustomerSession(ctx, one))
		return tx.RevokeCustomerSessions(ctx, a.ID, now())
	})
	sh.view(func(ctx context.Context, v ports.View) {
		for _, want := range []account.Session{one, two} {
			got, err := v.CustomerSession(ctx, want.ID)
			require.NoError(t, err)
			require.False(t, got.RevokedAt.IsZero())
			got.RevokedAt = want.RevokedAt
			require.Equal(t, want, got)
		}
		_, err := v.CustomerSession(ctx, "ses_none")
		require.ErrorIs(t, err, account.ErrSession)
	})
}

func newNotifications(topic string, events ...event.ID) (all []notification.Notification) {
	for _, e := range events {
		all = append(all, notification.Notification{
			Topic: topic, EventID: e, Kind: "order.confirmed", OrderID: "ord_1", Order: 1001, Title: "Title", Body: "Body", At: now(),
		})
	}
	return all
}

// notifications: sequences have no gaps, also when many write at once and some of them repeat or fail.
func notifications(t *testing.T, s Subject) {
	sh := s.shop(t)
	var stored []notification.Notification
	first := append(newNotifications("staff", "evt_1"), newNotifications("customer:a", "evt_1")...)
	for range 2 {
		sh.update(func(ctx context.Context, tx ports.Tx) (err error) {
			stored, err = tx.Notify(ctx, first)
			return err
		})
		require.Len(t, stored, 2)
		for i, n := range stored {
			require.EqualValues(t, 1, n.Seq)
			n.Seq = 0
			require.Equal(t, first[i], n)
		}
	}
	const writers = 8
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for range 5 {
				e := event.ID(id.New("evt", now()))
				for range 2 {
					_ = s.Store.Update(context.WithoutCancel(t.Context()), sh.id, func(ctx context.Context, tx ports.Tx) error {
						if _, err := tx.Notify(ctx, newNotifications("staff", e)); err != nil {
							return err
						}
						if w == 0 {
							return errChanged
						}
						return nil
					})
				}
			}
		})
	}
	for range 4 { // the same reaction at once
		all.Go(func() {
			err := s.Store.Update(context.WithoutCancel(t.Context()), sh.id, func(ctx context.Context, tx ports.Tx) error {
				_, err := tx.Notify(ctx, newNotifications("staff", "evt_same"))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sh.view(func(ctx context.Context, v ports.View) {
		told, err := v.Notifications(ctx, "staff", 0, 500)
		require.NoError(t, err)
		require.Len(t, told, 2+(writers-1)*5)
		for i, n := range told {
			require.EqualValues(t, i+1, n.Seq)
		}
		newest, err := v.Notifications(ctx, "staff", -1, 3)
		require.NoError(t, err)
		require.Equal(t, told[len(told)-3:], newest)
		rest, err := v.Notifications(ctx, "staff", 2, 2)
		require.NoError(t, err)
		require.Equal(t, told[2:4], rest)
	})
}

func providers(t *testing.T, s Subject) {
	sh := s.shop(t)
	a := provider.Account{
		Kind: provider.Shipping, Plugin: "zz-new", Mode: provider.Live, Config: []byte(`{"a": 1}`),
		Secrets: map[string]provider.Secret{"key": {Sealed: []byte{0, 1, 255}, Hint: "…1", ChangedAt: now()}},
		Rules:   provider.Rules{Countries: []string{"BD"}, Max: 5},
	}
	list := func(kind provider.Kind, mode provider.Mode) (got []provider.Account) {
		sh.view(func(ctx context.Context, v ports.View) {
			all, err := v.ProviderAccounts(ctx, kind)
			require.NoError(t, err)
			for _, x := range all {
				if x.Plugin == a.Plugin && x.Mode == mode {
					got = append(got, x)
				}
			}
		})
		return got
	}
	save := func() {
		sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, a) })
	}
	save()
	before := list(a.Kind, a.Mode)
	require.Len(t, before, 1)
	require.Equal(t, sh.id, before[0].Tenant)
	require.JSONEq(t, string(a.Config), string(before[0].Config))
	require.Equal(t, a.Secrets, before[0].Secrets)
	require.Equal(t, a.Rules, before[0].Rules)
	require.Empty(t, list(provider.Payment, a.Mode))
	require.Empty(t, list(a.Kind, provider.Test))
	a.Config = nil
	save()
	require.Greater(t, list(a.Kind, a.Mode)[0].Revision, before[0].Revision)
	require.False(t, list(a.Kind, a.Mode)[0].Disabled)
	a.Disabled = true
	save()
	require.True(t, list(a.Kind, a.Mode)[0].Disabled, "old payments must still be settled with it")
	a.Mode, a.Disabled = provider.Test, false
	save()
	require.Len(t, list(a.Kind, provider.Test), 1)
	require.Len(t, list(a.Kind, provider.Live), 1)
}

func once(t *testing.T, s Subject) {
	sh := s.shop(t)
	key := ports.Once{Key: "key", Scope: "checkout", Fingerprint: []byte("what was asked")}
	claim := func(o ports.Once, then func(context.Context, ports.Tx) error) (rec ports.OnceRecord, fresh bool, err error) {
		err = s.Store.Update(t.Context(), sh.id, func(ctx context.Context, tx ports.Tx) error {
			if rec, fresh, err = tx.Claim(ctx, o); err != nil || then == nil {
				return err
			}
			return then(ctx, tx)
		})
		return rec, fresh, err
	}
	_, fresh, err := claim(key, func(context.Context, ports.Tx) error { return errChanged })
	require.ErrorIs(t, err, errChanged)
	require.True(t, fresh)
	want := ports.OnceRecord{Ref: "ord_1", LeaseUntil: now().Add(time.Minute)}
	_, fresh, err = claim(key, func(ctx context.Context, tx ports.Tx) error {
		_, _, err := claim(key, nil)
		require.ErrorIs(t, err, ports.ErrKeyBusy)
		return tx.Record(ctx, key, want)
	})
	require.NoError(t, err)
	require.True(t, fresh, "the first transaction was rolled back")
	rec, fresh, err := claim(key, nil)
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, want, rec)
	want = ports.OnceRecord{Ref: "ord_1", Answer: []byte("answer")}
	sh.update(func(ctx context.Context, tx ports.Tx) error { return tx.Record(ctx, key, want) })
	rec, _, err = claim(key, nil)
	require.NoError(t, err)
	require.Equal(t, want, rec)
	changed := key
	changed.Fingerprint = []byte("something else")
	_, _, err = claim(changed, nil)
	require.ErrorIs(t, err, ports.ErrKeyReused)
	changed.Scope = "another operation"
	_, fresh, err = claim(changed, nil)
	require.NoError(t, err)
	require.True(t, fresh)
}

// onceRace: of many equal requests at once, one has its effect and the others get its answer or are told to wait.
func onceRace(t *testing.T, s Subject) {
	sh := s.shop(t)
	for range 10 {
		key := ports.Once{Key: id.Secret(), Scope: "s", Fingerprint: []byte("f")}
		var effects, busy, replays atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				replayed, effect := false, false
				err := s.Store.Update(context.WithoutCancel(t.Context()), sh.id, func(ctx context.Context, tx ports.Tx) error {
					rec, fresh, err := tx.Claim(ctx, key)
					replayed, effect = string(rec.Answer) == "done", fresh
					if err != nil || !fresh {
						return err
					}
					return tx.Record(ctx, key, ports.OnceRecord{Answer: []byte("done")})
				})
				switch {
				case err == nil && effect:
					effects.Add(1)
				case err == nil && replayed:
					replays.Add(1)
				case fault.CodeOf(err) == ports.ErrKeyBusy.Code:
					busy.Add(1)
				default:
					t.Error("neither an effect nor an answer:", err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, effects.Load())
		require.EqualValues(t, 7, busy.Load()+replays.Load())
	}
}
