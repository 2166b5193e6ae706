package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

const (
	accountPath = "/provider-accounts/{kind}/{plugin}/{mode}"

	idempotent = "Sending it again changes nothing."
)

func (s *Server) mountProviders(api huma.API) {
	bad := http.StatusUnprocessableEntity
	huma.Register(api, get("/providers", "list_providers", "Providers", "The payment or shipping providers that may be used").signedIn().fails(bad).
		about("`config_schema` describes the form of a provider's settings; fields marked `writeOnly` are credentials.").Operation, s.listProviders)
	huma.Register(api, get("/provider-accounts", "list_provider_accounts", "Providers", "The shop's provider accounts, in the order they are offered").
		signedIn().Operation, s.listProviderAccounts)
	huma.Register(api, get(accountPath, "get_provider_account", "Providers", "One provider account").
		signedIn().fails(http.StatusNotFound, bad).Operation, s.providerAccount)
	writes := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, bad}
	huma.Register(api, describe(http.MethodPut, accountPath, "put_provider_account", "Providers", "Make or change a provider account").
		within(checkoutTimeout).limited(s, limitProviders).signedIn().fails(writes...).fails(http.StatusPreconditionRequired).
		about("The settings are checked by the provider's schema and by the provider's program before anything is stored. A new account is "+
			"disabled; changing one needs If-Match with the ETag it was read with. Settings and rules are replaced as a whole, of the "+
			"credentials only those given. "+idempotent).Operation, s.putProviderAccount)
	huma.Register(api, post(accountPath+"/enable", "enable_provider_account", "Providers", "Offer a provider to shoppers").
		within(checkoutTimeout).limited(s, limitProviders).signedIn().fails(writes...).
		about("The provider checks the account once more; its other mode is disabled in the same step. "+idempotent).Operation, s.enableProviderAccount)
	huma.Register(api, post(accountPath+"/disable", "disable_provider_account", "Providers", "Offer a provider no longer").
		signedIn().fails(writes...).about("Payments that began with it are still settled with it, so an account is never deleted. "+idempotent).
		Operation, s.disableProviderAccount)
	huma.Register(api, post(accountPath+"/test", "test_provider_account", "Providers", "Let the provider check an account as it is stored").
		within(checkoutTimeout).limited(s, limitProviders).signedIn().fails(http.StatusNotFound, bad).Operation, s.testProviderAccount)
	huma.Register(api, describe(http.MethodPut, "/provider-accounts/{kind}/order", "order_providers", "Providers", "Set the order in which providers are offered").
		signedIn().fails(bad).about(idempotent).Operation, s.orderProviders)
}

// Provider is a plugin that may be used.
type Provider struct {
	Kind         string                `json:"kind" enum:"payment,shipping"`
	Plugin       string                `json:"plugin" example:"manual"`
	Version      string                `json:"version" example:"1.0.0"`
	Running      bool                  `json:"running" doc:"False when its program does not answer; the schema may then be missing"`
	Validates    bool                  `json:"validates" doc:"The provider itself checks settings and credentials"`
	Capabilities *ProviderCapabilities `json:"capabilities,omitempty" doc:"Of payment providers"`
	ConfigSchema JSONObject            `json:"config_schema,omitempty" doc:"JSON Schema (2020-12) of the settings"`
}

// ProviderCapabilities say what a payment provider can do.
type ProviderCapabilities struct {
	Authorize        bool `json:"authorize"`
	PartialCapture   bool `json:"partial_capture"`
	MultipleCaptures bool `json:"multiple_captures"`
	Refund           bool `json:"refund"`
	PartialRefund    bool `json:"partial_refund"`
	Update           bool `json:"update"`
	Webhooks         bool `json:"webhooks"`
	Disputes         bool `json:"disputes"`
	Offline          bool `json:"offline" doc:"Nobody is asked, as with cash"`
}

// ProviderList lists providers.
type ProviderList struct {
	Providers []Provider `json:"providers"`
}

// noFields is the form of a provider without settings.
const noFields = `{"type":"object","additionalProperties":false}`

func providerToJSON(kind provider.Kind, i ports.ProviderInfo) Provider {
	out := Provider{Kind: string(kind), Plugin: i.Plugin, Version: i.Version, Running: i.Running, Validates: i.Validates}
	if !i.Running && len(i.ConfigSchema) == 0 {
		return out
	}
	if out.ConfigSchema = JSONObject(i.ConfigSchema); len(i.ConfigSchema) == 0 {
		out.ConfigSchema = JSONObject(noFields)
	}
	if kind == provider.Payment {
		c := ProviderCapabilities(i.Traits)
		out.Capabilities = &c
	}
	return out
}

