package account_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/id"
)

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestCleanEmail(t *testing.T) {
	for in, want := range map[string]string{
		"ayesha@example.com":               "ayesha@example.com",
		"  Ayesha@Example.COM ":            "ayesha@example.com",
		"a.b+shop@sub.example.co.uk":       "a.b+shop@sub.example.co.uk",
		"root@localhost":                   "root@localhost",
		"o'brien@example.com":              "o'brien@example.com",
		"জলিল@example.com":                 "জলিল@example.com",
		"x@xn--45be2d9c.example":           "x@xn--45be2d9c.example",
		"":                                 "",
		"   ":                              "",
		"ayesha":                           "",
		"@example.com":                     "",
		"ayesha@":                          "",
		"ayesha@example":                   "",
		"ayesha@.example.com":              "",
		"ayesha@example.com.":              "",
		"ayesha@example..com":              "",
		"a@b@example.com":                  "",
		"a b@example.com":                  "",
		"a@exam ple.com":                   "",
		"Ayesha <ayesha@example.com>":      "",
		"a@example.com,b@example.com":      "",
		"a@example.com;b@example.com":      "",
		"a@example.com\r\nBcc: x@y.z":      "",
		"a\x00@example.com":                "",
		"a\x7f@example.com":                "",
		"a\u0085@example.com":              "",
		"a\xff@example.com":                "",
		"mi\u212ae@example.com":            "", // the Kelvin sign would become a k
		"a@\u212aart.example":              "",
		`"quoted"@example.com`:             "",
		"a(comment)@example.com":           "",
		"a@[127.0.0.1]":                    "",
		strings.Repeat("a", 255) + "@b.co": "",
	} {
		got, err := account.CleanEmail(in)
		require.Equal(t, want, got, "%q", in)
		if want == "" {
			require.ErrorIs(t, err, account.ErrEmail, "%q", in)
		} else {
			require.NoError(t, err, "%q", in)
		}
	}
}

func TestCleanEmailIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once, err := account.CleanEmail(rapid.StringMatching(`[ -~ßKÅİ]{0,20}@[ -~]{0,20}`).Draw(t, "address"))
		if err != nil {
			return
		}
		twice, err := account.CleanEmail(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		" Ayesha Rahman ": "Ayesha Rahman", "জলিল": "জলিল", "": "", " ": "", "a\nb": "", "a\x00": "", "a\tb": "", "a\xff": "",
		strings.Repeat("a", 120): strings.Repeat("a", 120), strings.Repeat("a", 121): "",
	} {
		got, err := account.CleanName(in)
		require.Equal(t, want, got, "%q", in)
		require.Equal(t, want == "", err != nil, "%q", in)
	}
}

func TestCheckPassword(t *testing.T) {
	for s, ok := range map[string]bool{
		"": false, "123456789": false, "1234567890": true, "জলজলজলজলজ": false, "জলজলজলজলজল": true,
		strings.Repeat("x", 200): true, strings.Repeat("x", 201): false,
	} {
		require.Equal(t, ok, account.CheckPassword(s) == nil, "%q", s)
	}
}

func TestRotate(t *testing.T) {
	s, first := account.StartSession("cus_1", at)
	require.Equal(t, at.Add(account.SessionLifetime), s.ExpiresAt)
	later := at.Add(24 * time.Hour)
	second, err := s.Rotate(first, later)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	require.Equal(t, later.Add(account.SessionLifetime), s.ExpiresAt)
	third, err := s.Rotate(second, later)
	require.NoError(t, err)

	_, err = s.Rotate(first, later)
	require.ErrorIs(t, err, account.ErrReuse)
	require.Equal(t, later, s.RevokedAt)
	_, err = s.Rotate(third, later)
	require.ErrorIs(t, err, account.ErrSession, "the whole family has ended")
}

func TestVerify(t *testing.T) {
	fresh := func() (account.Session, string) { return account.StartSession("cus_1", at) }
	s, token := fresh()
	other, foreign := fresh()
	_, _, secret, ok := account.SplitToken(token)
	require.True(t, ok)
	_, _, foreignSecret, _ := account.SplitToken(foreign)
	require.NotEqual(t, s.ID, other.ID)

	for name, c := range map[string]struct {
		token string
		at    time.Time
		want  error
	}{
		"the newest":          {token, at, nil},
		"at the last instant": {token, s.ExpiresAt.Add(-time.Nanosecond), nil},
		"too late":            {token, s.ExpiresAt, account.ErrSession},
		"another's secret":    {s.ID + ".1." + foreignSecret, at, account.ErrSession},
		"from the future":     {s.ID + ".2." + secret, at, account.ErrSession},
		"generation zero":     {s.ID + ".0." + secret, at, account.ErrSession},
		"negative generation": {s.ID + ".-1." + secret, at, account.ErrSession},
		"no generation":       {s.ID + "." + secret, at, account.ErrSession},
		"no secret":           {s.ID + ".1.", at, account.ErrSession},
		"garbage":             {"garbage", at, account.ErrSession},
		"nothing":             {"", at, account.ErrSession},
	} {
		t.Run(name, func(t *testing.T) {
			held := s
			require.ErrorIs(t, held.Verify(c.token, c.at), c.want)
			require.Equal(t, s, held, "looking changes nothing")
		})
	}
	s.Revoke(at)
	require.ErrorIs(t, s.Verify(token, at), account.ErrSession)
}

func TestSplitToken(t *testing.T) {
	session := id.New("ses", at)
	for token, ok := range map[string]bool{
		session + ".1.secret": true, session + ".1": false, session + ".1.s.x": false, session + ".x.s": false,
		"cus" + session[3:] + ".1.s": false, session + ".99999999999999999999.s": false, session + ".0.s": false, "..": false,
	} {
		_, _, _, got := account.SplitToken(token)
		require.Equal(t, ok, got, token)
	}
}

// TestOnlyOneTokenOfAFamilyWorks lets holders present random tokens of one session's history.
func TestOnlyOneTokenOfAFamilyWorks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, token := account.StartSession("cus_1", at)
		history := []string{token}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			i := rapid.IntRange(0, len(history)-1).Draw(t, "token")
			if rapid.Bool().Draw(t, "newest") {
				i = len(history) - 1
			}
			newest, ended := i == len(history)-1, !s.RevokedAt.IsZero()
			next, err := s.Rotate(history[i], at)
			switch {
			case ended:
				require.ErrorIs(t, err, account.ErrSession)
			case newest:
				require.NoError(t, err)
				history = append(history, next)
				_, generation, _, _ := account.SplitToken(next)
				require.Equal(t, int64(len(history)), generation, strconv.Itoa(len(history)))
			default:
				require.ErrorIs(t, err, account.ErrReuse)
				require.False(t, s.RevokedAt.IsZero())
			}
		}
	})
}