func (s *Server) listProviders(ctx context.Context, in *struct {
	Kind string `query:"kind" enum:"payment,shipping" required:"true"`
},
) (*body[ProviderList], error) {
	kind := provider.Kind(in.Kind)
	all, err := s.d.Backoffice.Providers.Available(ctx, actorOf(ctx), kind)
	return &body[ProviderList]{ProviderList{mapped(all, func(i ports.ProviderInfo) Provider { return providerToJSON(kind, i) })}}, err
}

// ProviderAccount is the shop's account with a provider in one mode. Credentials are never shown.
type ProviderAccount struct {
	Kind       string                 `json:"kind" enum:"payment,shipping"`
	Plugin     string                 `json:"plugin" example:"manual"`
	Mode       string                 `json:"mode" enum:"test,live"`
	Enabled    bool                   `json:"enabled" doc:"Offered to shoppers; of a provider's two modes at most one is"`
	Revision   int64                  `json:"revision" doc:"Grows with every change"`
	Config     JSONObject             `json:"config" doc:"Settings, without credentials"`
	Secrets    map[string]SecretState `json:"secrets" doc:"Which credentials are set, by name"`
	Rules      ProviderRules          `json:"rules"`
	WebhookURL string                 `json:"webhook_url,omitempty" doc:"Where the provider sends its webhooks, if it has any"`
}

// SecretState tells that a credential is set, not what it is.
type SecretState struct {
	Set         bool       `json:"set"`
	Hint        string     `json:"hint" example:"…4242" doc:"Its last characters, when it is long"`
	ChangedAt   time.Time  `json:"changed_at"`
	FormerUntil *time.Time `json:"former_valid_until,omitempty" doc:"Until when the value before the last change still checks webhooks"`
}

// ProviderRules say for which purchases an account is offered.
type ProviderRules struct {
	Countries    []string `json:"countries,omitempty" maxItems:"250" doc:"Of the shopper, ISO 3166-1 alpha-2; none means all"`
	Currencies   []string `json:"currencies,omitempty" maxItems:"200" doc:"ISO 4217; none means all"`
	Min          int64    `json:"min,omitempty" minimum:"0" doc:"Minor units of the shop's currency, included"`
	Max          int64    `json:"max,omitempty" minimum:"0" doc:"Minor units of the shop's currency, included; 0 means no bound"`
	CaptureLater bool     `json:"capture_later,omitempty" doc:"Only authorise; staff captures the money. A provider that cannot takes it at once"`
}

func rulesToJSON(r provider.Rules) ProviderRules {
	return ProviderRules{
		Countries: r.Countries, Currencies: mapped(r.Currencies, func(c money.Currency) string { return string(c) }),
		Min: r.Min, Max: r.Max, CaptureLater: r.CaptureLater,
	}
}

// core returns the rules for the use cases; empty lists are none.
func (r ProviderRules) core() provider.Rules {
	out := provider.Rules{Min: r.Min, Max: r.Max, CaptureLater: r.CaptureLater}
	if len(r.Countries) > 0 {
		out.Countries = copied(r.Countries)
	}
	if len(r.Currencies) > 0 {
		out.Currencies = mapped(r.Currencies, func(c string) money.Currency { return money.Currency(strings.Clone(c)) })
	}
	return out
}

func (s *Server) providerAccountToJSON(ctx context.Context, a provider.Account) ProviderAccount {
	out := ProviderAccount{
		Kind: string(a.Kind), Plugin: a.Plugin, Mode: string(a.Mode), Enabled: !a.Disabled, Revision: a.Revision,
		Config: JSONObject(a.Config), Secrets: map[string]SecretState{}, Rules: rulesToJSON(a.Rules),
	}
	for name, secret := range a.Secrets {
		state := SecretState{Set: true, Hint: secret.Hint, ChangedAt: timeToJSON(secret.ChangedAt)}
		if until := timeToJSON(secret.FormerUntil); s.d.Now().Before(until) {
			state.FormerUntil = &until
		}
		out.Secrets[name] = state
	}
	out.WebhookURL = s.pages(ctx) + hooksPath + "/" + string(a.Kind) + "/" + a.Plugin + "/" + string(a.Mode)
	return out
}

// ProviderAccountList lists accounts.
type ProviderAccountList struct {
	Accounts []ProviderAccount `json:"accounts"`
}

func (s *Server) listProviderAccounts(ctx context.Context, _ *none) (*body[ProviderAccountList], error) {
	all, err := s.d.Backoffice.Providers.Accounts(ctx, actorOf(ctx))
	out := mapped(all, func(a provider.Account) ProviderAccount { return s.providerAccountToJSON(ctx, a) })
	return &body[ProviderAccountList]{ProviderAccountList{out}}, err
}

// AccountPath names an account.
type AccountPath struct {
	Kind   string `path:"kind" enum:"payment,shipping"`
	Plugin string `path:"plugin" maxLength:"64" pattern:"^[a-z0-9][a-z0-9-]*$" example:"manual"`
	Mode   string `path:"mode" enum:"test,live"`
}

func (p AccountPath) ref() backoffice.AccountRef {
	return backoffice.AccountRef{Kind: provider.Kind(p.Kind), Plugin: p.Plugin, Mode: provider.Mode(p.Mode)}
}

// IfMatch is the revision that a change was made from.
type IfMatch struct {
	IfMatch string `header:"If-Match" pattern:"^\"[0-9]{1,18}\"$" example:"\"3\"" doc:"The ETag that it was read with"`
}

// revision is nil when the header was not sent. The pattern has been checked.
func (i IfMatch) revision() *int64 {
	n, err := strconv.ParseInt(strings.Trim(i.IfMatch, `"`), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// accountAnswer is one account with its revision as ETag.
type accountAnswer struct {
	ETag string `header:"ETag" doc:"For If-Match"`
	Body ProviderAccount
}

func (s *Server) answerAccount(ctx context.Context, a provider.Account, err error) (*accountAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &accountAnswer{`"` + strconv.FormatInt(a.Revision, 10) + `"`, s.providerAccountToJSON(ctx, a)}, nil
}

func (s *Server) providerAccount(ctx context.Context, in *AccountPath) (*accountAnswer, error) {
	a, err := s.d.Backoffice.Providers.Account(ctx, actorOf(ctx), in.ref())
	return s.answerAccount(ctx, a, err)
}

func (s *Server) putProviderAccount(ctx context.Context, in *struct {
	AccountPath
	IfMatch
	Body struct {
		Config     JSONObject         `json:"config" doc:"All settings, as the provider's config_schema describes them, without credentials"`
		Secrets    map[string]*string `json:"secrets,omitempty" writeOnly:"true" doc:"Credentials to change, by name; null removes one, those left out stay"`
		Rules      ProviderRules      `json:"rules,omitempty"`
		KeepFormer *int               `json:"keep_former_hours,omitempty" minimum:"0" maximum:"720" example:"24" doc:"How long the former value of a changed credential still checks webhooks: 24 when left out, 0 when it leaked"`
	}
},
) (*accountAnswer, error) {
	keep := provider.FormerWindow
	if in.Body.KeepFormer != nil {
		keep = time.Duration(*in.Body.KeepFormer) * time.Hour
	}
	a, err := s.d.Backoffice.Providers.Save(ctx, actorOf(ctx), backoffice.AccountChange{
		AccountRef: in.ref(), Revision: in.revision(), Config: slices.Clone(in.Body.Config), Secrets: in.Body.Secrets,
		Rules: in.Body.Rules.core(), KeepFormer: keep,
	})
	return s.answerAccount(ctx, a, err)
}

// accountChange names an account and the revision that is meant.
type accountChange struct {
	AccountPath
	IfMatch
}

func (s *Server) enableProviderAccount(ctx context.Context, in *accountChange) (*accountAnswer, error) {
	a, err := s.d.Backoffice.Providers.Enable(ctx, actorOf(ctx), in.ref(), in.revision())
	return s.answerAccount(ctx, a, err)
}

func (s *Server) disableProviderAccount(ctx context.Context, in *accountChange) (*accountAnswer, error) {
	a, err := s.d.Backoffice.Providers.Disable(ctx, actorOf(ctx), in.ref(), in.revision())
	return s.answerAccount(ctx, a, err)
}

// ProviderTest is what a provider says of an account.
type ProviderTest struct {
	OK     bool           `json:"ok"`
	Detail string         `json:"detail,omitempty" doc:"What is wrong, for a person"`
	Errors []ProblemField `json:"errors,omitempty" doc:"The settings and credentials that are wrong"`
}

func (s *Server) testProviderAccount(ctx context.Context, in *AccountPath) (*body[ProviderTest], error) {
	err := s.d.Backoffice.Providers.Test(ctx, actorOf(ctx), in.ref())
	f := (*fault.Error)(nil)
	if errors.As(err, &f) && f.Kind == fault.Invalid {
		out := ProviderTest{Detail: f.Message, Errors: mapped(f.Fields, func(f fault.Field) ProblemField { return ProblemField(f) })}
		return &body[ProviderTest]{out}, nil
	}
	return &body[ProviderTest]{ProviderTest{OK: true}}, err
}

func (s *Server) orderProviders(ctx context.Context, in *struct {
	Kind string `path:"kind" enum:"payment,shipping"`
	Body struct {
		Plugins []string `json:"plugins" maxItems:"200" doc:"Each provider that the shop has an account with, once, the first one first"`
	}
},
) (*body[ProviderAccountList], error) {
	if err := s.d.Backoffice.Providers.Order(ctx, actorOf(ctx), provider.Kind(in.Kind), copied(in.Body.Plugins)); err != nil {
		return nil, err
	}
	return s.listProviderAccounts(ctx, &none{})
}
